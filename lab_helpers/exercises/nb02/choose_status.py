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
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

_FINE = "nothing went wrong"
_CALLERS = "the server did its work; the mistake is the caller's"
_FAILED = "the server could not do its work"
_NOT_SERVED = "the caller did not get what it asked for"

# Both ends of each range: 399, 400, 499 and 500 are where a limit may be off by one.
_STATUSES = (
    ("server", 200, "UNSET", _FINE),
    ("server", 404, "UNSET", _CALLERS),
    ("server", 503, "ERROR", _FAILED),
    ("server", 400, "UNSET", _CALLERS),
    ("server", 499, "UNSET", _CALLERS),
    ("server", 500, "ERROR", _FAILED),
    ("client", 302, "UNSET", _FINE),
    ("client", 404, "ERROR", _NOT_SERVED),
    ("client", 500, "ERROR", _NOT_SERVED),
    ("client", 399, "UNSET", _FINE),
    ("client", 400, "ERROR", _NOT_SERVED),
    ("client", 499, "ERROR", _NOT_SERVED),
)


def check(ns: Namespace, context: Context) -> None:
    """Both kinds of span are asked about statuses inside and at the ends of 4xx."""
    status_for = function_in(ns, "status_for")
    for kind, code, expected, reason in _STATUSES:
        status = status_for(kind, code)
        about = f"{kind} span, HTTP {code}"
        if not isinstance(status, StatusCode):
            raise Miss(
                f"{about}: you return {described(status)}; StatusCode.{expected}, a "
                "StatusCode, is right"
            )
        if status is not StatusCode[expected]:
            raise Miss(f"{about}: you say {status.name}, right is {expected}: {reason}")


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
        "client: StatusCode.ERROR from 400 on. server: StatusCode.ERROR from 500 on. "
        "Everything else stays StatusCode.UNSET; OK is for you to set by hand.",
        'fails_from = 400 if kind == "client" else 500, and then StatusCode.ERROR if '
        "http_status >= fails_from else StatusCode.UNSET.",
    ),
    solution=STATUS,
    lesson="The same 404 is an error for the caller and none for the server.",
    right={
        "the limits in a dict": """
def status_for(kind, http_status):
    fails_from = {"client": 400, "server": 500}
    if http_status >= fails_from[kind]:
        return StatusCode.ERROR
    return StatusCode.UNSET
""",
        "the first digit": """
def status_for(kind, http_status):
    failures = (4, 5) if kind == "client" else (5,)
    failed = http_status // 100 in failures
    return StatusCode.ERROR if failed else StatusCode.UNSET
""",
        "one condition": """
def status_for(kind, http_status):
    if http_status >= 500 or (kind == "client" and http_status >= 400):
        return StatusCode.ERROR
    return StatusCode.UNSET
""",
    },
    wrong={
        "every 4xx is an error": Wrong(
            instead(STATUS, ('400 if kind == "client" else 500', "400")),
            "server span, HTTP 404: you say ERROR, right is UNSET",
        ),
        "no 4xx is an error": Wrong(
            instead(STATUS, ('400 if kind == "client" else 500', "500")),
            "client span, HTTP 404: you say UNSET, right is ERROR",
        ),
        "both limits are off by one": Wrong(
            instead(STATUS, (">=", ">")),
            "server span, HTTP 500: you say UNSET, right is ERROR",
        ),
        "the client's limit is off by one": Wrong(
            instead(STATUS, ("400 if", "401 if")),
            "client span, HTTP 400: you say UNSET, right is ERROR",
        ),
        "a server is excused for a 404 only": Wrong(
            """
def status_for(kind, http_status):
    excused = kind == "server" and http_status == 404
    failed = http_status >= 400 and not excused
    return StatusCode.ERROR if failed else StatusCode.UNSET
""",
            "server span, HTTP 400: you say ERROR, right is UNSET",
        ),
        "says OK": Wrong(
            instead(STATUS, ("StatusCode.UNSET", "StatusCode.OK")),
            "server span, HTTP 200: you say OK, right is UNSET",
        ),
        "says it as text": Wrong(
            instead(
                STATUS,
                ("StatusCode.ERROR", '"ERROR"'),
                ("StatusCode.UNSET", '"UNSET"'),
            ),
            "HTTP 200: you return 'UNSET' (a str); StatusCode.UNSET, a StatusCode",
        ),
        "has no answer for what is fine": Wrong(
            instead(STATUS, ("else StatusCode.UNSET", "else None")),
            "server span, HTTP 200: you return None; StatusCode.UNSET",
        ),
    },
)
