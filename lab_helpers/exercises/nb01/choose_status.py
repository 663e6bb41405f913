"""Exercise: 4xx and 5xx."""

from __future__ import annotations

from opentelemetry.trace import StatusCode

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

_STATUSES = (
    ("server", 200, "UNSET", "nothing went wrong"),
    ("server", 404, "UNSET", "the server did its work; the mistake is the caller's"),
    ("server", 503, "ERROR", "the server could not do its work"),
    ("client", 302, "UNSET", "nothing went wrong"),
    ("client", 404, "ERROR", "the caller did not get what it asked for"),
    ("client", 500, "ERROR", "the caller did not get what it asked for"),
)


def check(ns: Namespace, context: Context) -> None:
    status_for = function_in(ns, "status_for")
    for kind, code, expected, reason in _STATUSES:
        status = status_for(kind, code)
        if status is not StatusCode[expected]:
            name = getattr(status, "name", repr(status))
            raise Miss(f"{kind} span, HTTP {code}: {name}, but {expected}: {reason}")


STATUS = '''
def status_for(kind, http_status):
    """The status of a span of this kind that ended with this HTTP status."""
    fails_from = 400 if kind == "client" else 500
    return StatusCode.ERROR if http_status >= fails_from else StatusCode.UNSET
'''

EXERCISE = Exercise(
    name="choose_status",
    title="Choose the status for 4xx and 5xx",
    answer=("status_for",),
    check=check,
    hints=(
        "Two limits are needed: one for the side that serves, one for the side that "
        "asks. For which of them is a 404 a failure?",
        "client: error from 400 on. server: error from 500 on. Everything else stays "
        "StatusCode.UNSET; OK is for you to set by hand.",
    ),
    solution=STATUS,
    lesson="The same 404 is an error for the caller and none for the server.",
    wrong={
        "every 4xx is an error": Wrong(
            instead(STATUS, ('400 if kind == "client" else 500', "400")),
            "server span, HTTP 404: ERROR, but UNSET",
        ),
        "no 4xx is an error": Wrong(
            instead(STATUS, ('400 if kind == "client" else 500', "500")),
            "client span, HTTP 404: UNSET, but ERROR",
        ),
        "says OK": Wrong(
            instead(STATUS, ("StatusCode.UNSET", "StatusCode.OK")),
            "server span, HTTP 200: OK, but UNSET",
        ),
    },
)
