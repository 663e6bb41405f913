"""Load of an author's machine: pages are not written from a run that it falsified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab_helpers.process import LabError
from lab_helpers.traffic.heartbeat import Heartbeat, heart

LEAST_SHARE = 0.5
"""Least share of the processor time wanted that a heartbeat gets beside a whole page.

Measured on two cores: 0.82 beside a page that has the machine to itself (importing and
drawing take some of it), and 0.35 beside one that shares it with several processes.
"""

REMEDY = "Close other programs, wait until nothing else runs, and run the page again."


class MachineTooBusy(LabError):  # noqa: N818  a state of the world
    """A page that was run on a busy machine: names page, measurement and bound."""


@contextmanager
def spare_time(page: str, log: Path) -> Iterator[None]:
    """Runs the block beside a heartbeat; MachineTooBusy if it got too little.

    Nor may one of the runs of visitors that the page has recorded in `log` (the file
    that LAB_LOAD_LOG names in its kernel) have been on a busy machine.
    """
    with heart() as heartbeat:
        yield
    faults = [*_faults_of_runs(log), *_faults_beside(heartbeat)]
    if faults:
        lines = "\n- ".join(["this machine was too busy:", *faults])
        raise MachineTooBusy(f"{page} was not written, since {lines}\n{REMEDY}")


def _faults_beside(heartbeat: Heartbeat) -> Iterator[str]:
    """What a heartbeat beside the whole page says; nothing measured is a fault, too."""
    if not heartbeat.beats:
        yield "beside the whole page, a heartbeat was ended before it measured anything"
    if heartbeat.share < LEAST_SHARE:
        yield (
            f"beside the whole page, a heartbeat got {heartbeat.share:.0%} of the "
            f"processor time it wanted (at least {LEAST_SHARE:.0%} is needed)"
        )


def _faults_of_runs(log: Path) -> Iterator[str]:
    """What the runs of visitors say that were on a busy machine, in their order."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    for number, line in enumerate(lines, 1):
        for fault in json.loads(line)["faults"]:
            yield f"run of visitors {number} of {len(lines)}: {fault}"
