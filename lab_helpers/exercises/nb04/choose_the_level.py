"""Exercise: a level that means something, and one field a fact."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
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
from lab_helpers.exercises.checking.cloudwatch import (
    Line,
    arrived,
    fields_of,
    fresh_group,
    recorded,
)
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

LOGGER = "kittiwake.requests"
LEVELS = {
    200: "INFO",
    302: "INFO",
    400: "WARNING",
    404: "WARNING",
    499: "WARNING",
    500: "ERROR",
    503: "ERROR",
    599: "ERROR",
}
TOOK_MS = 20.0


def check(names: Namespace, context: Context) -> None:
    """Visits to an app that wears the hooks; each left one line of six fields.

    The lines go through a handler of the check's own, so that neither a handler that
    the page has closed nor lines of earlier visits have a say.
    """
    app = _app(function_in(names, "start_clock"), function_in(names, "log_request"))
    with fresh_group(context) as group:
        with recorded(logging.getLogger(LOGGER), group) as records:
            for status in LEVELS:
                visit = getattr(app.test_client(), _method(status).lower())
                visit(f"/checked/{status}")
        lines = fields_of(arrived(context, group, rows=len(LEVELS)))
    if not lines:
        raise Miss(
            f"the check made {len(LEVELS)} visits, and no line of them arrived; does "
            "the hook log with requests_log?"
        )
    for line in lines:
        if not isinstance(line.get("status"), int):
            raise Miss(
                f"the field status is {described(line.get('status'))}; it should be a "
                f"number: {dict(line)}"
            )
    for status, level in LEVELS.items():
        own = [line for line in lines if line["status"] == status]
        if len(own) != 1:
            raise Miss(f"a visit answered {status} left {len(own)} lines, not one")
        _check_line(own[0], level)
        _check_records(records, status, level)


def _method(status: int) -> str:
    return "POST" if status % 2 else "GET"


def _visitor(status: int) -> str:
    return PEOPLE[status % 2].handle


def _app(begin: Callable[..., Any], end: Callable[..., Any]) -> Flask:
    app = Flask("checked")
    app.testing = True  # what a hook raises is raised here, and nothing is printed
    app.before_request(begin)

    @app.after_request
    def ended(response: Response) -> Response:
        answer = end(response)
        if not isinstance(answer, Response):
            raise Miss(
                f"log_request returned {described(answer)}; such a hook returns the "
                "response"
            )
        return answer

    @app.route("/checked/<int:status>", methods=["GET", "POST"])
    def visited(status: int) -> tuple[str, int]:
        note_caller(PEOPLE[status % 2])
        time.sleep(TOOK_MS / 1000)
        return "", status

    return app


def _check_line(line: Line, level: str) -> None:
    status = line["status"]
    facts = {
        "level": level,
        "method": _method(status),
        "route": "/checked/<int:status>",
        "user": _visitor(status),
    }
    for name, value in facts.items():
        if name not in line:
            raise Miss(f"the line of a {status} has no field {name!r}: {dict(line)}")
        if line[name] != value:
            raise Miss(
                f"the field {name} is {described(line[name])}, for a {status}; it "
                f"should be {value!r}"
            )
    took = line.get("duration_ms")
    if not isinstance(took, int | float):
        raise Miss(f"duration_ms is {described(took)}; it should be a number")
    if took < TOOK_MS * 0.9:
        unit = "; perf_counter counts seconds" if took > TOOK_MS * 0.9 / 1000 else ""
        raise Miss(f"duration_ms is {took:g} for a visit of {TOOK_MS:g} ms{unit}")
    if took > 60_000:
        raise Miss(f"duration_ms is {took:g}; is it the time since g.begin?")


def _check_records(
    records: Sequence[logging.LogRecord], status: int, level: str
) -> None:
    """The record has the level that its field says, or no filter of levels can work."""
    for record in records:
        fields = record.msg if isinstance(record.msg, dict) else {}
        if fields.get("status") == status and record.levelname != level:
            raise Miss(
                f"the line of a {status} was logged at {record.levelname}, although "
                f"its field says {level}; requests_log.log takes the level, too"
            )


LEVEL = """\
    level = logging.ERROR if status >= 500 else logging.INFO
    if 400 <= status < 500:
        level = logging.WARNING
