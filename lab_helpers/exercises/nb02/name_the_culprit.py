"""A diagnosis with a trace as evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lab_helpers.analysis import TraceTree
from lab_helpers.clients import HoneycombError
from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

SERVER_SPAN = {"column": "span.kind", "op": "=", "value": "server"}
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
    trace: on a busy machine they may show more than the incident.
    """
    diagnosis = names["diagnosis"]
    mystery: Any = names["mystery"]
    if not isinstance(diagnosis, Mapping):
        raise Miss("diagnosis should be the dictionary above, with its three keys")
    service, routes = CULPRITS[mystery.kind.name]
    route = str(diagnosis["route"])
    spans = _spans(str(diagnosis["trace_id"]), context)
    root = _evidence(spans, mystery)
    if route not in routes:
        raise Miss(_another_route(route, routes, names["both"]))
    if root["http.route"] != route:
        raise Miss(f"the trace is one of {root['http.route']}, not of your route")
    suspect = str(diagnosis["service"]).removeprefix("kittiwake-")
    if suspect != service:
        raise Miss(
            _another_service(f"kittiwake-{suspect}", f"kittiwake-{service}", spans)
        )
    usual = _usual_ms(route, names["window"], context)
    if root["duration_ms"] < 1.5 * usual:
        raise Miss(
            f"that trace took {root['duration_ms']:.0f} ms, and half of the visits to "
            f"{route} took up to {usual:.0f} ms before; show a slow one"
        )


def _spans(trace_id: str, context: Context) -> pd.DataFrame:
    """The spans of the trace, each with its route."""
    try:
        return context.honeycomb.trace(trace_id, extra=["http.route"])
    except HoneycombError as error:
        message = f"Honeycomb shows no trace {trace_id!r}: {error.message}"
        raise Miss(message) from None


def _evidence(spans: pd.DataFrame, mystery: Any) -> pd.Series[Any]:
    """The api's server span among them, which must lie in the incident."""
    mine = (spans["service"] == "kittiwake-api") & (spans["kind"] == "server")
    if not mine.any():
        raise Miss("that trace has no server span of kittiwake-api")
    root = spans[mine].iloc[0]
    if not mystery.covers(root["start"]):
        raise Miss("that trace is from another time; show one from the incident")
    return root


def _another_route(route: str, routes: frozenset[str], both: Any) -> str:
    """Explains by the student's table why the incident is not in this route."""
    table = both.set_index("http.route")
    if route not in table.index:
        return f"there is no route {route!r} in the table"
    before, during = table.loc[route, P95_BEFORE], table.loc[route, P95_DURING]
    text = (
        f"{route} is not where the incident is: its P95 went from {before:.0f} to "
        f"{during:.0f} ms"
    )
    added = table[P95_DURING] - table[P95_BEFORE]
    if added[route] < added.reindex(list(routes)).max():
        return f"{text}, and that of another route grew by more"
    return f"{text}, but not because of it: run the visitors and the tables again"


def _another_service(suspect: str, culprit: str, spans: pd.DataFrame) -> str:
    """Explains by the trace why this service is not the culprit."""
    own: dict[str, float] = {}
    for node in TraceTree.from_frame(spans).nodes:
        own[node.service] = own.get(node.service, 0.0) + node.self_ms
    if suspect not in own:
        return f"{suspect} has no span in that trace; which services have?"
    text = f"{suspect} itself spent {own[suspect]:.0f} ms in your trace"
    if own[suspect] < own.get(culprit, 0.0):
        return (
            f"{text} and waited for the rest; look for the span that is long by itself"
        )
    return f"{text}, more than the culprit did; show another slow request of this route"


def _usual_ms(route: str, window: Any, context: Context) -> float:
    """Median of this route in the window before the incident."""
    spec = {
        "calculations": [{"op": "P50", "column": "duration_ms"}],
        "filters": [SERVER_SPAN, {"column": "http.route", "op": "=", "value": route}],
    }
    frame = context.honeycomb.query("kittiwake-api", spec | window)
    return float(frame["P50(duration_ms)"].iloc[0]) if len(frame) else 0.0


CULPRIT = """\
route = both.sort_values("added")["http.route"].iloc[-1]
worst = honeycomb.query("kittiwake-api", now | {
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
        "The P95 of which route grew by most? That is the route.",
        "Break the window `now` down by trace.trace_id, with MAX of duration_ms and a "
        "filter on the route: the first row is your evidence.",
        "Draw the waterfall of that trace: which service is slow by itself?",
    ),
    solution=CULPRIT,
    lesson="A route, a service and a trace anyone can open: that is a diagnosis.",
    wrong={
        "blames the caller": Wrong(
            instead(CULPRIT, ('inner["service"].iloc[-1]', '"kittiwake-api"')),
            "kittiwake-api itself spent",
        ),
        "blames a service that was not asked": Wrong(
            instead(
                CULPRIT,
                (
                    'inner["service"].iloc[-1]',
                    '{"kittiwake-feed", "kittiwake-messages"}'
                    '.difference(inner["service"]).pop()',
                ),
            ),
            "has no span in that trace",
        ),
        "the wrong route": Wrong(
            instead(CULPRIT, ('"route": route', '"route": "/api/search"')),
            "/api/search is not where the incident is",
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
