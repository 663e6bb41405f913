"""The check of *ask by route* on a service that shows what it got a little later."""

import pandas as pd
import pytest

from lab_helpers.clients import HoneycombError, HoneycombPlanError
from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.nb02 import ask_by_route

BY_ROUTE = {
    "calculations": [{"op": "P95", "column": "duration_ms"}, {"op": "COUNT"}],
    "breakdowns": ["http.route"],
    "orders": [{"op": "P95", "column": "duration_ms", "order": "descending"}],
}


def answer(factor=1.0):
    """What the reference gets if each P95 comes out that many times as high."""
    p95 = [factor * each for each in ask_by_route.P95.values()]
    routes, counts = list(ask_by_route.P95), list(ask_by_route.COUNTS.values())
    return pd.DataFrame(
        {"http.route": routes, "P95(duration_ms)": p95, "COUNT": counts}
    )


class Later:
    """Honeycomb that knows no column at first, then some spans, then all of them."""

    def __init__(self):
        self.counts = [HoneycombError("POST", 422, "unknown column"), 3, 300]
        self.asked_early = False
        self.answer = answer()

    def query(self, dataset, spec):
        if "breakdowns" not in spec:
            count = self.counts.pop(0)
            if isinstance(count, HoneycombError):
                raise count
            return pd.DataFrame({"COUNT": [count]})
        self.asked_early = bool(self.counts)
        self.spec = spec
        return self.answer


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """The designed spans have been sent, under some id."""
    monkeypatch.setattr(ask_by_route, "_designed_spans", lambda context: "check-1")


def test_the_students_query_is_asked_once_all_designed_spans_are_there():
    later = Later()
    context = Context(client=later, patience_s=10)
    ask_by_route.check_query({"by_route": BY_ROUTE}, context)
    assert not later.asked_early


def judged(frame, **more):
    """The spec that was asked when the service answered with this frame."""
    later = Later()
    later.answer = frame
    context = Context(client=later, patience_s=10)
    ask_by_route.check_query({"by_route": BY_ROUTE | more}, context)
    return later.spec


@pytest.mark.parametrize("factor", [0.96, 1.04])
def test_a_service_that_approximates_percentiles_is_near_enough(factor):
    assert judged(answer(factor))


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_another_percentile_is_not(factor):
    with pytest.raises(Miss, match=r"/kelp has a P95 of \d+ ms in 100 spans"):
        judged(answer(factor))


def test_a_route_left_out_is_named():
    with pytest.raises(Miss, match="no row for /brine; is there a filter or a limit"):
        judged(answer().head(2))


def test_the_window_of_a_query_is_not_that_of_the_check():
    spec = judged(answer(), start_time=1, end_time=2)
    assert spec["time_range"] == 600
    assert "start_time" not in spec
    assert "end_time" not in spec


def quantile(route, share):
    lengths = [ms for ms, count in ask_by_route.DESIGNED[route] for _ in range(count)]
    return pd.Series(lengths).quantile(share)


def test_the_designed_p95_lies_in_the_middle_of_spans_of_one_length():
    for route, p95 in ask_by_route.P95.items():
        near = {quantile(route, share) for share in (0.935, 0.95, 0.965)}
        assert near == {p95}, route


@pytest.mark.parametrize("share", [0.5, 0.75, 0.9, 0.99, 1.0])
def test_no_other_percentile_puts_the_routes_in_this_order(share):
    by_share = sorted(
        ask_by_route.P95, key=lambda route: quantile(route, share), reverse=True
    )
    assert by_share != list(ask_by_route.P95)


def test_a_refusal_that_will_not_end_is_said_at_once():
    later = Later()
    later.counts = [HoneycombPlanError("POST", 403, "no", "needs a plan")]
    context = Context(client=later, patience_s=10)
    with pytest.raises(Miss, match="needs a plan"):
        ask_by_route.check_query({"by_route": BY_ROUTE}, context)
