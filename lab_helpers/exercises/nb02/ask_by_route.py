"""A query that breaks down and orders."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pandas as pd
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

from lab_helpers.clients import HoneycombError, HoneycombPlanError
from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.otlp import CHECKED
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss

# Route → (milliseconds, spans of this length), slowest P95 first. The P95 lies in the
# middle of a group, so that a service which approximates it comes out where an exact
# one does, and every other percentile, the average, the maximum and the count put the
# routes in another order, as do their names.
DESIGNED: dict[str, tuple[tuple[int, int], ...]] = {
    "/kelp": ((10, 90), (400, 8), (600, 2)),
    "/shoal": ((100, 54), (200, 5), (1500, 1)),
    "/brine": ((5, 126), (50, 11), (800, 3)),
}
P95 = {"/kelp": 400.0, "/shoal": 200.0, "/brine": 50.0}
COUNTS = {
    route: sum(count for _, count in groups) for route, groups in DESIGNED.items()
}
SPANS = sum(COUNTS.values())
TOLERANCE = 0.05
"""The real service approximates percentiles; share of the exact one."""

METHODS = ("GET", "POST")
"""By turns, so that a breakdown by more than the route shows each route twice."""


def check_query(names: Namespace, context: Context) -> None:
    """The query, asked about designed spans, gives their P95 by route."""
    spec = names["by_route"]
    if not isinstance(spec, Mapping):
        raise Miss(
            f"by_route is {described(spec)}; it should be a dictionary, as the query "
            "above"
        )
    check_id = _designed_spans(context)
    _wait_for_spans(check_id, context)
    _judge(_run_query(spec, check_id, context))


def _judge(answer: pd.DataFrame) -> None:
    """`Miss` unless these are P95 and count of each designed route, slowest first."""
    for column in ("http.route", "COUNT", "P95(duration_ms)"):
        if column not in answer:
            columns = ", ".join(answer.columns)
            raise Miss(f"the answer has no column {column}; it has {columns}")
    routes = [str(route) for route in answer["http.route"]]
    for route in P95:
        _demand_row(route, answer[answer["http.route"] == route])
    if routes != list(P95):
        order = ", ".join(f"{route} ({P95[route]:.0f} ms)" for route in routes)
        raise Miss(f"the routes come as {order}; the slowest should be first")


def _demand_row(route: str, rows: pd.DataFrame) -> None:
    """`Miss` unless these rows are one, with the route's P95 and count."""
    if len(rows) > 1:
        raise Miss(
            f"{route} has {len(rows)} rows; broken down by http.route alone, it has one"
        )
    if rows.empty:
        raise Miss(f"the answer has no row for {route}; is there a filter or a limit?")
    count, p95 = rows["COUNT"].iloc[0], rows["P95(duration_ms)"].iloc[0]
    if count != COUNTS[route] or abs(p95 / P95[route] - 1) > TOLERANCE:
        raise Miss(
            f"{route} has a P95 of {p95:.0f} ms in {count} spans; the check sent "
            f"{COUNTS[route]}, with a P95 of {P95[route]:.0f} ms. Is there a filter?"
        )


