"""Load of this machine during a run of visitors, and how much of it is too much."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from lab_helpers import settings

LEAST_SHARE = 0.6
"""Least share of the processor time wanted that a heartbeat gets where pictures hold.

Measured on two cores beside 10 to 40 visits a second: 0.97 to 0.98 with the machine to
itself and 0.73 to 0.84 with some company; beside two processes that never sleep 0.48 to
0.50, and 0.08 to 0.43 if there are more. The median request takes a fifth longer at 0.5
and two to three times as long at 0.15.
"""

MOST_LATE_MS = 10.0
"""Most lateness of 19 visitors in 20: 0.2 ms in time, 3 to 6 ms with some company.

Those who leave later come in heaps, and wait for each other in the app. More than this
means that the visitors themselves did not get the processor: 20 to 30 ms at a share of
0.15.
"""

MOST_HEALTH_MS = 6.0
"""Most that a median health check takes: 1.5 to 3.5 ms in time, 20 on a busy machine.

It sees what the others cannot: services that share one interpreter and saturate it.
"""

REMEDY = (
    "Send fewer visitors (rate=), close other programs and run the cell again, or "
    "look at the stored page."
)


@dataclass(frozen=True, slots=True)
class MachineLoad:
    """What a machine took from a run; NaN where nothing was measured.

    `share` is the part of the processor time it wanted that a heartbeat got, `late_ms`
    the 95th percentile of the visitors' lateness, `health_ms` the median health check,
    which waits for nothing.
    """

    share: float = math.nan
    late_ms: float = math.nan
    health_ms: float = math.nan

    @property
    def faults(self) -> tuple[str, ...]:
        """A clause with figure and bound for each measurement beyond its bound."""
        return tuple(self._faults())

    @property
    def busy(self) -> bool:
        """True when a picture would show the machine more than the app."""
        return bool(self.faults)

    @property
    def notice(self) -> str:
        """Two sentences for a picture; empty when the machine had time to spare."""
        if not self.busy:
            return ""
        return f"This machine was too busy: this picture is false. {REMEDY}"

    def sentence(self) -> str:
        """Tells whether the machine had time to spare, and if not, what to do."""
        if not self.busy:
            return "This machine had time to spare."
        return (
            f"This machine was too busy, a picture of this run would be false: "
            f"{' and '.join(self.faults)}. {REMEDY}"
        )

    def _faults(self) -> Iterator[str]:
        if self.share < LEAST_SHARE:
            yield (
                f"a heartbeat got {self.share:.0%} of the processor time it wanted "
                f"(at least {LEAST_SHARE:.0%} is needed)"
            )
        if self.late_ms > MOST_LATE_MS:
            yield (
                f"one visitor in twenty left {self.late_ms:.0f} ms late or more (at "
                f"most {MOST_LATE_MS:.0f} ms is right)"
            )
        if self.health_ms > MOST_HEALTH_MS:
            yield (
                f"the median health check took {self.health_ms:.1f} ms, and it waits "
                f"for nothing (at most {MOST_HEALTH_MS:g} ms is right)"
            )


_recording = ContextVar("recording", default=True)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Keeps runs inside the block out of the log: they are no pictures of a page."""
    token = _recording.set(False)
    try:
        yield
    finally:
        _recording.reset(token)


def record(load: MachineLoad) -> None:
    """Appends a run's load to the log of this machine's load, where there is one."""
    log = settings.load_log()
    if log is not None and _recording.get():
        line = json.dumps({"faults": load.faults})
        with log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
