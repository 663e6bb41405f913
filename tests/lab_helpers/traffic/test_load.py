"""What a run says of the machine it ran on."""

import json

import pytest

from lab_helpers import settings
from lab_helpers.traffic import MachineLoad
from lab_helpers.traffic.load import (
    LEAST_SHARE,
    MOST_HEALTH_MS,
    MOST_LATE_MS,
    REMEDY,
    record,
)

CALM = MachineLoad(share=0.9, late_ms=2.0, health_ms=2.0)


def test_a_machine_with_time_to_spare_says_so_without_a_figure_that_differs():
    assert not CALM.busy
    assert CALM.notice == ""
    assert CALM.sentence() == "This machine had time to spare."


@pytest.mark.parametrize(
    ("load", "figure", "bound"),
    [
        (MachineLoad(share=0.41), "got 41%", f"at least {LEAST_SHARE:.0%}"),
        (MachineLoad(late_ms=25.2), "left 25 ms late", f"most {MOST_LATE_MS:.0f} ms"),
        (MachineLoad(health_ms=6.3), "took 6.3 ms", f"at most {MOST_HEALTH_MS:g} ms"),
    ],
)
def test_each_measurement_beyond_its_bound_makes_the_machine_busy(load, figure, bound):
    assert load.busy
    assert len(load.faults) == 1
    assert figure in load.faults[0] and bound in load.faults[0]


@pytest.mark.parametrize(
    "load",
    [
        MachineLoad(share=LEAST_SHARE),
        MachineLoad(late_ms=MOST_LATE_MS),
        MachineLoad(health_ms=MOST_HEALTH_MS),
        MachineLoad(),
    ],
)
def test_a_bound_itself_and_what_was_not_measured_are_no_faults(load):
    assert not load.busy


def test_a_busy_machine_makes_the_picture_false_and_says_what_to_do():
    load = MachineLoad(share=0.2, late_ms=30.0, health_ms=20.0)
    said = load.sentence()
    assert said.startswith(
        "This machine was too busy, a picture of this run would be f"
    )
    assert all(fault in said for fault in load.faults)
    assert said.endswith(REMEDY)
    assert "(rate=)" in said and "stored page" in said
    first = "This machine was too busy: this picture is false."
    assert load.notice == f"{first} {REMEDY}"


def test_two_busy_processes_are_told_from_a_machine_that_is_half_idle():
    """The figures that were measured on two cores, see LEAST_SHARE."""
    assert all(not MachineLoad(share=share).busy for share in (0.98, 0.84, 0.77, 0.73))
    assert all(MachineLoad(share=share).busy for share in (0.50, 0.48, 0.43, 0.11))


def test_loads_are_recorded_where_an_author_wants_them(tmp_path, monkeypatch):
    log = tmp_path / "load.jsonl"
    monkeypatch.setenv(settings.LOAD_LOG, str(log))
    busy = MachineLoad(share=0.1)
    record(CALM)
    record(busy)
    calm, loud = map(json.loads, log.read_text("utf-8").splitlines())
    assert calm == {"faults": []}
    assert loud == {"faults": list(busy.faults)}


def test_without_a_log_nothing_is_recorded(tmp_path, monkeypatch):
    monkeypatch.delenv(settings.LOAD_LOG, raising=False)
    monkeypatch.chdir(tmp_path)
    record(CALM)
    assert list(tmp_path.iterdir()) == []