def _designed_spans(context: Context) -> str:
    """Server spans of known length under a fresh `check.id`, which is returned."""
    check_id = context.fresh_id()
    provider = TracerProvider(resource=Resource.create({"service.name": CHECKED}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer, now = provider.get_tracer("check"), time.time_ns()
    for route, groups in DESIGNED.items():
        durations = [ms for ms, count in groups for _ in range(count)]
        for number, milliseconds in enumerate(durations):
            attributes = {
                "http.route": route,
                "http.method": METHODS[number % 2],
                "check.id": check_id,
            }
            span = tracer.start_span(
                f"{METHODS[number % 2]} {route}",
                kind=SpanKind.SERVER,
                attributes=attributes,
                start_time=now - milliseconds * 1_000_000,
            )
            span.end(now)
    provider.shutdown()
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
    """The answer to the student's query, about the designed spans only."""
    window = ("start_time", "end_time", "time_range")
    query = {name: part for name, part in spec.items() if name not in window}
    filters = [*spec.get("filters", ()), _mine(check_id)]
    try:
        return context.honeycomb.query(
            CHECKED, query | {"filters": filters, "time_range": 600}
        )
    except HoneycombError as error:
        raise Miss(f"the query failed: {error.message}") from None


QUERY = """\
by_route = {
    "calculations": [{"op": "P95", "column": "duration_ms"}, {"op": "COUNT"}],
    "breakdowns": ["http.route"],
    "orders": [{"op": "P95", "column": "duration_ms", "order": "descending"}],
}"""
_FILTER = '"breakdowns": ["http.route"],'

EXERCISE = Exercise(
    name="ask_by_route",
    title="Ask for P95 by route",
    answer=("by_route",),
    check=check_query,
    hints=(
        "Each of the three is a list. Look at `calculations` in the cell above: one "
        "dictionary for each number that is calculated.",
        "A calculation is {'op': ..., 'column': ...}, a breakdown a column's name. "
        "An order names a calculation the same way and adds 'order': 'descending'.",
        '"calculations": [{"op": "P95", "column": "duration_ms"}, {"op": "COUNT"}], '
        '"breakdowns": ["http.route"], and "orders": [{"op": "P95", "column": '
        '"duration_ms", "order": "descending"}].',
    ),
    solution=QUERY,
    lesson="Calculate, break down, order: most questions are these three lines.",
    right={
        "the average as well, servers only": instead(
            QUERY,
            (
                '"calculations": [',
                '"calculations": [{"op": "AVG", "column": "duration_ms"}, ',
            ),
            (_FILTER, f'{_FILTER}\n    "filters": [servers], "limit": 50,'),
        ),
        "with the window of the day": instead(QUERY, ('"}],\n}', '"}],\n} | window')),
        "ordered a second time, by count": instead(
            QUERY,
            (
                '"order": "descending"}],',
                '"order": "descending"},\n'
                '               {"op": "COUNT", "order": "descending"}],',
            ),
        ),
    },
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
        "the 99th": Wrong(
            instead(QUERY, ('"P95"', '"P99"')),
            "no column P95(duration_ms); it has http.route, P99(duration_ms)",
        ),
        "fastest first": Wrong(
            instead(QUERY, ('"descending"', '"ascending"')),
            "come as /brine (50 ms), /shoal (200 ms), /kelp (400 ms)",
        ),
        "most first": Wrong(
            instead(
                QUERY, ('[{"op": "P95", "column": "duration_ms", ', '[{"op": "COUNT", ')
            ),
            "come as /brine (50 ms), /kelp (400 ms), /shoal (200 ms)",
        ),
        "the last of the alphabet first": Wrong(
            instead(
                QUERY,
                (
                    '[{"op": "P95", "column": "duration_ms", ',
                    '[{"column": "http.route", ',
                ),
            ),
            "come as /shoal (200 ms), /kelp (400 ms), /brine (50 ms)",
        ),
        "not broken down": Wrong(
            instead(QUERY, ('["http.route"]', "[]")), "no column http.route"
        ),
        "broken down by more": Wrong(
            instead(QUERY, ('["http.route"]', '["http.route", "http.method"]')),
            "/kelp has 2 rows",
        ),
        "only the slow ones": Wrong(
            instead(
                QUERY,
                (
                    _FILTER,
                    f'{_FILTER}\n    "filters": [\n        {{"column": "duration_ms",'
                    ' "op": ">", "value": 100}\n    ],',
                ),
            ),
            "/kelp has a P95 of 600 ms in 10 spans; the check sent 100",
        ),
        "a list": Wrong(
            'by_route = ["P95(duration_ms)", "http.route"]', "by_route is ['P95"
        ),
    },
)
