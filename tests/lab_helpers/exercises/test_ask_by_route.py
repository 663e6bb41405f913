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


class Later:
    """Honeycomb that knows no column at first, then some spans, then all of them."""

    def __init__(self):
        self.counts = [HoneycombError("POST", 422, "unknown column"), 3, 10]
        self.asked_early = False

    def query(self, dataset, spec):
        if "breakdowns" not in spec:
            count = self.counts.pop(0)
            if isinstance(count, HoneycombError):
                raise count
            return pd.DataFrame({"COUNT": [count]})
        self.asked_early = bool(self.counts)
        p95 = list(ask_by_route.P95.values())
        routes = list(ask_by_route.P95)
        return pd.DataFrame(
            {"http.route": routes, "P95(duration_ms)": p95, "COUNT": [5, 5]}
        )


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """The designed spans have been sent, under some id."""
    monkeypatch.setattr(ask_by_route, "_designed_spans", lambda context: "check-1")


def test_the_students_query_is_asked_once_all_designed_spans_are_there():
    later = Later()
    context = Context(client=later, patience_s=10)
    ask_by_route.check_query({"by_route": BY_ROUTE}, context)
    assert not later.asked_early


def test_a_refusal_that_will_not_end_is_said_at_once():
    later = Later()
    later.counts = [HoneycombPlanError("POST", 403, "no", "needs a plan")]
    context = Context(client=later, patience_s=10)
    with pytest.raises(Miss, match="needs a plan"):
        ask_by_route.check_query({"by_route": BY_ROUTE}, context)
