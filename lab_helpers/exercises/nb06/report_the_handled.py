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
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

HANDLE = "nobody_k"


def check(names: Namespace, context: Context) -> None:
    """Calls that fail, go well and meet a bug: two answers, and one report."""
    conversation = function_in(names, "conversation")
    environment = context.fresh_id()
    with reporting(environment):
        _call(conversation, _missing, [])
        _call(conversation, _one_reply, ["Same here."])
        _check_bug(conversation)
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
        raise Miss(
            f"conversation returned {described(answer)}; it should be {expected!r}"
        )


def _check_bug(conversation: Callable[..., Any]) -> None:
    """A ValueError is no missing person, and whoever calls has to know of it."""
    try:
        answer = conversation(HANDLE, _bug)
    except ValueError:
        return
    raise Miss(
        "read raised a ValueError, which is a bug, and conversation returned "
        f"{described(answer)}, as if nobody were there; only a LookupError says that"
    )


def _missing(handle: str) -> list[str]:
    raise LookupError(f"no person {handle}")


def _bug(handle: str) -> list[str]:
    raise ValueError(f"not a handle: {handle}")


def _one_reply(handle: str) -> list[str]:
    return ["Same here."]


def _check_payload(payload: dict[str, Any]) -> None:
    if "message" in payload["body"]:
        raise Miss(
            "a message arrived, which has no stack; report_exc_info sends the exception"
        )
    if payload.get("level") != "warning":
        level = described(payload.get("level"))
        raise Miss(f"the level that arrived is {level}; it should be 'warning'")
    if custom_of(payload).get("handle") != HANDLE:
        raise Miss(
            f"custom is {custom_of(payload)}; the handle should be in it, as 'handle'"
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
        "The exception needs no argument: inside an except block report_exc_info finds "
        "it by itself. What is missing are how bad it is, and whom it is about.",
        "level is one of Rollbar's words for how bad it is; extra_data is a "
        "dictionary, and becomes custom.",
        'rollbar.report_exc_info(level="warning", extra_data={"handle": handle})',
    ),
    solution=FUNCTION,
    lesson="The caller saw an empty list, Rollbar a stack and the handle.",
    right={
        "the exception by hand": instead(
            FUNCTION,
            ("except LookupError:", "except LookupError as error:"),
            (
                "exc_info(level",
                "exc_info((type(error), error, error.__traceback__), level",
            ),
        ),
        "the level in the payload": instead(
            FUNCTION, ('level="warning"', 'payload_data={"level": "warning"}')
        ),
        "more in custom": instead(
            FUNCTION, ('{"handle": handle}', 'dict(handle=handle, asked="replies")')
        ),
        "the answer at the end": instead(
            FUNCTION, ("        return []\n", "    return []\n")
        ),
    },
    wrong={
        "everything caught": Wrong(
            instead(FUNCTION, ("except LookupError", "except Exception")),
            "read raised a ValueError, which is a bug, and conversation returned []",
        ),
        "None for nobody": Wrong(
            instead(FUNCTION, ("return []", "return None")),
            "conversation returned None; it should be []",
        ),
        "an error": Wrong(
            instead(FUNCTION, ('level="warning", ', "")),
            "the level that arrived is 'error' (a str); it should be 'warning'",
        ),
        "nothing about whom": Wrong(
            instead(FUNCTION, (', extra_data={"handle": handle}', "")),
            "the handle should be in it",
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
