from collections.abc import Callable

import pandas as pd
import pytest

from lab_helpers.analysis import EDGE_COLUMNS, Edge, Outcomes, Service, ServiceMap

Span = Callable[..., dict[str, object]]


def _map(*rows: dict[str, object]) -> ServiceMap:
    return ServiceMap.from_spans(pd.DataFrame(list(rows)))


def test_a_call_is_a_span_below_another_services_span(span: Span) -> None:
    graph = _map(
        span("a", None, 0, 100, "api"),
        span("b", "a", 1, 90, "api"),
        span("c", "b", 2, 80, "feed", error=True),
        span("d", "a", 3, 20, "feed"),
    )
    (edge,) = graph.edges
    assert (edge.caller, edge.callee, edge.calls, edge.errors) == ("api", "feed", 2, 1)
    assert edge.p95_ms == 77
    assert [(s.name, s.requests) for s in graph.services] == [("api", 1), ("feed", 2)]
    assert graph.service("feed").error_share == 0.5


def test_equal_span_ids_in_two_traces_are_two_spans(span: Span) -> None:
    graph = _map(
        span("a", None, 0, 100, "api"),
        span("b", "a", 1, 90, "feed"),
        span("a", None, 0, 100, "messages", trace_id="ffff"),
    )
    assert [(e.caller, e.callee) for e in graph.edges] == [("api", "feed")]


def test_only_a_server_below_its_own_client_calls_itself(span: Span) -> None:
    graph = _map(
        span("a", None, 0, 100, "api", kind="server"),
        span("b", "a", 1, 90, "api", kind="client"),
        span("c", "b", 2, 80, "api", kind="server"),
    )
    assert [(e.caller, e.callee, e.calls) for e in graph.edges] == [("api", "api", 1)]


def test_a_sampled_span_stands_for_many_calls(span: Span) -> None:
    graph = _map(
        span("a", None, 0, 100, "api", sample_rate=10),
        span("b", "a", 1, 90, "feed", sample_rate=10),
    )
    assert graph.edges[0].calls == 10


def test_span_events_are_not_calls(span: Span) -> None:
    event = span(None, "a", 2, float("nan"), "feed", annotation="span_event")
    assert not _map(span("a", None, 0, 100, "api"), event).edges


def test_edges_from_a_query_leave_out_inner_spans() -> None:
    rows = [
        (None, "api", 100, 5, 20.0, 90.0),
        ("api", "api", 300, 0, 2.0, 5.0),
        ("api", "feed", 80, 8, 10.0, 50.0),
        ("web", "feed", 20, 0, 11.0, 60.0),
    ]
    graph = ServiceMap.from_edges(pd.DataFrame(rows, columns=list(EDGE_COLUMNS)))
    assert [repr(edge) for edge in graph.edges] == [
        "api → feed: 80 calls, p95 50 ms",
        "web → feed: 20 calls, p95 60 ms",
    ]
    feed = graph.service("feed")
    assert (feed.requests, feed.errors, feed.p95_ms) == (100, 8, 50)
    assert graph.service("web").requests == 0


def test_the_order_of_rows_does_not_matter(span: Span) -> None:
    rows = [
        span("a", None, 0, 100, "api"),
        span("b", "a", 1, 90, "feed"),
        span("c", "a", 2, 80, "messages"),
    ]
    assert repr(_map(*rows).edges) == repr(_map(*reversed(rows)).edges)


def test_no_spans_make_an_empty_map(span: Span) -> None:
    graph = ServiceMap.from_spans(pd.DataFrame([span("a", None, 0, 1)]).iloc[:0])
    assert repr(graph) == "service map of 0 services and 0 edges (0 calls)"


def test_an_unknown_service_is_named_with_those_there_are(span: Span) -> None:
    with pytest.raises(KeyError, match="api"):
        _map(span("a", None, 0, 1, "api")).service("apy")


def test_a_4xx_is_the_visitors_error_and_no_failure() -> None:
    outcomes = Outcomes(ok=80, errors=12, faults=6, throttles=2)
    service = Service("api", 100, 20, 9.0, 20.0, outcomes)
    edge = Edge("web", "api", 100, 20, 20.0, outcomes)
    for each in (service, edge):
        assert each.failure_share == 0.06
        assert each.client_error_share == 0.14
    unknown = Service("api", 100, 20, 9.0, 20.0)
    assert (unknown.failure_share, unknown.client_error_share) == (0.2, 0)
    idle = Edge("web", "api", 0, 0, 20.0, Outcomes())
    assert (idle.failure_share, idle.client_error_share) == (0, 0)
