"""The client against the emulated X-Ray, over HTTP like anyone else."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from lab_emulators.aws.cloud import opened
from lab_emulators.web.server import Server, bind
from lab_helpers.analysis import Outcomes, TraceTree
from lab_helpers.clients import XRayClient, XRayError, w3c_id

WINDOW = 300


@pytest.fixture(scope="module")
def xray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XRayClient]:
    """A client, and an X-Ray that has received twenty visits to two services."""
    with opened(tmp_path_factory.mktemp("cloud"), "us-east-1", appends=8) as cloud:
        server = Server("aws", cloud.gateway, bind(0)[0])
        session = boto3.session.Session(
            aws_access_key_id="lab",
            aws_secret_access_key="lab-secret",
            region_name="us-east-1",
        )
        client = session.client("xray", endpoint_url=server.url)
        made = XRayClient(client)
        for number in range(20):
            made.put(*_visit(number))
        yield made
        client.close()
        server.stop()


def _trace_id(number: int) -> str:
    return f"1-5759e988-{number:024x}"


def _document(number: int, name: str, begin: float, ms: float) -> dict[str, Any]:
    times = {"start_time": begin, "end_time": begin + ms / 1000}
    return {"id": f"{number:016x}", "name": name, **times}


def _visit(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """`api` calls `feed` by 127.0.0.1; every fifth visit is throttled."""
    begin = time.time() - 5
    status = 429 if number % 5 == 0 else 200
    refused = {"error": True, "throttle": True} if status == 429 else {}
    http = {"request": {"method": "GET", "url": "http://127.0.0.1/home"}}
    call = _document(1, "127.0.0.1", begin + 0.01, 80) | {"namespace": "remote"}
    api = _document(2, "api", begin, 100) | {"trace_id": _trace_id(number)}
    api |= {"http": {**http, "response": {"status": status}}, "subsegments": [call]}
    api |= {"annotations": {"number": number}, **refused}
    feed = _document(3, "feed", begin + 0.02, 60) | {"trace_id": _trace_id(number)}
    return api, feed | {"parent_id": call["id"], "http": http}


def test_every_visit_is_a_row(xray: XRayClient) -> None:
    rows = xray.summaries('service("feed")', time_range=WINDOW, annotations=["number"])
    assert sorted(rows["number"]) == list(range(20))
    assert rows["response_ms"].round(3).eq(100).all()
    assert rows["services"].map(set).map({"api", "feed"}.issubset).all()


def test_a_filter_expression_narrows_them(xray: XRayClient) -> None:
    throttled = xray.summaries("throttle", time_range=WINDOW)
    assert len(throttled) == 4
    assert throttled["status"].eq(429).all()


def test_an_expression_nobody_understands_is_refused_in_xrays_words(
    xray: XRayClient,
) -> None:
    with pytest.raises(XRayError, match="InvalidRequestException") as caught:
        xray.summaries("responsetime >", time_range=WINDOW)
    assert caught.value.status == 400


def test_both_services_of_a_visit_are_one_tree(xray: XRayClient) -> None:
    frame = xray.trace(w3c_id(_trace_id(7)), extra=["annotations.number"])
    tree = TraceTree.from_frame(frame)
    assert [node.name for node in tree.nodes] == ["api", "127.0.0.1", "feed"]
    assert [node.depth for node in tree.nodes] == [0, 1, 2]
    assert frame["annotations.number"].dropna().tolist() == [7]
    assert not tree.findings


def test_the_map_has_what_was_sent_and_not_the_host_name(xray: XRayClient) -> None:
    graph = xray.service_graph(time_range=WINDOW)
    assert [s.name for s in graph.services] == ["api", "client", "feed"]
    assert graph.service("api").outcomes == Outcomes(ok=16, throttles=4)
    calls = {(edge.caller, edge.callee): edge for edge in graph.edges}
    assert calls["client", "api"].calls == calls["api", "feed"].calls == 20
    assert calls["api", "feed"].p95_ms == pytest.approx(80, abs=1)
    assert graph.service("feed").p95_ms == pytest.approx(60, abs=1)


def test_the_map_of_one_trace_counts_one(xray: XRayClient) -> None:
    graph = xray.trace_graph(_trace_id(3))
    assert graph.service("api").requests == 1


def test_response_times_are_the_services_own(xray: XRayClient) -> None:
    times = xray.response_times(time_range=WINDOW).groupby("service")
    assert times["count"].sum().to_dict()["feed"] == 20
    assert times["ms"].max().to_dict()["feed"] == pytest.approx(60, abs=1)


def test_the_heatmap_holds_every_visit(xray: XRayClient) -> None:
    grid = xray.heatmap(time_range=WINDOW, step_s=60, bins=[1, 50, 150, 500])
    assert grid.per_bucket.tolist() == [0, 20, 0]


def test_a_document_xray_does_not_take_is_named(xray: XRayClient) -> None:
    with pytest.raises(XRayError, match="put_trace_segments"):
        xray.put({"name": "api", "id": "short", "trace_id": _trace_id(1)})
