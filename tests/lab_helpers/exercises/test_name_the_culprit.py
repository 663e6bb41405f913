"""A diagnosis is judged on a day whose incident is exact, whichever it is."""

from functools import cache
from typing import Any

import pandas as pd
import pytest

from lab_helpers.app.incidents import CATALOG
from lab_helpers.clients import HoneycombError
from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.nb02 import name_the_culprit
from lab_helpers.exercises.nb02.name_the_culprit import P95_BEFORE, P95_DURING
from lab_helpers.history import Day, Incident, day

HOME = "/api/feed/home"
GROUPS = "/api/message_groups"
MESSAGES = "/api/messages/@<handle>"
SEARCH = "/api/search"
RIGHT = {
    ("n_plus_one", "feed", HOME),
    ("slow_dependency", "messages", GROUPS),
    ("slow_dependency", "messages", MESSAGES),
    ("slow_dependency", "messages", "/api/messages"),
}
RIGHT_TYPES = {"service": "messages", "route": GROUPS, "trace_id": "42"}
each_right_answer = pytest.mark.parametrize(
    ("incident", "service", "route"), sorted(RIGHT)
)


@cache
def bad_day(incident: str = "slow_dependency") -> Day:
    """The day of the page."""
    happened = [Incident(incident, "14:00", "16:00")]
    return day(seed=11, requests=5_000, incidents=happened, name="yuki")


@cache
def visits(incident: str = "slow_dependency") -> pd.DataFrame:
    """The api's server spans of that day, slowest first, with the hour of each."""
    rows = bad_day(incident).spans
    mine = (rows["service"] == "yuki-api") & (rows["kind"] == "server")
    hours = rows["start"].dt.hour
    return rows[mine].assign(hour=hours).sort_values("duration_ms", ascending=False)


def p95(incident: str, hours: tuple[int, int]) -> pd.Series:
    rows = visits(incident)
    routes = rows[rows["hour"].isin(hours)].groupby("http.route")
    return routes["duration_ms"].quantile(0.95)


class Store:
    """Honeycomb with all spans of a day."""

    def __init__(self, spans: pd.DataFrame) -> None:
        self._spans = spans

    def trace(self, trace_id: str, extra: list[str]) -> pd.DataFrame:
        """The spans of one trace, in order of start."""
        rows = self._spans[self._spans["trace_id"] == trace_id]
        if rows.empty:
            raise HoneycombError("trace", None, f"no spans of {trace_id}", "")
        return rows.reset_index(drop=True)


def evidence(
    route: str,
    incident: str = "slow_dependency",
    hours: tuple[int, int] = (14, 15),
    rank: int = 0,
) -> str:
    """The trace of the visit to this route that is the slowest but `rank`."""
    rows = visits(incident)
    rows = rows[(rows["http.route"] == route) & rows["hour"].isin(hours)]
    return str(rows["trace_id"].iloc[rank])


def judge(
    service: str, route: str, trace_id: str, incident: str = "slow_dependency"
) -> None:
    """Check a diagnosis of that day."""
    before, during = p95(incident, (12, 13)), p95(incident, (14, 15))
    table = pd.DataFrame({P95_BEFORE: before, P95_DURING: during}).reset_index()
    names: dict[str, Any] = {
        "diagnosis": {"service": service, "route": route, "trace_id": trace_id},
        "bad_day": bad_day(incident),
        "both": table,
    }
    client: Any = Store(bad_day(incident).spans)
    name_the_culprit.check_culprit(names, Context(client=client))


@each_right_answer
@pytest.mark.parametrize("prefix", ["", "yuki-", "kittiwake-"])
def test_the_culprit_is_accepted(
    incident: str, service: str, route: str, prefix: str
) -> None:
    judge(prefix + service, route, evidence(route, incident), incident)


@pytest.mark.parametrize("incident", ["n_plus_one", "slow_dependency"])
def test_the_table_shows_the_culprits_routes_above_all_others(incident: str) -> None:
    added = p95(incident, (14, 15)) - p95(incident, (12, 13))
    routes = {route for name, _, route in RIGHT if name == incident}
    others = added.drop(list(routes))
    assert added[list(routes)].min() > 5 * others.max()


