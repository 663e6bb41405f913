"""`lab doctor`: what is wrong with this machine's lab, and what to do about it.

One module for each thing asked: this machine, Honeycomb, AWS, Rollbar.
"""

import sys
from collections.abc import Iterator

from lab_helpers import process, settings
from lab_helpers.doctor import aws, honeycomb, machine, rollbar
from lab_helpers.doctor.report import Finding, HealthReport
from lab_helpers.settings import Mode, Settings

__all__ = ["Finding", "HealthReport", "examine"]


def examine(wanted: Settings) -> HealthReport:
    """Run every check; none of them raises, each failure is a finding."""
    return HealthReport(tuple(_findings(wanted)))


def _findings(wanted: Settings) -> Iterator[Finding]:
    yield machine.python(sys.version_info[:3])
    yield machine.packages(settings.ROOT / "constraints.txt")
    yield machine.folder(wanted.state_dir)
    running = process.find(wanted.state_dir)
    yield from machine.ports(wanted, running)
    if wanted.needs_lab:
        yield machine.lab(running)
    here = wanted.at(running.addresses) if running else wanted
    yield from _vendors(here, there=running is not None)
    if here.honeycomb.mode is Mode.REAL or running:
        yield machine.clock(here.honeycomb.endpoint)


def _vendors(here: Settings, *, there: bool) -> Iterator[Finding]:
    """Findings of what is real, and of what is emulated where a lab is `there`."""
    if here.honeycomb.mode is Mode.REAL:
        yield honeycomb.key(here)
    elif there:
        yield honeycomb.round_trip(here)
    if here.aws.mode is Mode.REAL or there:
        yield aws.account(here)
    if here.aws.mode is Mode.EMULATED and there:
        yield aws.segment(here)
    if here.rollbar.mode is Mode.REAL or there:
        yield rollbar.message(here)
