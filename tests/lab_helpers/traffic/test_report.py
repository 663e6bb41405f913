"""A report begins with what its reader has to know first."""

import pandas as pd

from lab_helpers.traffic import Report
from lab_helpers.traffic.report import COLUMNS


def report_with(*health_ms, share=0.9, late_ms=0.0):
    """A report of these health checks and of one slow search."""
    durations = [*health_ms, 900.0]
    routes = ["/health"] * len(health_ms) + ["/api/search"]
    frame = pd.DataFrame(columns=list(COLUMNS), index=range(len(routes)))
    requests = frame.assign(
        route=routes, method="GET", status=200, duration_ms=durations, late_ms=late_ms
    )
    return Report("http://127.0.0.1:1", 1.0, 7, requests, share)


def test_the_machine_is_measured_by_heartbeat_visitors_and_health_checks():
    machine = report_with(1.0, 2.0, 400.0, share=0.8, late_ms=3.0).machine
    assert (machine.share, machine.late_ms, machine.health_ms) == (0.8, 3.0, 2.0)


def test_a_calm_report_begins_with_its_requests_and_has_no_notice():
    report = report_with(1.0)
    assert repr(report).startswith("2 requests to http://127.0.0.1:1 in 1 s, 0 without")
    assert report.headroom() == "This machine had time to spare."
    assert report.headroom() in repr(report) and report.headroom() in page(report)
    assert report.notice == ""


def test_a_busy_report_begins_with_the_machine_and_what_to_do():
    report = report_with(1.0, share=0.2)
    first = "This machine was too busy, a picture of this run would be false"
    assert report.headroom().startswith(first)
    assert repr(report).startswith(report.headroom())
    assert page(report).startswith(f"<p>{first}")
    assert "2 requests to" in repr(report)
    assert report.notice == report.machine.notice != ""


def test_a_printed_sentence_is_broken_between_words_and_fits_a_page():
    report = report_with(1.0, share=0.2, late_ms=30.0)
    lines = report.headroom().splitlines()
    assert len(lines) > 1 and max(map(len, lines)) <= 79
    assert " ".join(lines) == report.machine.sentence()


def page(report):
    return report._repr_html_()


def test_a_report_without_a_single_request_can_still_be_shown():
    empty = Report("http://a", 1.0, 7, pd.DataFrame(columns=list(COLUMNS)))
    assert not empty.machine.busy
    assert repr(empty).startswith("0 requests to http://a")
