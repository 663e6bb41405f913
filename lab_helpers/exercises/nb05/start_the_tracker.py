"""Exercise: the settings with which pyrollbar reports, and does not lose the last."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.rollbar import arrived, payloads, reported
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

REQUIRED = ("access_token", "environment", "endpoint", "handler", "code_version")


def check(names: Namespace, context: Context) -> None:
    """A process that starts with these settings, fails once and ends: it arrived."""
    settings = names["reporting"]
    if not isinstance(settings, Mapping):
        raise Miss(f"reporting should be a dictionary; it is {settings!r}")
    for name in REQUIRED:
        if not settings.get(name) or not isinstance(settings[name], str):
            raise Miss(f"{name} is {settings.get(name)!r}; it should be a text")
    environment = context.fresh_id()
    log = reported(settings, environment)
    if arrived(context, environment, rows=1).empty:
        raise Miss(_why_not(log, settings))
    (payload,) = payloads(context, environment, rows=1)
    if payload.get("code_version") != settings["code_version"]:
        raise Miss(f"code_version arrived as {payload.get('code_version')!r}")


def _why_not(log: str, settings: Mapping[str, str]) -> str:
    if not settings["endpoint"].endswith("/"):
        return (
            f"nothing arrived: the endpoint {settings['endpoint']} does not end with a "
            "slash, so its last part was replaced by 'item/'"
        )
    refused = re.search(r"status code from Rollbar api: (\d+)", log)
    status = refused[1] if refused else ""
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
        "lab.start() has put the token that sends into ROLLBAR_ACCESS_TOKEN and the "
        "endpoint into ROLLBAR_ENDPOINT.",
        'The handler "blocking" sends before report_exc_info returns.',
    ),
    solution=SETTINGS,
    lesson="The error of a process that ended at once is in Rollbar, with its version.",
    wrong={
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
