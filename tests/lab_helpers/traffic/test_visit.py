"""Visitors on the wire."""

from __future__ import annotations

import json
import socket
import subprocess
import threading

import pytest

from lab_helpers import settings, traffic
from lab_helpers.traffic import visit

ALLOWANCE = 0.02  # the two clocks are read one after the other


def _run(url, **options):
    return traffic.run(url, **({"seconds": 1, "rate": 60, "progress": False} | options))


def test_a_run_makes_exactly_the_planned_requests(kittiwake):
    report = _run(kittiwake, seed=5)
    planned = traffic.plan(1, 60, 5)
    expected = [(each.habit, each.user, each.errand.route) for each in planned]
    columns = report.requests[["habit", "user", "route"]]
    assert list(columns.itertuples(index=False, name=None)) == expected


def test_visitors_are_welcome_except_for_the_newcomers_mistakes(kittiwake):
    requests = _run(kittiwake, seconds=3).requests
    refused = requests[requests.status >= 400]
    assert set(refused.habit) == {"newcomer"}
    assert set(refused.status) == {404, 422}
    assert {200, 201} <= set(requests.status)


def test_a_report_has_times_in_utc_and_a_row_per_route(kittiwake):
    report = _run(kittiwake)
    assert str(report.requests.start.dtype) == "datetime64[ns, UTC]"
    assert report.requests.duration_ms.gt(0).all()
    summary = report.summary
    assert summary["count"].sum() == len(report.requests)
    assert (summary.p50_ms <= summary.p95_ms).all()
    assert (summary.p95_ms <= summary.max_ms).all()
    assert "GET /api/feed/home" in repr(report)
    assert "<table" in report._repr_html_()


def test_nothing_listening_is_said_before_anything_is_sent():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(traffic.NothingListens, match=f"127.0.0.1:{port}"):
        _run(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("url", ["localhost:80", "ftp://x", "http://"])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(ValueError, match="is no URL"):
        _run(url)


def test_a_slow_app_does_not_slow_the_visitors(start):
    """Nobody is answered until all are there: a queue of visitors never gets here."""
    everybody = threading.Barrier(12, timeout=20)

    def waits_for_all(environ, start_response):
        everybody.wait()
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    seed = next(s for s in range(500) if len(traffic.plan(0.5, 24, s)) == 12)
    report = _run(start(waits_for_all).url, seconds=0.5, rate=24, seed=seed)
    assert list(report.requests.status) == [200] * 12


def test_no_request_leaves_before_its_time(kittiwake):
    requests = _run(kittiwake, seed=5).requests
    planned = [arrival.at - ALLOWANCE for arrival in traffic.plan(1, 60, 5)]
    left = (requests.start - requests.start[0]).dt.total_seconds()
    begun = left + planned[0] + ALLOWANCE + requests.late_ms[0] / 1000
    assert (begun >= planned).all()


def test_the_latest_request_is_the_reports(kittiwake):
    report = _run(kittiwake, seconds=0.5)
    assert report.latest_ms == report.requests.late_ms.max() >= 0


def test_a_run_measures_the_machine_beside_it(kittiwake):
    report = _run(kittiwake, seconds=0.5)
    assert 0 < report.share <= 1
    assert report.machine.late_ms == report.requests.late_ms.quantile(0.95)


def test_an_author_learns_what_each_run_said_of_the_machine(
    kittiwake, tmp_path, monkeypatch
):
    monkeypatch.setenv(settings.LOAD_LOG, str(tmp_path / "load.jsonl"))
    report = _run(kittiwake, seconds=0.3)
    (line,) = (tmp_path / "load.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["faults"] == list(report.machine.faults)


def test_visitors_leave_from_a_process_of_their_own_that_ends_with_the_run(
    kittiwake, monkeypatch
):
    children = _watch_children(monkeypatch)
    _run(kittiwake, seconds=0.3)
    assert [child.returncode for child in children] == [0, 0]  # heartbeat and visitors


def test_an_interrupted_run_leaves_no_process_behind(start, monkeypatch):
    """The cell is interrupted while visitors wait for an app that never answers."""
    children, answer = _watch_children(monkeypatch), threading.Event()

    def waits(environ, start_response):
        answer.wait(20)
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    def interrupt(lines):
        raise KeyboardInterrupt

    monkeypatch.setattr(visit, "_next", interrupt)
    with pytest.raises(KeyboardInterrupt):
        _run(start(waits).url, seconds=0.3)
    answer.set()
    assert len(children) == 2
    assert all(child.returncode is not None for child in children)


def test_visitors_whose_process_dies_are_said_with_what_it_printed(
    kittiwake, tmp_path, monkeypatch
):
    script = tmp_path / "broken.py"
    script.write_text("raise SystemExit('no more threads')", "utf-8")
    monkeypatch.setattr(visit.visitors, "__file__", str(script))
    with pytest.raises(traffic.VisitorsFailed, match=r"a lower 'rate'.*no more"):
        _run(kittiwake, seconds=0.3)


def _watch_children(monkeypatch):
    """Every child process that is started from now on."""
    children, popen = [], subprocess.Popen

    def start(*arguments, **options):
        children.append(popen(*arguments, **options))
        return children[-1]

    monkeypatch.setattr(visit.subprocess, "Popen", start)
    return children


def test_no_answer_is_an_outcome_of_its_own(start):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        stop = threading.Event()
        thread = threading.Thread(target=_hang_up_on_everyone, args=(deaf, stop))
        thread.start()
        report = _run(f"http://127.0.0.1:{deaf.getsockname()[1]}", rate=5, seed=3)
        stop.set()
        thread.join()
    assert len(report.requests) > 0
    assert set(report.requests.status) == {0}
    assert f"{len(report.requests)} without an answer" in report.sentence()


def _hang_up_on_everyone(server, stop):
    server.settimeout(0.1)
    while not stop.is_set():
        try:
            server.accept()[0].close()
        except TimeoutError:
            continue


def test_the_progress_bar_reaches_the_end(kittiwake, capsys):
    report = _run(kittiwake, seconds=0.3, rate=30, progress=True)
    count = len(report.requests)
    assert f"{count}/{count}" in capsys.readouterr().err


def test_visitors_carry_no_trace_and_leave_no_client_span(start):
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
        InMemorySpanExporter,
    )

    headers, exporter, provider = [], InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    def note(environ, start_response):
        headers.extend(name for name in environ if name.startswith("HTTP_"))
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    RequestsInstrumentor().instrument(tracer_provider=provider)
    try:
        with provider.get_tracer("lesson").start_as_current_span("a cell"):
            _run(start(note).url, seconds=0.5)
    finally:
        RequestsInstrumentor().uninstrument()
    assert [span.name for span in exporter.get_finished_spans()] == ["a cell"]
    assert "HTTP_HOST" in headers
    assert "HTTP_TRACEPARENT" not in headers