@each_right_answer
def test_every_other_route_is_refused_with_its_own_numbers(
    incident: str, service: str, route: str
) -> None:
    others = set(p95(incident, (14, 15)).index) - {
        r for i, _, r in RIGHT if i == incident
    }
    assert len(others) >= 8
    for other in others:
        expected = "is not where the incident is: its P95 went from .* grew by more"
        with pytest.raises(Miss, match=expected):
            judge(service, other, evidence(other, incident), incident)


@each_right_answer
def test_every_other_service_is_refused(
    incident: str, service: str, route: str
) -> None:
    trace_id = evidence(route, incident)
    with pytest.raises(Miss, match=r"yuki-api itself spent \d+ ms .* waited"):
        judge("api", route, trace_id, incident)
    (other,) = {"feed", "messages"} - {service}
    with pytest.raises(Miss, match=f"yuki-{other} has no span in that trace"):
        judge(other, route, trace_id, incident)


@each_right_answer
def test_a_visit_that_took_no_longer_than_before_is_no_evidence(
    incident: str, service: str, route: str
) -> None:
    with pytest.raises(Miss, match=r"took \d+ ms, and visits to .* show a slow one"):
        judge(service, route, evidence(route, incident, rank=-1), incident)


def test_a_visit_from_another_time_is_no_evidence() -> None:
    with pytest.raises(Miss, match="from another time"):
        judge("messages", GROUPS, evidence(GROUPS, hours=(16, 17)))


def test_a_visit_to_another_route_is_no_evidence() -> None:
    with pytest.raises(Miss, match=f"the trace is one of {MESSAGES}"):
        judge("messages", GROUPS, evidence(MESSAGES))


@pytest.mark.parametrize(
    ("diagnosis", "says"),
    [
        ("messages", "diagnosis is 'messages'"),
        ({"route": GROUPS, "trace_id": "42"}, "no 'service'; its keys are 'route', "),
        (RIGHT_TYPES | {"trace_id": 42}, r"diagnosis\['trace_id'\] is 42"),
        (RIGHT_TYPES | {"route": pd.Series([GROUPS])}, "a whole Series of 1 rows"),
    ],
)
def test_what_is_no_diagnosis_is_named_with_its_type(diagnosis: Any, says: str) -> None:
    names = {
        "diagnosis": diagnosis,
        "bad_day": bad_day(),
        "both": pd.DataFrame({"http.route": [GROUPS]}),
    }
    client: Any = Store(bad_day().spans)
    with pytest.raises(Miss, match=says):
        name_the_culprit.check_culprit(names, Context(client=client))


def test_every_incident_that_a_mystery_can_be_has_a_culprit_here() -> None:
    slow = {kind.name: kind.service for kind in CATALOG if not kind.fails}
    assert slow == {
        name: service for name, (service, _) in name_the_culprit.CULPRITS.items()
    }


@each_right_answer
def test_no_refusal_says_which_incident_it_is(
    incident: str, service: str, route: str
) -> None:
    secret = {incident, *(r for i, _, r in RIGHT if i == incident)}
    guesses = [
        ("api", SEARCH, evidence(SEARCH, incident)),
        ("api", SEARCH, "42"),
        ("search", "/api/nowhere", evidence(SEARCH, incident)),
        ("api", SEARCH, evidence(SEARCH, incident, hours=(16, 17))),
    ]
    for guess in guesses:
        with pytest.raises(Miss) as refusal:
            judge(*guess, incident)
        said = str(refusal.value)
        assert service not in said
        assert not [each for each in secret if each in said]


def test_a_trace_that_is_not_there_is_named() -> None:
    with pytest.raises(Miss, match="Honeycomb shows no trace '42'"):
        judge("messages", GROUPS, "42")


def test_a_route_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(Miss, match="no route '/feed/home' in the table"):
        judge("feed", "/feed/home", evidence(GROUPS))


def test_a_day_without_an_incident_has_no_culprit() -> None:
    names: dict[str, Any] = {
        "diagnosis": {"service": "feed", "route": HOME, "trace_id": "42"},
        "bad_day": day(seed=11, requests=10, name="yuki"),
        "both": pd.DataFrame({"http.route": []}),
    }
    client: Any = Store(pd.DataFrame())
    with pytest.raises(Miss, match="nothing is slow on bad_day"):
        name_the_culprit.check_culprit(names, Context(client=client))
