"""Heartbeat: how much of the processor time it wanted this machine gave it.

Each beat sleeps for a while and then reads the clock over and over until it has had
the processor for `WORK_S`. Two readings lie a microsecond apart; where a gap is long,
others had the processor meanwhile. It has waited for as long as it was woken late, and
for all such gaps. The sleep alone does not tell a busy machine from a quiet one: a
scheduler lets in at once who has slept and wants almost nothing. A request wants
milliseconds, and so does a beat.

Run as a script, by `heart()`, and made of the standard library alone: the interpreter
of the notebook, where a service may hold the lock, would measure itself. The process
beats until its standard input closes, then prints `[beats, worked_s, waited_s]`.
"""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PAUSE_S = 0.02
WORK_S = 0.002
"""A beat and its pause take a tenth of one processor."""

GAP_S = 0.0002
"""A longer gap between two readings of the clock is waiting; interrupts are shorter."""

END_SECONDS = 20.0


@dataclass(slots=True)
class Heartbeat:
    """Beats so far, seconds they had the processor, and seconds they waited for it."""

    beats: int = 0
    worked_s: float = 0.0
    waited_s: float = 0.0

    @property
    def share(self) -> float:
        """Share of the processor time wanted that was given, 0 to 1; NaN if none."""
        wanted = self.worked_s + self.waited_s
        return self.worked_s / wanted if wanted else math.nan

    def beat(
        self,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Sleeps, works, and adds how long both had to wait."""
        before = clock()
        sleep(PAUSE_S)
        now = clock()
        waited = max(0.0, now - before - PAUSE_S)
        worked = 0.0
        while worked < WORK_S:
            before, now = now, clock()
            if now - before > GAP_S:
                waited += now - before
            else:
                worked += now - before
        self.beats += 1
        self.worked_s += worked
        self.waited_s += waited


@contextmanager
def heart() -> Iterator[Heartbeat]:
    """A heartbeat beside the block, in a process of its own; filled in at its end."""
    measured = Heartbeat()
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # if this process is killed, nobody reads its sums
    )
    try:
        yield measured
    finally:
        _end(child, measured)


def _end(child: subprocess.Popen[bytes], measured: Heartbeat) -> None:
    """Closes the child's standard input and reads its sums.

    A machine that leaves it no time to end is too busy for anything: a share of 0.
    """
    try:
        line, _ = child.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        measured.waited_s = END_SECONDS
        return
    finally:
        child.kill()
        child.communicate()
    if line:
        measured.beats, measured.worked_s, measured.waited_s = json.loads(line)


def main() -> None:
    """Beats until standard input closes; prints the sums."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupting a cell is not for us
    ended = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    measured = Heartbeat()
    while not ended.is_set():
        measured.beat()
    print(json.dumps([measured.beats, measured.worked_s, measured.waited_s]))


if __name__ == "__main__":
    main()
