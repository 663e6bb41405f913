"""Exercise: an exception that is handled is reported all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.rollbar import custom_of, payloads, reporting
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

HANDLE = "nobody_k"


def check(names: Namespace, context: Context) -> None:
    """One call that fails and one that does not: two answers, and one report."""
    conversation = function_in(names, "conversation")
    environment = context.fresh_id()
    with reporting(environment):
        _call(conversation, _missing, [])
        _call(conversation, _one_reply, ["Same here."])
    items = payloads(context, environment, rows=1)
    if not items:
        raise Miss("the function handled a LookupError, and nothing arrived in Rollbar")
    _check_payload(items[0])
    if len(items) > 1:
        raise Miss(f"{len(items)} items arrived for one exception")


def _call(
    conversation: Callable[..., Any], read: Callable[..., Any], expected: Any
) -> None:
    try:
        answer = conversation(HANDLE, read)
    except LookupError:
        raise Miss("the LookupError came through; the caller wants a list") from None
    if answer != expected:
        raise Miss(f"the function returned {answer!r}, expected {expected!r}")


def _missing(handle: str) -> list[str]:
    raise LookupError(f"no person {handle}")


def _one_reply(handle: str) -> list[str]:
    return ["Same here."]


def _check_payload(payload: dict[str, Any]) -> None:
    if "message" in payload["body"]:
        raise Miss(
            "a message arrived, which has no stack; report_exc_info sends the exception"
        )
    if payload.get("level") != "warning":
        raise Miss(f"level is {payload.get('level')!r}, expected 'warning'")
    if custom_of(payload).get("handle") != HANDLE:
        raise Miss(
            f"custom is {custom_of(payload)}; expected the handle in it, as 'handle'"
        )


FUNCTION = """\
def conversation(handle, read):
    \"\"\"What `read(handle)` gives; nothing, but a report, if that fails.\"\"\"
    try:
        return read(handle)
    except LookupError:
        rollbar.report_exc_info(level="warning", extra_data={"handle": handle})
        return []
"""

EXERCISE = Exercise(
    name="report_the_handled",
    title="Report the handled",
    answer=("conversation",),
    check=check,
    hints=(
        "Inside an except block report_exc_info finds the exception by itself.",
        'level="warning" is the level; extra_data is a dictionary and becomes custom.',
    ),
    solution=FUNCTION,
    lesson="The caller saw an empty list, Rollbar a stack and the handle.",
    wrong={
        "an error": Wrong(
            instead(FUNCTION, ('level="warning", ', "")),
            "level is 'error', expected 'warning'",
        ),
        "nothing about whom": Wrong(
            instead(FUNCTION, (', extra_data={"handle": handle}', "")),
            "expected the handle in it",
        ),
        "a message": Wrong(
            instead(
                FUNCTION,
                (
                    'report_exc_info(level="warning", extra_data={"handle": handle})',
                    'report_message("lost", "warning", extra_data={"handle": handle})',
                ),
            ),
            "which has no stack",
        ),
        "not handled any more": Wrong(
            instead(FUNCTION, ("return []", "raise")), "the caller wants a list"
        ),
        "nothing reported": Wrong(
            instead(
                FUNCTION,
                (
                    'rollbar.report_exc_info(level="warning", '
                    'extra_data={"handle": handle})\n        ',
                    "",
                ),
            ),
            "nothing arrived in Rollbar",
        ),
    },
)
