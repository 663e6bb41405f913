"""Exercise: the settings with which pyrollbar reports, and does not lose the last."""

from __future__ import annotations

import os
from collections.abc import Mapping

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.rollbar import (
    arrived,
    payloads,
    refused_status,
    reported,
)
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

REQUIRED = ("access_token", "environment", "endpoint", "handler", "code_version")
FIXED = {"environment": "workbook", "code_version": "1.4"}
"""What the page says about Kittiwake."""


def check(names: Namespace, context: Context) -> None:
    """A process that starts with these settings, fails once and ends: it arrived."""
    settings = names["reporting"]
    if not isinstance(settings, Mapping):
        raise Miss(f"reporting should be a dictionary; it is {described(settings)}")
    for name in REQUIRED:
        _check_setting(name, settings.get(name))
    environment = context.fresh_id()
    log = reported(settings, environment)
    if arrived(context, environment, rows=1).empty:
        raise Miss(_why_not(log, settings))
    (payload,) = payloads(context, environment, rows=1)
    if payload.get("code_version") != settings["code_version"]:
        raise Miss(f"code_version arrived as {payload.get('code_version')!r}")


def _check_setting(name: str, value: object) -> None:
    if not value or not isinstance(value, str):
        raise Miss(f"{name} is {described(value)}; it should be a text")
    if value in os.environ:
        raise Miss(
            f"{name} is {value!r}, which is the name of the variable; "
            f'os.environ["{value}"] is its value'
        )
    if value != FIXED.get(name, value):
        raise Miss(
            f"{name} is {described(value)}; on this page it is {FIXED[name]!r}, and "
            "Rollbar groups by the one and looks for regressions by the other"
        )


def _why_not(log: str, settings: Mapping[str, str]) -> str:
    if not settings["endpoint"].endswith("/"):
        return (
            f"nothing arrived: the endpoint {settings['endpoint']} does not end with a "
            "slash, so its last part was replaced by 'item/'"
        )
    status = refused_status(log.splitlines())
    if status == "403":
        return (
            "Rollbar refused it, 403: this token may not send items; the one of scope "
            "post_server_item may"
        )
    if status == "401":
        return "Rollbar refused it, 401: it does not know this token"
    if settings["handler"] != "blocking":
        return (
            f"nothing arrived: with handler {settings['handler']!r} the process had "
            "ended before the item was sent"
        )
    last = log.strip().splitlines()[-1:] or ["nothing"]
    return f"nothing arrived; pyrollbar said: {last[0][:300]}"


SETTINGS = """\
reporting = {
    "access_token": os.environ["ROLLBAR_ACCESS_TOKEN"],
    "environment": "workbook",
    "endpoint": os.environ["ROLLBAR_ENDPOINT"],
    "handler": "blocking",
    "code_version": "1.4",
}
"""

EXERCISE = Exercise(
    name="start_the_tracker",
    title="Start the tracker",
    answer=("reporting",),
    check=check,
    hints=(
        "Two of the values are in os.environ; print the names there that begin with "
        "ROLLBAR_. Which of the tokens may send? The third value is a word from the "
        "list above the cell.",
        'os.environ["…"] is the value of a variable. The token that sends is in '
        "ROLLBAR_ACCESS_TOKEN, the address in ROLLBAR_ENDPOINT, and the handler has to "
        "send before the process ends.",
        '"access_token": os.environ["ROLLBAR_ACCESS_TOKEN"], "endpoint": '
        'os.environ["ROLLBAR_ENDPOINT"], "handler": "blocking"',
    ),
    solution=SETTINGS,
    lesson="The error of a process that ended at once is in Rollbar, with its version.",
    right={
        "by getenv": instead(
            SETTINGS,
            ('os.environ["ROLLBAR_ACCESS_TOKEN"]', 'os.getenv("ROLLBAR_ACCESS_TOKEN")'),
            ('os.environ["ROLLBAR_ENDPOINT"]', 'os.environ.get("ROLLBAR_ENDPOINT")'),
        ),
        "as keywords": (
            "reporting = dict(\n"
            '    access_token=os.environ["ROLLBAR_ACCESS_TOKEN"],\n'
            '    environment="workbook",\n'
            '    endpoint=os.environ["ROLLBAR_ENDPOINT"],\n'
            '    handler="blocking",\n'
            '    code_version="1.4",\n'
            ")"
        ),
        "with a time limit": instead(
            SETTINGS, ('"code_version"', '"timeout": 5,\n    "code_version"')
        ),
    },
    wrong={
        "another version": Wrong(
            instead(SETTINGS, ('"1.4"', '"1.5"')),
            "code_version is '1.5' (a str); on this page it is '1.4'",
        ),
        "another environment": Wrong(
            instead(SETTINGS, ('"workbook"', '"production"')),
            "environment is 'production' (a str); on this page it is 'workbook'",
        ),
        "a version that is a number": Wrong(
            instead(SETTINGS, ('"1.4"', "1.4")),
            "code_version is 1.4 (a float); it should be a text",
        ),
        "the name of a variable": Wrong(
            instead(SETTINGS, ('os.environ["ROLLBAR_ENDPOINT"]', '"ROLLBAR_ENDPOINT"')),
            "endpoint is 'ROLLBAR_ENDPOINT', which is the name of the variable",
        ),
        "the token that reads": Wrong(
            instead(SETTINGS, ("ROLLBAR_ACCESS_TOKEN", "ROLLBAR_READ_TOKEN")),
            "may not send items",
        ),
        "a token nobody knows": Wrong(
            instead(SETTINGS, ('os.environ["ROLLBAR_ACCESS_TOKEN"]', '"0" * 32')),
            "does not know this token",
        ),
        "an address nobody listens at": Wrong(
            instead(
                SETTINGS,
                ('os.environ["ROLLBAR_ENDPOINT"]', '"http://127.0.0.1:9/api/1/"'),
            ),
            "pyrollbar said",
        ),
        "no slash": Wrong(
            instead(
                SETTINGS,
                (
                    'os.environ["ROLLBAR_ENDPOINT"]',
                    'os.environ["ROLLBAR_ENDPOINT"].rstrip("/")',
                ),
            ),
            "does not end with a slash",
        ),
        "a thread": Wrong(
            instead(SETTINGS, ('"blocking"', '"thread"')),
            "ended before the item was sent",
        ),
    },
)
