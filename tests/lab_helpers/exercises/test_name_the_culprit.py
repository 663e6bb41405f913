"""A diagnosis is judged by what the student's own table and trace show."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.nb02 import name_the_culprit

MESSAGES = "/api/messages/@<handle>"
HOME = "/api/feed/home"
# P95 before and during an incident of the messages service. In the second table the
# machine was so busy that the home feed grew by more.
QUIET = {MESSAGES: (110, 480), HOME: (120, 130), "/api/search": (270, 255)}
BUSY = {MESSAGES: (502, 878), HOME: (856, 1286), "/api/search": (740, 961)}


class Store:
    """Honeycomb with one trace of three spans, and a usual duration of the route."""

    def __init__(self, route: str, took: dict[str, float], usual_ms: float) -> None:
        self._route, self._took, self._usual_ms = route, took, usual_ms
        self.asked: dict[str, object] = {}

    def trace(self, trace_id: str, extra: list[str]) -> pd.DataFrame:
        """api, its outgoing call, and the called service."""
        spans = [
            ("a", None, "kittiwake-api", "server", self._took["api"]),
            ("b", "a", "kittiwake-api", "client", self._took["messages"] + 1),
            ("c", "b", "kittiwake-messages", "server", self._took["messages"]),
        ]
        names = ["span_id", "parent_id", "service", "kind", "duration_ms"]
        frame = pd.DataFrame(spans, columns=names)
        start = pd.Timestamp("2026-03-02T02:00:00Z")
        return frame.assign(
            trace_id=trace_id,
            name="GET",
            start=start,
            status="unset",
            error=False,
            annotation="span",
            **{extra[0]: self._route},
        )

    def query(self, dataset: str, spec: dict[str, object]) -> pd.DataFrame:
        self.asked = spec
        return pd.DataFrame({"P50(duration_ms)": [self._usual_ms]})


def judge(
    route: str,
    service: str = "messages",
    *,
    table: dict[str, tuple[int, int]] = QUIET,
    took: tuple[float, float] = (500.0, 480.0),
    usual_ms: float = 75.0,
) -> Store:
    """Check a diagnosis; `took` has the milliseconds of the api and of messages."""
    rows = [(name, *p95) for name, p95 in table.items()]
    p95_columns = [name_the_culprit.P95_BEFORE, name_the_culprit.P95_DURING]
    names: dict[str, Any] = {
        "diagnosis": {"service": service, "route": route, "trace_id": "7" * 32},
        "mystery": SimpleNamespace(
            kind=SimpleNamespace(name="slow_dependency"), covers=lambda moment: True
        ),
        "both": pd.DataFrame(rows, columns=["http.route", *p95_columns]),
        "window": {"start_time": 100, "end_time": 140},
    }
    store = Store(route, dict(zip(("api", "messages"), took, strict=True)), usual_ms)
    client: Any = store
    name_the_culprit.check_culprit(names, Context(client=client))
    return store


@pytest.mark.parametrize("table", [QUIET, BUSY])
@pytest.mark.parametrize("service", ["messages", "kittiwake-messages"])
def test_the_culprit_is_accepted_on_a_busy_machine_too(
    table: dict[str, tuple[int, int]], service: str
) -> None:
    judge(MESSAGES, service, table=table, took=(1300.0, 500.0), usual_ms=300.0)


def test_usual_is_the_window_before_the_incident_and_not_an_earlier_incident() -> None:
    asked = judge(MESSAGES).asked
    assert (asked["start_time"], asked["end_time"]) == (100, 140)


def test_a_route_that_grew_less_is_told_its_own_numbers() -> None:
    with pytest.raises(Miss, match="from 120 to 130 ms, and that of another route"):
        judge(HOME)


def test_a_route_that_did_grow_most_is_not_denied_it() -> None:
    with pytest.raises(Miss, match="from 856 to 1286 ms, but not because of it"):
        judge(HOME, table=BUSY)


def test_a_route_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(Miss, match="no route '/feed/home' in the table"):
        judge("/feed/home")


def test_a_service_that_waits_is_told_how_long_it_was_busy_itself() -> None:
    with pytest.raises(Miss, match=r"kittiwake-api itself spent 20 ms .* waited"):
        judge(MESSAGES, "api")


def test_a_service_that_is_slow_itself_in_this_trace_is_not_denied_it() -> None:
    with pytest.raises(Miss, match="itself spent 800 ms in your trace, more than"):
        judge(MESSAGES, "kittiwake-api", took=(1300.0, 500.0))


def test_a_service_that_was_not_called_is_not_said_to_wait() -> None:
    with pytest.raises(Miss, match="kittiwake-feed has no span in that trace"):
        judge(MESSAGES, "feed")


def test_a_trace_that_is_not_slow_is_told_how_long_it_took() -> None:
    with pytest.raises(Miss, match=r"took 100 ms, and half .* up to 75 ms before"):
        judge(MESSAGES, took=(100.0, 80.0))
