"""Exercise: a query for the percentiles of each route."""

from __future__ import annotations

import time

import pandas as pd

from lab_helpers.clients import CloudWatchError
from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.cloudwatch import fresh_group, put
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss

# Route → durations. By p95 /b comes first; by count, average and name it does not. One
# of its requests is slower than that: the maximum is not the percentile.
DESIGNED = {
    "/a": [100.0] * 50,
    "/b": [5.0] * 36 + [500.0] * 3 + [1500.0],
    "/c": [20.0] * 25,
    "/health": [2000.0] * 40,
}
ORDER = ("/b", "/a", "/c")
PERCENTILES: dict[str, tuple[float, ...]] = {
    "n": (40, 50, 25),
    "p50": (5.0, 100.0, 20.0),
    "p95": (500.0, 100.0, 20.0),
}


def check(names: Namespace, context: Context) -> None:
    """The query, run over designed lines, gives three rows in the order asked for."""
    query = names["by_route"]
    if not isinstance(query, str):
        raise Miss(f"by_route should be a string; it is {described(query)}")
    with fresh_group(context) as group:
        _write(group)
        rows = context.wait_for(
            lambda: _run(query, group, context), source=DataSource.LOGS, rows=3
        )
    if "route" not in rows:
        raise Miss(f"the answer has no column 'route'; it has {list(rows)}")
    if "/health" in set(rows["route"]):
        raise Miss("health checks are in the answer; filter them out before stats")
    if sorted(rows["route"]) != sorted(ORDER):
        routes = ", ".join(map(str, rows["route"]))
        raise Miss(f"there should be one row for each of 3 routes; there are {routes}")
    for name, values in PERCENTILES.items():
        if name not in rows:
            raise Miss(f"the answer has no column {name!r}; it has {list(rows)}")
        by_route = dict(zip(rows["route"], rows[name], strict=True))
        for route, expected in zip(ORDER, values, strict=True):
            if abs(float(by_route[route]) - expected) > expected * 0.02:
                raise Miss(
                    f"{name} of {route} is {by_route[route]}, expected {expected:g}"
                )
    if list(rows["route"]) != list(ORDER):
        order = ", ".join(rows["route"])
        raise Miss(f"the routes come as {order}; by p95, the largest first, it is /b")


def _write(group: str) -> None:
    """The designed lines, spread over the last minute."""
    lines = [(r, took) for r, each in DESIGNED.items() for took in each]
    now = time.time()
    put(
        group,
        [
            (now - 60 + index / 4, {"route": route, "duration_ms": took, "status": 200})
            for index, (route, took) in enumerate(lines)
        ],
    )


def _run(query: str, group: str, context: Context) -> pd.DataFrame:
    try:
        return context.cloudwatch.insights(query, group, time_range=600)
    except CloudWatchError as error:
        raise Miss(f"Logs Insights refuses it: {error.message}") from None


QUERY = '''\
by_route = """
filter route != "/health"
| stats count(*) as n, pct(duration_ms, 50) as p50,
  pct(duration_ms, 95) as p95 by route
| sort p95 desc
"""
'''

EXERCISE = Exercise(
    name="ask_for_percentiles",
    title="Ask for percentiles",
    answer=("by_route",),
    check=check,
    hints=(
        "Three commands, with | between them: leave the health checks out, count and "
        "measure for each route, put the rows in order.",
        "filter, stats and sort. Behind stats stand count(*) as n and one pct(…) as … "
        "for each percentile, with commas between; by route comes last.",
        'filter route != "/health" | stats count(*) as n, pct(duration_ms, 50) as p50, '
        "pct(duration_ms, 95) as p95 by route | sort p95 desc",
    ),
    solution=QUERY,
    lesson="The route with the best median has the worst p95; no average says so.",
    right={
        "counted without a star": instead(QUERY, ("count(*)", "count()")),
        "the filter by a list": instead(
            QUERY, ('route != "/health"', 'route not in ["/health"]')
        ),
        "another order of columns": instead(
            QUERY,
            (
                "count(*) as n, pct(duration_ms, 50) as p50,\n"
                "  pct(duration_ms, 95) as p95 by",
                "pct(duration_ms, 95) as p95, pct(duration_ms, 50) as p50,\n"
                "  count(*) as n by",
            ),
        ),
        "a limit nobody reaches": instead(
            QUERY, ("| sort p95 desc", "| sort p95 desc\n| limit 100")
        ),
    },
    wrong={
        "no string": Wrong(
            "by_route = ['stats', 'sort']\n", "['stats', 'sort'] (a list)"
        ),
        "health checks left in": Wrong(
            instead(QUERY, ('filter route != "/health"\n| stats', "stats")),
            "filter them out",
        ),
        "the smallest first": Wrong(
            instead(QUERY, ("p95 desc", "p95 asc")), "the largest first"
        ),
        "an average": Wrong(
            instead(QUERY, ("pct(duration_ms, 50)", "avg(duration_ms)")), "p50 of /b is"
        ),
        "the maximum": Wrong(
            instead(QUERY, ("pct(duration_ms, 95)", "max(duration_ms)")),
            "p95 of /b is 1500",
        ),
        "a share of one": Wrong(instead(QUERY, (" 95)", " 0.95)")), "p95 of /b is 5"),
        "no groups": Wrong(instead(QUERY, (" by route", "")), "no column 'route'"),
        "SQL's not equal": Wrong(instead(QUERY, ("!=", "<>")), "refuses it"),
        "no name": Wrong(
            instead(QUERY, ("95) as p95", "95)"), ("| sort p95 desc\n", "")),
            "no column 'p95'",
        ),
        "a shorter word": Wrong(
            instead(QUERY, ("pct(duration_ms, 95)", "p95(duration_ms)")), "refuses it"
        ),
    },
)
