from typing import Any

import pytest

from lab_helpers.analysis import Outcomes
from lab_helpers.clients.xray import service_map


def _statistics(ok: int, *, other: int = 0, throttled: int = 0, faults: int = 0) -> Any:
    return {
        "OkCount": ok,
        "ErrorStatistics": {
            "OtherCount": other,
            "ThrottleCount": throttled,
            "TotalCount": other + throttled,
        },
        "FaultStatistics": {"OtherCount": faults, "TotalCount": faults},
        "TotalCount": ok + other + throttled + faults,
    }


def _node(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"ReferenceId": number, "Name": name, **more}


GRAPH = [
    _node(
        0,
        "api",
        SummaryStatistics=_statistics(7, other=1, throttled=2, faults=3),
        ResponseTimeHistogram=[
            {"Value": 0.010, "Count": 12},
            {"Value": 0.110, "Count": 1},
        ],
        Edges=[{"ReferenceId": 1, "SummaryStatistics": _statistics(4)}],
    ),
    _node(1, "127.0.0.1", Type="remote", SummaryStatistics=_statistics(4)),
    _node(
        2,
        "api",
        Type="client",
        Edges=[{"ReferenceId": 0, "SummaryStatistics": _statistics(13)}],
    ),
]


def test_a_throttle_counts_once_although_xray_has_it_among_the_errors() -> None:
    api = service_map.of_services(GRAPH).service("api")
    assert api.outcomes == Outcomes(ok=7, errors=1, faults=3, throttles=2)
    assert (api.requests, api.errors) == (13, 6)


def test_the_histogram_gives_the_percentiles() -> None:
    api = service_map.of_services(GRAPH).service("api")
    assert (api.p50_ms, api.p95_ms) == pytest.approx((10, 50))


def test_visitors_are_a_node_of_their_own_without_numbers() -> None:
    graph = service_map.of_services(GRAPH)
    client = graph.service("client")
    assert (client.kind, client.requests, client.outcomes) == ("client", 0, None)
    found = [(edge.caller, edge.callee, edge.calls) for edge in graph.edges]
    assert found == [("api", "127.0.0.1", 4), ("client", "api", 13)]


def test_visitors_of_two_services_are_told_apart() -> None:
    callers = [_node(3, "jobs", Type="client"), _node(4, "jobs")]
    names = {s.name for s in service_map.of_services([*GRAPH, *callers]).services}
    assert {"client of api", "client of jobs"} <= names


def test_two_nodes_of_one_name_are_told_apart_by_their_type() -> None:
    nodes = [_node(0, "queue"), _node(1, "queue", Type="AWS::SQS::Queue")]
    names = [s.name for s in service_map.of_services(nodes).services]
    assert names == ["queue", "queue (AWS::SQS::Queue)"]


def test_response_times_are_rows_in_milliseconds() -> None:
    frame = service_map.response_times(GRAPH)
    assert frame.to_dict("list") == {
        "service": ["api", "api"],
        "ms": [10.0, 110.0],
        "count": [12, 1],
    }


def test_no_services_make_an_empty_map_and_no_rows() -> None:
    assert service_map.of_services([]).services == ()
    assert service_map.response_times([]).empty
