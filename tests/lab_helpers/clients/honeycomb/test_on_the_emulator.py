"""The client against the emulated Honeycomb, over HTTP like anyone else."""

import math
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest
import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import WHOLE_MINUTES_KEY
from lab_emulators.store import Store
from lab_helpers.analysis import (
    FaultKind,
    HeatmapGrid,
    ServiceMap,
    TraceTree,
    percentile,
    whole_minutes,
)
from lab_helpers.clients import HoneycombClient, HoneycombError

KEY = "localLabKey00000000000"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
MS = 1_000_000
# span, parent, service, start in ms, duration in ms, status code
SPANS = [
    ("a", "", "api", 0, 400, 0),
    ("b", "a", "api", 10, 200, 0),
    ("c", "b", "feed", 20, 150, 0),
    ("d", "a", "messages", 240, 120, 2),
    ("e", "f", "messages", 300, 10, 0),
]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Says nothing."""


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _payload(begin_ns: int) -> dict[str, Any]:
    """The spans as OTLP/JSON, one resource per span; the one in error has an event."""
    resources = []
    for ident, parent, service, at, duration, status in SPANS:
        start = begin_ns + at * MS
        span: dict[str, Any] = {
            "traceId": TRACE,
            "spanId": ident * 16,
            "parentSpanId": parent * 16,
            "name": f"work {ident}",
            "kind": 2,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + duration * MS),
            "status": {"code": status},
            "attributes": [_text("app.plan", "free")],
        }
        if status == 2:
            at_ns = str(start + 5 * MS)
            span["events"] = [{"name": "exception", "timeUnixNano": at_ns}]
        resource = {"attributes": [_text("service.name", service)]}
        scopes = [{"scope": {"name": "test"}, "spans": [span]}]
        resources.append({"resource": resource, "scopeSpans": scopes})
    return {"resourceSpans": resources}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulated Honeycomb that got one trace a minute ago."""
    folder: Path = tmp_path_factory.mktemp("honeycomb")
    store = Store.open(folder / "events.duckdb")
    server = make_server(
        "127.0.0.1", 0, create_app(store), threaded=True, request_handler=_Quiet
    )
    serve = partial(server.serve_forever, poll_interval=0.01)
    thread = Thread(target=serve, name="emulated honeycomb", daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    # Whole milliseconds, so that microseconds can be compared exactly.
    begin_ns = (time.time_ns() // MS - 60_000) * MS
    headers = {"x-honeycomb-team": KEY}
    sent = requests.post(
        f"{address}/v1/traces", json=_payload(begin_ns), headers=headers, timeout=30
    )
    sent.raise_for_status()
    yield address
    server.shutdown()
    thread.join(10)
    server.server_close()
    store.close()


@pytest.fixture
def live(url: str) -> Iterator[HoneycombClient]:
    """A client of it."""
    with HoneycombClient(KEY, url) as client:
        yield client


def test_a_trace_comes_back_as_it_was_sent(live: HoneycombClient) -> None:
    frame = live.trace(TRACE, extra=["app.plan"])
    spans = frame[frame["annotation"] == "span"].set_index("span_id")
    assert len(spans) == len(SPANS)
    for ident, _, service, at, duration, status in SPANS:
        row = spans.loc[ident * 16]
        offset = row["start"] - spans["start"].min()
        assert offset == pd.Timedelta(milliseconds=at)
        assert (row["service"], row["duration_ms"]) == (service, duration)
        assert row["error"] == (status == 2)
        assert row["app.plan"] == "free"


def test_its_tree_reports_the_missing_parent(live: HoneycombClient) -> None:
    tree = TraceTree.from_frame(live.trace(int(TRACE, 16)))
    assert [found.kind for found in tree.findings] == [FaultKind.MISSING_PARENT]
    (failed,) = tree.errors
    assert [note.name for note in failed.annotations] == ["exception"]


def test_one_dataset_holds_only_its_own_part(live: HoneycombClient) -> None:
    assert set(live.trace(TRACE, "messages")["service"]) == {"messages"}


def test_edges_make_the_service_map(live: HoneycombClient) -> None:
    graph = ServiceMap.from_edges(live.service_edges())
    calls = [(e.caller, e.callee, e.calls, e.errors, e.p95_ms) for e in graph.edges]
    assert calls == [("api", "feed", 1, 0, 150), ("api", "messages", 1, 1, 120)]
    assert graph.service("api").requests == 1


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_a_heatmap_counts_every_span_near_its_duration(
    live: HoneycombClient, scale: Any
) -> None:
    frame = live.heatmap("__all__", scale=scale, granularity=60)
    grid = HeatmapGrid.from_frame(frame)
    assert grid.total == len(SPANS)
    assert grid.step_s == 60
    for *_, duration, _ in SPANS:
        buckets = frame[frame["count"] > 0]
        noise = 1e-6 * duration
        inside = (buckets["low"] <= duration + noise) & (
            buckets["high"] >= duration - noise
        )
        assert inside.any(), duration


def test_percentiles_agree_with_ours(live: HoneycombClient) -> None:
    spec = {"calculations": [{"op": "P95", "column": "duration_ms"}]}
    (value,) = live.query("__all__", spec)["P95(duration_ms)"]
    assert value == pytest.approx(percentile([span[4] for span in SPANS], 95))


def test_series_and_totals_have_their_shapes(live: HoneycombClient) -> None:
    spec = {"breakdowns": ["service.name"], "granularity": 60, "time_range": 600}
    steps = live.query("__all__", spec, series=True)
    assert steps["time"].dtype == "datetime64[ns, UTC]"
    assert steps["COUNT"].sum() == len(SPANS) + 1
    rows = live.query("__all__", spec, totals=True)
    assert rows.attrs["total"]["COUNT"] == len(SPANS) + 1
    assert set(rows["service.name"]) == {"api", "feed", "messages"}


def test_columns_and_datasets_are_listed(live: HoneycombClient) -> None:
    assert live.datasets()["slug"].tolist() == ["api", "feed", "messages"]
    types = live.columns().set_index("name")["type"]
    assert types["duration_ms"] == "float"
    assert types["app.plan"] == "string"
    assert "error" not in live.columns("feed")["name"].tolist()


def test_refusals_say_what_the_service_said(live: HoneycombClient) -> None:
    with pytest.raises(HoneycombError, match="answered 404: Dataset not found"):
        live.query("nowhere", {})
    with pytest.raises(HoneycombError, match="answered 400: unknown column: x"):
        live.query("api", {"breakdowns": ["x"]})
    with pytest.raises(HoneycombError, match="no spans of it in __all__"):
        live.trace("0" * 31 + "1")


def test_waiting_finds_what_is_already_there(live: HoneycombClient) -> None:
    spec = {"filters": [{"column": "name", "op": "=", "value": "work a"}]}
    assert live.wait_for("api", spec, timeout_s=10)["COUNT"].tolist() == [1]


def test_the_latest_trace_is_the_one_whose_root_began_last(live, url) -> None:
    headers = {"x-honeycomb-team": KEY}
    newest = "5bf92f3577b34da6a3ce929d0e0e4736"
    payload = _payload(time.time_ns())
    for resource in payload["resourceSpans"]:
        for span in resource["scopeSpans"][0]["spans"]:
            span["traceId"] = newest
    older = _payload(time.time_ns() - 30_000 * MS)
    for document in (payload, older):
        answer = requests.post(
            f"{url}/v1/traces", json=document, headers=headers, timeout=30
        )
        answer.raise_for_status()
    assert live.latest_trace("api") == newest


def test_without_a_young_root_there_is_no_latest_trace(live) -> None:
    with pytest.raises(HoneycombError, match="no root span") as caught:
        live.latest_trace("messages")
    assert "force_flush" in caught.value.advice


@pytest.fixture
def whole(url: str) -> Iterator[HoneycombClient]:
    """A client whose windows are cut to whole minutes, as the real service does."""
    with HoneycombClient(WHOLE_MINUTES_KEY, url) as client:
        yield client


def test_a_window_of_whole_minutes_is_the_same_here_and_on_the_real_service(
    live, whole
) -> None:
    begin = live.trace(TRACE)["start"].min().timestamp()
    window = whole_minutes(begin, begin + 0.5)
    limits = {"start_time": window[0], "end_time": window[1], "breakdowns": ["name"]}
    there, here = (client.query("api", limits) for client in (whole, live))
    assert "work a" in set(here["name"])
    pd.testing.assert_frame_equal(there, here)
    cells = [client.heatmap("api", time_range=window) for client in (whole, live)]
    pd.testing.assert_frame_equal(*cells)


def test_a_window_of_seconds_is_not(live, whole) -> None:
    begin = live.trace(TRACE)["start"].min().timestamp()
    first = math.floor(begin)
    limits = {"start_time": first, "end_time": first + 1}
    assert live.query("api", limits)["COUNT"].tolist() != [0]
    assert whole.query("api", limits)["COUNT"].tolist() == [0]
