"""A check waits as long as the service that it reads needs, in that vendor's mode."""

import contextlib

import pandas as pd
import pytest

from lab_helpers import settings
from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.checking import cloudwatch, rollbar
from lab_helpers.exercises.patience import (
    DELAYS_S,
    EMULATED_S,
    MARGIN_S,
    UNPUBLISHED_S,
    DataSource,
    patience_of,
)

REAL = {
    "honeycomb": {"HONEYCOMB_API_KEY": "a" * 22, "LAB_HONEYCOMB": "real"},
    "aws": {"AWS_ACCESS_KEY_ID": "AKIA7", "AWS_SECRET_ACCESS_KEY": "s"},
    "rollbar": {"ROLLBAR_ACCESS_TOKEN": "t" * 32},
}
VENDOR = {DataSource.HONEYCOMB: "honeycomb", DataSource.ROLLBAR: "rollbar"}


def loaded(*real, **others):
    """The settings in which these vendors are real."""
    variables = {"LAB_ENV_FILE": "", **others}
    for vendor in real:
        variables |= REAL[vendor]
    return settings.load(variables)


@pytest.mark.parametrize("service", DataSource)
@pytest.mark.parametrize(
    "real", [(), ("honeycomb",), ("aws",), ("rollbar",), ("honeycomb", "rollbar")]
)
def test_only_a_service_whose_own_vendor_is_real_is_waited_for(service, real):
    patience = patience_of(service, loaded(*real))
    if VENDOR.get(service, "aws") in real:
        assert patience == DELAYS_S.get(service, UNPUBLISHED_S) + MARGIN_S
    else:
        assert patience == EMULATED_S


@pytest.mark.parametrize("service", DataSource)
def test_patience_that_is_set_is_that_of_every_service(service):
    known = loaded("aws", LAB_PATIENCE_S="7")
    assert patience_of(service, known) == 7


class Clock:
    """Time that only sleeping makes pass."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def time(self):
        return 1_772_445_600.0 + self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    """The clock of checks' waits; none of them takes any time."""
    clock = Clock()
    monkeypatch.setattr("lab_helpers.exercises.context.time", clock)
    monkeypatch.setattr("lab_helpers.exercises.checking.cloudwatch.time", clock)
    return clock


class Late:
    """A client of any vendor whose data can be read after so many seconds."""

    def __init__(self, clock, seconds):
        self._clock, self._seconds = clock, seconds

    def trace(self, trace_id, *, extra=()):
        return self._frame()

    def filter_events(self, *_, **__):
        return self._frame()

    def items(self, **_):
        return self._frame()

    def _frame(self):
        rows = [1] if self._clock.now >= self._seconds else []
        return pd.DataFrame({"row": rows})


class At(Context):
    """A context whose clients are all this one."""

    def __init__(self, client):
        super().__init__()
        vendors = ("honeycomb", "xray", "cloudwatch", "rollbar")
        self._fixed = dict.fromkeys(vendors, client)


READS = {
    DataSource.HONEYCOMB: lambda context: context.trace("t"),
    DataSource.XRAY: lambda context: context.xray_trace("t"),
    DataSource.LOGS: lambda context: cloudwatch.arrived(context, "g", rows=1),
    DataSource.ROLLBAR: lambda context: rollbar.arrived(context, "e", rows=1),
}


def set_real(monkeypatch, vendor):
    monkeypatch.setenv("LAB_ENV_FILE", "")
    monkeypatch.delenv("LAB_EXPORTED", raising=False)
    for name in ("HONEYCOMB_API_ENDPOINT", "AWS_ENDPOINT_URL", "ROLLBAR_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in REAL[vendor].items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("service", READS)
def test_data_as_late_as_the_real_service_may_be_is_read(service, clock, monkeypatch):
    set_real(monkeypatch, VENDOR.get(service, "aws"))
    late = DELAYS_S.get(service, UNPUBLISHED_S) + MARGIN_S / 2
    assert len(READS[service](At(Late(clock, late)))) == 1


@pytest.mark.parametrize("service", READS)
def test_nobody_waits_for_a_vendor_because_another_one_is_real(
    service, clock, monkeypatch
):
    for vendor in REAL.keys() - {VENDOR.get(service, "aws")}:
        set_real(monkeypatch, vendor)
    with contextlib.suppress(Miss):  # of a trace that is not there
        READS[service](At(Late(clock, 1_000)))
    assert EMULATED_S <= clock.now < UNPUBLISHED_S
