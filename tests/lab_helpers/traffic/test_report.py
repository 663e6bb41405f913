"""What a run says of the machine it ran on."""

import pandas as pd
import pytest

from lab_helpers.traffic import Report
from lab_helpers.traffic.report import BUSY_MS, COLUMNS


def report_with(*health_ms):
    """A report of these health checks and of one slow search."""
    frame = pd.DataFrame(columns=list(COLUMNS), index=range(len(health_ms) + 1))
    durations = [*health_ms, 900.0]
    routes = ["/health"] * len(health_ms) + ["/api/search"]
    requests = frame.assign(route=routes, duration_ms=durations)
    return Report("http://127.0.0.1:1", 1.0, 7, requests)


def test_quick_health_checks_are_time_to_spare():
    report = report_with(1.0, 2.0, 400.0)
    assert report.health_ms == 2.0
    said = "This machine had time to spare: the median health check took 2.0 ms."
    assert report.headroom() == said


def test_slow_health_checks_are_a_machine_too_busy_for_a_picture():
    said = report_with(BUSY_MS + 1, BUSY_MS + 1).headroom()
    assert said.startswith("This machine was too busy for the picture")
    assert f"{BUSY_MS + 1:.1f} ms" in said
    assert "look at the stored page" in said


@pytest.mark.parametrize(("took", "spare"), [(BUSY_MS, True), (BUSY_MS + 0.1, False)])
def test_the_bound_itself_is_time_to_spare(took, spare):
    assert report_with(took).headroom().startswith("This machine had") is spare


def test_without_a_health_check_nothing_is_said_of_the_machine():
    said = "No health check in this run says how busy this machine was."
    assert report_with().headroom() == said
