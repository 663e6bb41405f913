"""A diagnosis with a trace as evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lab_helpers.analysis import TraceTree
from lab_helpers.clients import HoneycombError
from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss
from lab_helpers.history import Day

P95_BEFORE, P95_DURING = "P95(duration_ms) before", "P95(duration_ms) during"
# Which service an incident happens in, and which routes of the api feel it.
CULPRITS: dict[str, tuple[str, frozenset[str]]] = {
    "n_plus_one": ("feed", frozenset({"/api/feed/home"})),
    "slow_dependency": (
        "messages",
        frozenset({"/api/message_groups", "/api/messages/@<handle>", "/api/messages"}),
    ),
}


def check_culprit(names: Namespace, context: Context) -> None:
    """Service and route are those of the incident, and the trace is proof of it.

    What a refusal says of a route or a trace is read off the student's own table and
    trace; none says which incident it is.
    """
    diagnosis = names["diagnosis"]
    day: Day = names["bad_day"]  # type: ignore[assignment]
    table: pd.DataFrame = names["both"].set_index("http.route")  # type: ignore[attr-defined]
    service, routes = _culprit(day)
    route, trace_id, suspect = (
        _text(diagnosis, part) for part in ("route", "trace_id", "service")
    )
    spans = _spans(trace_id, context)
    root = _evidence(spans, day)
    if route not in routes:
        raise Miss(_another_route(route, table))
    if root["http.route"] != route:
        raise Miss(f"the trace is one of {root['http.route']}, not of {route}")
    _demand_slow(root, day)
    for prefix in (f"{day.name}-", "kittiwake-"):
        suspect = suspect.removeprefix(prefix)
    if suspect != service:
        raise Miss(_another_service(f"{day.name}-{suspect}", spans))


def _text(diagnosis: object, part: str) -> str:
    """One of the three texts of a diagnosis, or `Miss` if it is something else."""
    if not isinstance(diagnosis, Mapping):
        raise Miss(
            f"diagnosis is {described(diagnosis)}; it should be the dictionary above, "
            "with its three keys"
        )
    if part not in diagnosis:
        keys = ", ".join(map(repr, diagnosis)) or "none"
        raise Miss(f"diagnosis has no {part!r}; its keys are {keys}")
    value = diagnosis[part]
    if isinstance(value, pd.Series | pd.DataFrame):
        raise Miss(
            f"diagnosis[{part!r}] is a whole {type(value).__name__} of {len(value)} "
            "rows; one value of it is enough: .iloc[0] takes the first"
        )
    if not isinstance(value, str):
        raise Miss(f"diagnosis[{part!r}] is {described(value)}; it should be a str")
    return value


def _culprit(day: Day) -> tuple[str, frozenset[str]]:
    """The service and the routes of the day's incident."""
    for incident in day.incidents:
        if incident.name in CULPRITS:
            return CULPRITS[incident.name]
    raise Miss("nothing is slow on bad_day; make it with an incident, as above")


def _spans(trace_id: str, context: Context) -> pd.DataFrame:
    """The spans of the trace, each with its route."""
    try:
        return context.honeycomb.trace(trace_id, extra=["http.route"])
    except HoneycombError as error:
        message = f"Honeycomb shows no trace {trace_id!r}: {error.message}"
        raise Miss(message) from None


def _evidence(spans: pd.DataFrame, day: Day) -> pd.Series[Any]:
    """The api's server span among them, which must lie in the incident."""
    api = f"{day.name}-api"
    mine = (spans["service"] == api) & (spans["kind"] == "server")
    if not mine.any():
        raise Miss(f"that trace has no server span of {api}")
    root = spans[mine].iloc[0]
    since = (root["start"] - pd.Timestamp(day.start)) // pd.Timedelta(microseconds=1)
    if not any(each.start_us <= since < each.end_us for each in day.incidents):
        raise Miss("that trace is from another time; show one from the incident")
    return root


def _demand_slow(root: pd.Series[Any], day: Day) -> None:
    """`Miss` unless it took longer than any visit to its route before the incident."""
    calm = pd.Timestamp(day.start) + pd.Timedelta(
        microseconds=min(each.start_us for each in day.incidents)
    )
    route, visits = root["http.route"], day.requests
    before = visits[(visits["route"] == route) & (visits["start"] < calm)]
    usual = before["duration_ms"].max()
    if root["duration_ms"] <= usual:
        raise Miss(
            f"that trace took {root['duration_ms']:.0f} ms, and visits to {route} took "
            f"up to {usual:.0f} ms before the incident, too; show a slow one"
        )


def _another_route(route: str, table: pd.DataFrame) -> str:
    """Explains by the student's table why the incident is not in this route."""
    if route not in table.index:
        return f"there is no route {route!r} in the table"
    p95: Any = table.loc[route]
    return (
        f"{route} is not where the incident is: its P95 went from {p95[P95_BEFORE]:.0f}"
        f" to {p95[P95_DURING]:.0f} ms, and that of another route grew by more"
    )


