"""Rehearsal of live traffic: how many visits a second this machine carries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab_helpers import traffic
from lab_helpers.app import create_app, serve
from lab_helpers.doctor.report import Finding
from lab_helpers.traffic import MachineLoad, load

RATES = (10, 20, 30, 60)
STEP_SECONDS = 1.0
MOST_SECONDS = 5.0

PAGES_RATE = 30
"""The most visits a second that a page sends."""

_CLOSE = "close other programs"

Step = Callable[[int], MachineLoad]
"""From a rate to the load of the machine while visitors came at it."""


def visits() -> Finding:
    """The finding of a rehearsal with Kittiwake, served as the notebooks serve it."""
    try:
        with load.unrecorded(), _kittiwake() as step:
            return capacity(step)
    except (OSError, RuntimeError) as error:
        result = f"{type(error).__name__}: {error}"
        return Finding("visitors", result, "look at what the error names")


def capacity(step: Step, clock: Callable[[], float] = time.monotonic) -> Finding:
    """The highest of `RATES` that leaves time to spare, rising until one does not.

    No step begins after `MOST_SECONDS` of `clock`.
    """
    begin, carried = clock(), 0
    for rate in RATES:
        if clock() - begin >= MOST_SECONDS:
            break
        machine = step(rate)
        if machine.busy:
            return _finding(carried, machine.faults[0])
        carried = rate
    return _finding(carried)


def _finding(carried: int, fault: str = "") -> Finding:
    if not carried:
        text = f"this machine is too busy for {RATES[0]} visits a second: {fault}"
        return Finding("visitors", text, f"{_CLOSE}; live pictures would be false")
    number = f"about {carried}" if fault else f"at least {carried}"
    text = f"this machine carries {number} visits a second; the pages send"
    text = f"{text} up to {PAGES_RATE}"
    if carried >= PAGES_RATE:
        return Finding("visitors", text)
    remedy = f"{_CLOSE}, or pass `rate={carried}` where a page sends more"
    return Finding("visitors", text, remedy)


@contextmanager
def _kittiwake() -> Iterator[Step]:
    """Visitors of an app that lives as long as the block."""
    with serve(create_app(), "rehearsal") as server:

        def step(rate: int) -> MachineLoad:
            report = traffic.run(
                server.url, seconds=STEP_SECONDS, rate=rate, progress=False
            )
            return report.machine

        yield step
