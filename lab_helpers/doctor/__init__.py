"""Checks of `lab doctor`: each result says what is wrong and what to do about it.

One module for each thing checked: this machine, Honeycomb, AWS, Rollbar, and a
rehearsal of live traffic.
"""

import sys
from collections.abc import Iterator

from lab_helpers import process
from lab_helpers.doctor import aws, honeycomb, machine, rehearsal, rollbar
from lab_helpers.doctor.report import Finding, HealthReport
from lab_helpers.settings import ROOT, Mode, Settings

__all__ = ["Finding", "HealthReport", "examine"]


def examine(settings: Settings) -> HealthReport:
    """Runs every check; none of them raises, each failure is a finding."""
    return HealthReport(tuple(_findings(settings)))


def _findings(settings: Settings) -> Iterator[Finding]:
    yield machine.python(sys.version_info[:3])
    yield machine.packages(ROOT / "constraints.txt")
    yield machine.folder(settings.state_dir)
    running = process.find(settings.state_dir)
    yield from machine.ports(settings, running)
    if settings.needs_lab:
        yield machine.lab(running, settings.state_dir)
    here = settings.at(running.addresses) if running else settings
    yield from _vendors(here, there=running is not None)
    if here.honeycomb.mode is not Mode.EMULATED or running:
        real = here.honeycomb.upstream or here.honeycomb
        yield machine.clock(real.endpoint)
    yield rehearsal.visits()


def _vendors(here: Settings, *, there: bool) -> Iterator[Finding]:
    """Findings of what is real, and of what is the lab's where a lab is `there`."""
    if here.honeycomb.mode is not Mode.EMULATED:
        key = honeycomb.key(here)
        yield key
        if here.honeycomb.mode is Mode.REAL and key.ok:
            yield honeycomb.plan(here)
    if here.honeycomb.mode is Mode.FORWARDED:
        yield honeycomb.real_event(here)
    if here.honeycomb.mode.is_local and there:
        yield honeycomb.round_trip(here)
    if here.honeycomb.mode is Mode.FORWARDED and there:
        yield honeycomb.copies(here)
    if here.aws.mode is Mode.REAL or there:
        yield aws.account(here)
    if here.aws.mode is Mode.EMULATED and there:
        yield aws.segment(here)
    if here.rollbar.mode is Mode.REAL or there:
        yield rollbar.message(here)
    if here.rollbar.mode is Mode.FORWARDED and there:
        yield rollbar.copies(here)
