"""Exercise: a filter expression for what somebody should look at."""

from __future__ import annotations

import secrets
import time
from typing import Any

from lab_helpers.clients import XRayError
from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss

# Name → (path, status, seconds, wanted). Six requests that differ in one thing each.
DESIGNED: dict[str, tuple[str, int, float, bool]] = {
    "quick": ("/api/feed/home", 200, 0.02, False),
    "slow": ("/api/feed/home", 200, 0.45, True),
    "failed": ("/api/feed/home", 500, 0.01, True),
    "not found": ("/api/feed/@nobody", 404, 0.01, False),
    "slow health": ("/health", 200, 0.45, False),
    "failed health": ("/health", 500, 0.01, False),
}
WHY = {
    "slow": "responsetime counts seconds",
    "failed": "a fault is a 5xx",
    "not found": "an error is the client's fault (4xx), a fault is the server's (5xx)",
    "slow health": "the health checks are not kept out",
    "failed health": (
        "the health checks are kept out of only a part of it; AND binds before OR, so "
        "put the OR in parentheses"
    ),
    "quick": "neither slow nor failed",
}


def check(names: Namespace, context: Context) -> None:
    """The expression, asked about six designed traces, finds the two that matter."""
    expression = names["worth_a_look"]
    if not isinstance(expression, str):
        raise Miss(f"worth_a_look should be a string; it is {expression!r}")
    check_id = context.fresh_id()
    context.xray.put(*(_segment(name, check_id, context) for name in DESIGNED))
    mine = f'annotation.check = "{check_id}"'
    context.wait_for(
        lambda: context.xray.summaries(mine), source=DataSource.XRAY, rows=len(DESIGNED)
    )
    try:
        summaries = context.xray.summaries(
            f"{mine} AND ({expression})", annotations=["name"]
        )
    except XRayError as error:
        raise Miss(f"X-Ray refuses it: {error.message}") from None
    matches = set(summaries["name"])
    for name, (path, status, seconds, expected) in DESIGNED.items():
        if expected != (name in matches):
            text = f"a {status} on {path} that took {seconds:g} s"
            verb = "is missing" if expected else "should not be in it"
            raise Miss(f"{text} {verb}: {WHY[name]}")


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
        "Words you need: fault, responsetime, http.url, ENDSWITH, AND, OR and ! for "
        "not.",
        "responsetime is in seconds, strings stand in double quotes, and OR binds "
        "weakest, so it needs parentheses.",
    ),
    solution=FILTER,
    lesson="Seconds, double quotes, parentheses around OR: that is most of it.",
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
            instead(FILTER, ("AND !(", "AND not (")), "X-Ray refuses it"
        ),
        "health checks left in": Wrong(
            "worth_a_look = 'fault OR responsetime > 0.2'", "not kept out"
        ),
    },
)
