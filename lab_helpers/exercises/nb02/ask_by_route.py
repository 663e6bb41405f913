"""A query that breaks down and orders."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pandas as pd
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from lab_helpers.clients import HoneycombError, HoneycombPlanError
from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.otlp import CHECKED
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss

# Durations in ms by route; P95 by linear interpolation at 0.95 * (n - 1).
DESIGNED = {"/slow": (100, 200, 300, 400, 500), "/fast": (1, 2, 3, 4, 100)}
P95 = {"/slow": 480.0, "/fast": 80.8}
SPANS = sum(map(len, DESIGNED.values()))


def check_query(names: Namespace, context: Context) -> None:
    """The query, asked about ten designed spans, gives their P95 by route."""
    spec = names["by_route"]
    if not isinstance(spec, Mapping):
        raise Miss("by_route should be a dictionary, as the query above")
    check_id = _designed_spans(context)
    _wait_for_spans(check_id, context)
    answer = _run_query(spec, check_id, context)
    for column in ("http.route", "COUNT", "P95(duration_ms)"):
        if column not in answer:
            columns = ", ".join(answer.columns)
            raise Miss(f"the answer has no column {column}; it has {columns}")
    if list(answer["http.route"]) != ["/slow", "/fast"]:
        raise Miss(
            f"the routes come as {', '.join(answer['http.route'].astype(str))}; the "
            "slowest should be first, each once"
        )
    if [round(p, 1) for p in answer["P95(duration_ms)"]] != list(P95.values()):
        raise Miss("P95 of the check's own spans came out wrong; is there a filter?")


def _designed_spans(context: Context) -> str:
    """Ten spans of known length under a fresh `check.id`, which is returned."""
    check_id = context.fresh_id()
    provider = TracerProvider(resource=Resource.create({"service.name": CHECKED}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    tracer, now = provider.get_tracer("check"), time.time_ns()
    for route, durations in DESIGNED.items():
        for milliseconds in durations:
            attributes = {"http.route": route, "check.id": check_id}
            begin = now - milliseconds * 1_000_000
            span = tracer.start_span("GET", attributes=attributes, start_time=begin)
            span.end(now)
    return check_id


def _wait_for_spans(check_id: str, context: Context) -> None:
    """Counts the designed spans until all are there, whatever the student asks."""
    count = {
        "calculations": [{"op": "COUNT"}],
        "filters": [_mine(check_id)],
        "time_range": 600,
    }

    def look() -> pd.DataFrame:
        try:
            rows = context.honeycomb.query(CHECKED, count)
        except HoneycombPlanError as error:
            raise Miss(f"the query failed: {error}") from None
        except HoneycombError:  # no such dataset or column (yet)
            return pd.DataFrame()
        return rows[rows["COUNT"] == SPANS]

    context.wait_for(look, source=DataSource.HONEYCOMB, rows=1)


def _mine(check_id: str) -> dict[str, str]:
    return {"column": "check.id", "op": "=", "value": check_id}


def _run_query(
    spec: Mapping[str, Any], check_id: str, context: Context
) -> pd.DataFrame:
    filters = [*spec.get("filters", ()), _mine(check_id)]
    query = {**spec, "filters": filters, "time_range": 600}
    try:
        return context.honeycomb.query(CHECKED, query)
    except HoneycombError as error:
        raise Miss(f"the query failed: {error.message}") from None


QUERY = """\
by_route = {
    "calculations": [{"op": "P95", "column": "duration_ms"}, {"op": "COUNT"}],
    "breakdowns": ["http.route"],
    "orders": [{"op": "P95", "column": "duration_ms", "order": "descending"}],
}"""

EXERCISE = Exercise(
    name="ask_by_route",
    title="Ask for P95 by route",
    answer=("by_route",),
    check=check_query,
    hints=(
        "Each of the three is a list. A calculation is {'op': ..., 'column': ...}.",
        "An order names a calculation the same way and adds 'order': 'descending'.",
    ),
    solution=QUERY,
    lesson="Calculate, break down, order: most questions are these three lines.",
    wrong={
        "no column": Wrong(
            instead(
                QUERY, ('[{"op": "P95", "column": "duration_ms"}, ', '[{"op": "P95"}, ')
            ),
            "P95 requires a column",
        ),
        "the average": Wrong(
            instead(QUERY, ('"P95"', '"AVG"')), "no column P95(duration_ms)"
        ),
        "fastest first": Wrong(
            instead(QUERY, ('"descending"', '"ascending"')), "slowest should be first"
        ),
        "not broken down": Wrong(
            instead(QUERY, ('["http.route"]', "[]")), "no column http.route"
        ),
    },
)