"""

HOOKS = f"""\
def log_request(response):
    status = response.status_code
{LEVEL}\
    record = {{
        "level": logging.getLevelName(level),
        "method": request.method,
        "route": str(request.url_rule),
        "status": status,
        "user": request_facts().user,
        "duration_ms": 1000 * (time.perf_counter() - g.begin),
    }}
    requests_log.log(level, record)
    return response
"""

EXERCISE = Exercise(
    name="choose_the_level",
    title="Choose the level",
    answer=("log_request",),
    check=check,
    hints=(
        "Two lines of the stub are not right yet: the one that sets level, which is "
        "the same for every response, and the one with duration_ms.",
        "response.status_code decides: 500 and above is logging.ERROR, 400 and above "
        "logging.WARNING. time.perf_counter() - g.begin are the seconds since the "
        "request began.",
        "level = logging.ERROR if status >= 500 else logging.WARNING if status >= 400 "
        'else logging.INFO, and "duration_ms": 1000 * (time.perf_counter() - g.begin).',
    ),
    solution=HOOKS,
    lesson="Every line has the level it deserves, and every fact can be counted.",
    right={
        "a method for each level": instead(
            HOOKS,
            (
                "requests_log.log(level, record)",
                "method = {40: requests_log.error, 30: requests_log.warning}\n"
                "    method.get(level, requests_log.info)(record)",
            ),
        ),
        "by the first digit": instead(
            HOOKS,
            (
                LEVEL,
                "    levels = {4: logging.WARNING, 5: logging.ERROR}\n"
                "    level = levels.get(status // 100, logging.INFO)\n",
            ),
        ),
        "rounded": instead(
            HOOKS,
            (
                "1000 * (time.perf_counter() - g.begin)",
                "round((time.perf_counter() - g.begin) * 1e3, 1)",
            ),
        ),
        "the logger by its name": instead(
            HOOKS,
            ("requests_log.log", 'logging.getLogger("kittiwake.requests").log'),
        ),
    },
    wrong={
        "everything an error": Wrong(
            instead(HOOKS, ("logging.INFO", "logging.ERROR")),
            "level is 'ERROR' (a str), for a 200",
        ),
        "an error that says it is none": Wrong(
            instead(
                HOOKS, ("requests_log.log(level, record)", "requests_log.error(record)")
            ),
            "the line of a 200 was logged at ERROR, although its field says INFO",
        ),
        "one visitor for all": Wrong(
            instead(HOOKS, ("request_facts().user", '"marisol"')),
            "the field user is 'marisol' (a str), for a 200",
        ),
        "one method for all": Wrong(
            instead(HOOKS, ('"method": request.method', '"method": "GET"')),
            "the field method is 'GET' (a str), for a 499",
        ),
        "the path for the route": Wrong(
            instead(HOOKS, ("str(request.url_rule)", "request.path")),
            "the field route is '/checked/200' (a str), for a 200",
        ),
        "every line twice": Wrong(
            instead(
                HOOKS,
                ("    return", "    requests_log.log(level, record)\n    return"),
            ),
            "left 2 lines, not one",
        ),
        "the visitor's fault an error": Wrong(
            instead(HOOKS, ("logging.WARNING", "logging.ERROR")),
            "level is 'ERROR' (a str), for a 400",
        ),
        "500 itself is none": Wrong(
            instead(HOOKS, (">= 500", "> 500")), "level is 'INFO' (a str), for a 500"
        ),
        "the level's number": Wrong(
            instead(HOOKS, ("logging.getLevelName(level)", "level")),
            "level is 20 (an int)",
        ),
        "status as text": Wrong(
            instead(HOOKS, ('"status": status', '"status": response.status')),
            "status is '200 OK' (a str); it should be a",
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
