"""A diagnosis with a trace as evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lab_helpers.clients import HoneycombError
from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

SERVER_SPAN = {"column": "span.kind", "op": "=", "value": "server"}
# Which service an incident happens in, and which routes of the api feel it.
CULPRITS: dict[str, tuple[str, frozenset[str]]] = {
    "n_plus_one": ("feed", frozenset({"/api/feed/home"})),
    "slow_dependency": (
        "messages",
        frozenset({"/api/message_groups", "/api/messages/@<handle>", "/api/messages"}),
    ),
}


def check_culprit(names: Namespace, context: Context) -> None:
    """Service and route are those of the incident, and the trace is proof of it."""
    diagnosis = names["diagnosis"]
    mystery: Any = names["mystery"]
    if not isinstance(diagnosis, Mapping):
        raise Miss("diagnosis should be the dictionary above, with its three keys")
    service, routes = CULPRITS[mystery.kind.name]
    root = _evidence(str(diagnosis["trace_id"]), mystery, context)
    if diagnosis["route"] not in routes:
        raise Miss(
            f"{diagnosis['route']} did not get slower; compare the two columns of the "
            "table, route by route"
        )
    if root["http.route"] != diagnosis["route"]:
        raise Miss(f"the trace is one of {root['http.route']}, not of your route")
    if diagnosis["service"] not in (service, f"kittiwake-{service}"):
        raise Miss(
            f"{diagnosis['service']} only waits; look in the waterfall of your trace "
            "for the span that is long by itself"
        )
    usual = _usual_ms(str(diagnosis["route"]), mystery, context)
    if root["duration_ms"] < 1.5 * usual:
        raise Miss("that trace is about as fast as usual; show a slow one")


def _evidence(trace_id: str, mystery: Any, context: Context) -> pd.Series[Any]:
    """The api's server span of this trace, which must lie in the incident."""
    try:
        frame = context.honeycomb.trace(trace_id, extra=["http.route"])
    except HoneycombError as error:
        said = f"Honeycomb shows no trace {trace_id!r}: {error.message}"
        raise Miss(said) from None
    mine = (frame["service"] == "kittiwake-api") & (frame["kind"] == "server")
    if not mine.any():
        raise Miss("that trace has no server span of kittiwake-api")
    root = frame[mine].iloc[0]
    if not mystery.covers(root["start"]):
        raise Miss("that trace is from another time; show one from the incident")
    return root


def _usual_ms(route: str, mystery: Any, context: Context) -> float:
    """Median of this route in the quarter of an hour before the incident."""
    began = int(mystery.started.timestamp())
    spec = {
        "calculations": [{"op": "P50", "column": "duration_ms"}],
        "filters": [SERVER_SPAN, {"column": "http.route", "op": "=", "value": route}],
        "start_time": began - 900,
        "end_time": began,
    }
    frame = context.honeycomb.query("kittiwake-api", spec)
    return float(frame["P50(duration_ms)"].iloc[0]) if len(frame) else 0.0


CULPRIT = """\
suspects = both.assign(
    grew=both["P95(duration_ms) during"] - both["P95(duration_ms) before"]
).sort_values("grew")
route = suspects["http.route"].iloc[-1]
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
        "Which route's P95 grew by most? That is the route.",
        "Break the window `now` down by trace.trace_id, with MAX of duration_ms and a "
        "filter on the route: the first row is your evidence.",
        "Draw the waterfall of that trace: which service is slow by itself?",
    ),
    solution=CULPRIT,
    lesson="A route, a service and a trace anyone can open: that is a diagnosis.",
    wrong={
        "blames the caller": Wrong(
            instead(CULPRIT, ('inner["service"].iloc[-1]', '"kittiwake-api"')),
            "only waits",
        ),
        "the wrong route": Wrong(
            instead(CULPRIT, ('"route": route', '"route": "/api/search"')),
            "/api/search did not get slower",
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