def _another_service(suspect: str, spans: pd.DataFrame) -> str:
    """Explains by the trace why this service is not the culprit."""
    own: dict[str, float] = {}
    for node in TraceTree.from_frame(spans).nodes:
        own[node.service] = own.get(node.service, 0.0) + node.self_ms
    if suspect not in own:
        return f"{suspect} has no span in that trace; which services have?"
    return (
        f"{suspect} itself spent {own[suspect]:.0f} ms in your trace and waited for "
        "the rest; look for the span that is long by itself"
    )


CULPRIT = """\
route = both.sort_values("added")["http.route"].iloc[-1]
worst = honeycomb.query(f"{who}-api", incident | {
    "calculations": [{"op": "MAX", "column": "duration_ms"}],
    "breakdowns": ["trace.trace_id"],
    "filters": [servers, {"column": "http.route", "op": "=", "value": route}],
})
slow_trace = honeycomb.trace(worst["trace.trace_id"].iloc[0])
inner = slow_trace[slow_trace["kind"] == "server"].sort_values("start")
diagnosis = {
    "service": inner["service"].iloc[-1],
    "route": route,
    "trace_id": worst["trace.trace_id"].iloc[0],
}"""

EXERCISE = Exercise(
    name="name_the_culprit",
    title="Name the culprit",
    answer=("diagnosis",),
    check=check_culprit,
    hints=(
        "The P95 of which route grew by most? The table above says so: that is the "
        "route. One slow visit to it is your evidence, and shows the service.",
        "A query on the window `incident` with MAX of duration_ms, a breakdown by "
        "trace.trace_id and a filter on http.route has the slowest trace in its first "
        "row. plots.waterfall(honeycomb.trace(...)) shows the service: it has a long "
        "bar, and nothing below it that explains its length.",
        '"trace_id": worst["trace.trace_id"].iloc[0], where worst = '
        'honeycomb.query(f"{who}-api", incident | {"calculations": [{"op": "MAX", '
        '"column": "duration_ms"}], "breakdowns": ["trace.trace_id"], "filters": '
        '[servers, {"column": "http.route", "op": "=", "value": route}]}).',
    ),
    solution=CULPRIT,
    lesson="A route, a service and a trace anyone can open: that is a diagnosis.",
    right={
        "the second route of the table, by name": """\
route = both.sort_values("added")["http.route"].iloc[-2]
slow = honeycomb.query(f"{who}-api", incident | {
    "calculations": [{"op": "P99", "column": "duration_ms"}],
    "breakdowns": ["trace.trace_id", "http.route"],
    "filters": [servers],
})
of_route = slow[slow["http.route"] == route]
diagnosis = {
    "service": "messages",
    "route": route,
    "trace_id": of_route["trace.trace_id"].iloc[0],
}""",
        "by the day's own table": """\
hits = bad_day.requests
hits = hits[hits["start"].dt.hour.between(14, 15)]
hit = hits[hits["route"] == "/api/message_groups"].nlargest(1, "duration_ms")
diagnosis = dict(
    trace_id=hit["trace_id"].item(),
    route="/api/message_groups",
    service="kittiwake-messages",
)""",
    },
    wrong={
        "blames the caller": Wrong(
            instead(CULPRIT, ('inner["service"].iloc[-1]', '"api"')),
            "marisol-api itself spent",
        ),
        "blames a service that was not asked": Wrong(
            instead(
                CULPRIT,
                (
                    'inner["service"].iloc[-1]',
                    '{f"{who}-feed", f"{who}-messages"}'
                    '.difference(inner["service"]).pop()',
                ),
            ),
            "has no span in that trace",
        ),
        "the wrong route": Wrong(
            instead(CULPRIT, ('"route": route', '"route": "/api/search"')),
            "/api/search is not where the incident is",
        ),
        "a request as quick as before": Wrong(
            instead(
                CULPRIT,
                (
                    'worst["trace.trace_id"].iloc[0])',
                    'worst["trace.trace_id"].iloc[-1])',
                ),
                (
                    '"trace_id": worst["trace.trace_id"].iloc[0]',
                    '"trace_id": worst["trace.trace_id"].iloc[-1]',
                ),
            ),
            "show a slow one",
        ),
        "a request from before": Wrong(
            instead(CULPRIT, ("incident | {", "before | {")),
            "from another time",
        ),
        "all slow requests as evidence": Wrong(
            instead(
                CULPRIT,
                (
                    '"trace_id": worst["trace.trace_id"].iloc[0]',
                    '"trace_id": worst["trace.trace_id"]',
                ),
            ),
            "diagnosis['trace_id'] is a whole Series",
        ),
        "a key forgotten": Wrong(
            instead(
                CULPRIT, ('    "trace_id": worst["trace.trace_id"].iloc[0],\n', "")
            ),
            "diagnosis has no 'trace_id'; its keys are 'service', 'route'",
        ),
        "no evidence": Wrong(
            instead(
                CULPRIT,
                ('"trace_id": worst["trace.trace_id"].iloc[0]', '"trace_id": "42"'),
            ),
            "no trace '42'",
        ),
    },
)
