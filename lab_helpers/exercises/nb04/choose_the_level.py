"""Exercise: a level that means something, and one field a fact."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response

from lab_helpers.app.facts import note_caller
from lab_helpers.app.people import PEOPLE
from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.cloudwatch import Line, arrived, fields_of
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

GROUP, LOGGER = "kittiwake-requests", "kittiwake.requests"
LEVELS = {
    200: "INFO",
    302: "INFO",
    400: "WARNING",
    404: "WARNING",
    422: "WARNING",
    500: "ERROR",
    503: "ERROR",
}
TOOK_MS = 20.0
VISITOR = PEOPLE[0]


def check(names: Namespace, context: Context) -> None:
    """Visits to an app that wears the hooks; each left one line of six fields."""
    mark = context.fresh_id()
    app = _app(
        mark, function_in(names, "start_clock"), function_in(names, "log_request")
    )
    for status in LEVELS:
        app.test_client().get(f"/{mark}/{status}")
    for handler in logging.getLogger(LOGGER).handlers:
        handler.flush()
    lines = fields_of(arrived(context, GROUP, f'"{mark}"', rows=len(LEVELS)))
    if not lines:
        raise Miss(
            f"no line of the check's visits arrived in {GROUP}; does the hook log "
            "with requests_log, and put the route into the line?"
        )
    for line in lines:
        if not isinstance(line.get("status"), int):
            raise Miss(f"status is {line.get('status')!r}, not a number: {dict(line)}")
    for status, level in LEVELS.items():
        own = [line for line in lines if line.get("status") == status]
        if len(own) != 1:
            raise Miss(f"a visit answered {status} left {len(own)} lines, not one")
        _check_line(own[0], f"/{mark}/<int:status>", level)


def _app(mark: str, begin: Callable[..., Any], end: Callable[..., Any]) -> Flask:
    app = Flask("checked")
    app.testing = True  # what a hook raises is raised here, and nothing is printed
    app.before_request(begin)

    @app.after_request
    def ended(response: Response) -> Response:
        answer = end(response)
        if not isinstance(answer, Response):
            raise Miss(
                f"log_request returned {answer!r}; such a hook returns the response"
            )
        return answer

    @app.get(f"/{mark}/<int:status>")
    def visited(status: int) -> tuple[str, int]:
        note_caller(VISITOR)
        time.sleep(TOOK_MS / 1000)
        return "", status

    return app


def _check_line(line: Line, route: str, level: str) -> None:
    status = line["status"]
    facts = {"level": level, "method": "GET", "route": route, "user": VISITOR.handle}
    for name, value in facts.items():
        if name not in line:
            raise Miss(f"the line of a {status} has no field {name!r}: {dict(line)}")
        if line[name] != value:
            raise Miss(f"{name} is {line[name]!r} for a {status}, expected {value!r}")
    took = line.get("duration_ms")
    if not isinstance(took, int | float):
        raise Miss(f"duration_ms is {took!r}, not a number")
    if took < TOOK_MS * 0.9:
        unit = "; perf_counter counts seconds" if took > TOOK_MS * 0.9 / 1000 else ""
        raise Miss(f"duration_ms is {took:g} for a visit of {TOOK_MS:g} ms{unit}")
    if took > 60_000:
        raise Miss(f"duration_ms is {took:g}; is it the time since g.begin?")


HOOKS = """\
def log_request(response):
    status = response.status_code
    level = logging.ERROR if status >= 500 else logging.INFO
    if 400 <= status < 500:
        level = logging.WARNING
    record = {
        "level": logging.getLevelName(level),
        "method": request.method,
        "route": str(request.url_rule),
        "status": status,
        "user": request_facts().user,
        "duration_ms": 1000 * (time.perf_counter() - g.begin),
    }
    requests_log.log(level, record)
    return response
"""

EXERCISE = Exercise(
    name="choose_the_level",
    title="Choose the level",
    answer=("log_request",),
    check=check,
    hints=(
        "response.status_code decides: 500 and above is an ERROR, 400 and above a "
        "WARNING.",
        "time.perf_counter() - g.begin are the seconds since the request began.",
    ),
    solution=HOOKS,
    lesson="Every line has the level it deserves, and every fact can be counted.",
    wrong={
        "everything an error": Wrong(
            instead(HOOKS, ("logging.INFO", "logging.ERROR")),
            "level is 'ERROR' for a 200",
        ),
        "the visitor's fault an error": Wrong(
            instead(HOOKS, ("logging.WARNING", "logging.ERROR")),
            "level is 'ERROR' for a 400",
        ),
        "500 itself is none": Wrong(
            instead(HOOKS, (">= 500", "> 500")), "level is 'INFO' for a 500"
        ),
        "the level's number": Wrong(
            instead(HOOKS, ("logging.getLevelName(level)", "level")), "level is 20"
        ),
        "status as text": Wrong(
            instead(HOOKS, ('"status": status', '"status": response.status')),
            "status is '200 OK', not a number",
        ),
        "nothing returned": Wrong(
            instead(HOOKS, ("    return response\n", "")), "log_request returned None"
        ),
        "a misspelled level": Wrong(
            instead(HOOKS, ("logging.WARNING", "logging.WARNIGN")),
            "your code raised AttributeError",
        ),
        "seconds": Wrong(
            instead(HOOKS, ("1000 * (time", "(time")), "perf_counter counts seconds"
        ),
        "one field missing": Wrong(
            instead(HOOKS, ('        "user": request_facts().user,\n', "")),
            "has no field 'user'",
        ),
        "another logger": Wrong(
            instead(HOOKS, ("requests_log.log", "logger.log")), "log with requests_log"
        ),
    },
)
