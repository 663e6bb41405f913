"""Exercise: a filter expression for what somebody should look at."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from lab_helpers.clients import XRayError
from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.otlp import HOME
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss

DESIGNED: dict[str, tuple[str, int, float, bool]] = {
    "quick": (HOME, 200, 0.02, False),
    "nearly slow": (HOME, 200, 0.19, False),
    "slow": (HOME, 200, 0.45, True),
    "barely slow": (HOME, 200, 0.21, True),
    "failed": (HOME, 500, 0.01, True),
    "unavailable": (HOME, 503, 0.01, True),
    "not found": ("/api/feed/@nobody", 404, 0.01, False),
    "slow health": ("/health", 200, 0.45, False),
    "failed health": ("/health", 500, 0.01, False),
    "slow search": ("/api/search?term=health", 200, 0.45, True),
    "failed tips": ("/health/tips", 500, 0.01, True),
}
"""Path, status, seconds and the right decision of requests that differ in one thing."""

_ENDS = "only a URL that ends in /health is that of a health check"
WHY = {
    "quick": "neither slow nor failed",
    "nearly slow": "longer than 200 ms is responsetime > 0.2",
    "slow": "responsetime counts seconds, and 200 ms are 0.2",
    "barely slow": "longer than 200 ms is responsetime > 0.2",
    "failed": "a fault is a 5xx",
    "unavailable": "every 5xx is a fault, not only 500",
    "not found": "an error is the client's fault (4xx), a fault is the server's (5xx)",
    "slow health": "the health checks are not kept out",
    "failed health": (
        "the health checks are kept out of only a part of it; AND binds before OR, so "
        "put the OR in parentheses"
    ),
    "slow search": _ENDS,
    "failed tips": _ENDS,
}


def check(names: Namespace, context: Context) -> None:
    """The expression, asked about eleven designed traces, finds the six that matter."""
    expression = names["worth_a_look"]
    if not isinstance(expression, str):
        raise Miss(f"worth_a_look should be a str; it is {described(expression)}")
    _expect_valid(expression, context)
    check_id = context.fresh_id()
    context.xray.put(*(_segment(name, check_id, context) for name in DESIGNED))
    mine = f'annotation.check = "{check_id}"'
    context.wait_for(
        lambda: context.xray.summaries(mine), source=DataSource.XRAY, rows=len(DESIGNED)
    )
    summaries = context.xray.summaries(
        f"{mine} AND ({expression})", annotations=["name"]
    )
    matches = set(summaries["name"])
    for name, (path, status, seconds, expected) in DESIGNED.items():
        if expected != (name in matches):
            text = f"a {status} on {path} that took {seconds:g} s"
            verb = "is missing" if expected else "should not be in it"
            raise Miss(f"{text} {verb}: {WHY[name]}")


def _expect_valid(expression: str, context: Context) -> None:
    """`Miss` with X-Ray's own words unless it takes the expression by itself."""
    now = time.time()
    try:
        context.xray.summaries(expression, time_range=(now - 1, now))
    except XRayError as error:
        negation = _NOT.search(expression)
        advice = "; negation is `!( … )`" if negation else ""
        raise Miss(f"X-Ray refuses {expression!r}: {error.message}{advice}") from None


_NOT = re.compile(r"\b(not)\b", re.IGNORECASE)


def _segment(name: str, check_id: str, context: Context) -> dict[str, Any]:
    path, status, seconds, _ = DESIGNED[name]
    now = time.time()
    document: dict[str, Any] = {
        "name": "kittiwake-checked",
        "id": secrets.token_hex(8),
        "trace_id": context.fresh_xray_trace(),
        "start_time": now - seconds,
        "end_time": now,
        "http": {
            "request": {"method": "GET", "url": f"http://127.0.0.1{path}"},
            "response": {"status": status},
        },
        "annotations": {"check": check_id, "name": name},
    }
    if status >= 400:
        document["fault" if status >= 500 else "error"] = True
    return document


FILTER = """\
worth_a_look = '(fault OR responsetime > 0.2) AND !(http.url ENDSWITH "/health")'
"""

EXERCISE = Exercise(
    name="write_a_filter",
    title="Write a filter expression",
    answer=("worth_a_look",),
    check=check,
    hints=(
        "Three conditions: failed, slow, and no health check. The first two are joined "
        "by OR, the third applies to both.",
        "The keywords are fault, responsetime (in seconds) and http.url with ENDSWITH; "
        "strings stand in double quotes, and OR binds weakest, so it needs "
        "parentheses. Negation is !( … ).",
        "worth_a_look = '(fault OR responsetime > 0.2) AND !(http.url ENDSWITH "
        '"/health")\'',
    ),
    solution=FILTER,
    lesson="Seconds, double quotes, parentheses around OR: that is most of it.",
    right={
        "negation without parentheses": instead(
            FILTER,
            ('!(http.url ENDSWITH "/health")', '!http.url ENDSWITH "/health"'),
        ),
        "negation in front": """\
worth_a_look = '!(http.url ENDSWITH "/health") (fault OR responsetime > 0.2)'
""",
        "what is not wanted, negated": """\
worth_a_look = '!(http.url ENDSWITH "/health" OR !(fault OR responsetime > 0.2))'
""",
        "status and duration": instead(
            FILTER, ("fault OR responsetime", "http.status >= 500 OR duration")
        ),
        "condition by condition": """\
checked = 'http.url ENDSWITH "/health"'
worth_a_look = f"fault AND !({checked}) OR responsetime > 0.2 AND !({checked})"
""",
    },
    wrong={
        "milliseconds": Wrong(
            instead(FILTER, ("0.2", "200")), "responsetime counts seconds"
        ),
        "errors for faults": Wrong(
            instead(FILTER, ("fault OR", "error OR")), "a fault is a 5xx"
        ),
        "no parentheses": Wrong(
            instead(FILTER, ("(fault", "fault"), ("0.2)", "0.2")),
            "AND binds before OR",
        ),
        "Python's not": Wrong(
            instead(FILTER, ("AND !(", "AND not (")), "; negation is `!( … )`"
        ),
        "SQL's NOT": Wrong(
            instead(
                FILTER, ('!(http.url ENDSWITH "/health")', 'NOT http.url = "/health"')
            ),
            "unknown keyword 'NOT' at position 35; negation is `!( … )`",
        ),
        "a threshold too low": Wrong(
            instead(FILTER, ("0.2", "0.03")), "took 0.19 s should not be in it"
        ),
        "a threshold too high": Wrong(
            instead(FILTER, ("0.2", "0.4")), "took 0.21 s is missing"
        ),
        "health anywhere": Wrong(
            instead(FILTER, ('ENDSWITH "/health"', 'CONTAINS "health"')),
            "a 200 on /api/search?term=health that took 0.45 s is missing: only a URL",
        ),
        "/health anywhere": Wrong(
            instead(FILTER, ("ENDSWITH", "CONTAINS")),
            "a 500 on /health/tips that took 0.01 s is missing",
        ),
        "one status": Wrong(
            instead(FILTER, ("fault", "http.status = 500")), "not only 500"
        ),
        "a list of conditions": Wrong(
            "worth_a_look = ['fault', 'responsetime > 0.2']", "] (a list)"
        ),
        "health checks left in": Wrong(
            "worth_a_look = 'fault OR responsetime > 0.2'", "not kept out"
        ),
    },
)
