"""Activity of a child process: a slow one is waited for, a stuck one is not."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

LOOK_S = 0.5
BUSY_S = 0.05
"""Processor seconds that count as progress; waiting in a loop takes fewer."""


class ChildActivity:
    """Processor time of a process and of its children, as a measure of progress.

    On a busy machine a start takes minutes, and no fixed limit is right for it. But
    whoever makes progress uses processor time.
    """

    def __init__(self, pid: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._pid = pid
        self._clock = clock
        self._looked = clock()
        self._used = 0.0
        self._idle_s = 0.0

    def idle_s(self) -> float:
        """Seconds without progress, to be asked for while waiting; 0 after some."""
        now = self._clock()
        if (elapsed := now - self._looked) < LOOK_S:
            return self._idle_s
        self._looked = now
        used = _processor_s(self._pid)
        # A computer that slept, or was too busy to look, has not been idle for it.
        self._idle_s += min(elapsed, 2 * LOOK_S)
        if used - self._used >= BUSY_S:
            self._used, self._idle_s = used, 0.0
        return self._idle_s


def _processor_s(pid: int) -> float:
    """Processor seconds of a process and its children; 0 for one that has ended."""
    try:
        process = psutil.Process(pid)
        tree = [process, *process.children(recursive=True)]
        times = [each.cpu_times() for each in tree]
    except psutil.Error:
        return 0.0
    return float(sum(each.user + each.system for each in times))
