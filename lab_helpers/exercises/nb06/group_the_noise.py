"""Exercise: a fingerprint that keeps one bug together and two bugs apart."""

from __future__ import annotations

from collections.abc import Iterator

import rollbar

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.rollbar import arrived, reporting
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

# Messages of two bugs, as (code, text); the texts of one bug differ.
MESSAGES = (
    ("feed_late", "the feed came late for marisol"),
    ("feed_late", "the feed came late for yuki_s"),
    ("feed_late", "the feed came late for cillian"),
    ("no_tide", "no tide table for Skerry"),
)
# Exceptions of two bugs, from one line of code, so of one group by Rollbar's own rule.
REFUSALS = ("quota_spent", "quota_spent", "schema_unknown")


class RefusedError(RuntimeError):
    """Error that the check reports to Rollbar."""


def check(names: Namespace, context: Context) -> None:
    """Eight occurrences through the handler: five items, each the right size."""
    handler = function_in(names, "fingerprint")
    environment = context.fresh_id()
    with reporting(environment, handler=handler):
        _report_all()
    items = arrived(context, environment, rows=5)
    if items.empty:
        raise Miss("nothing arrived; a handler passes the payload on by returning it")
    sizes = sorted((int(n) for n in items["occurrences"]), reverse=True)
    if sum(sizes) < len(MESSAGES) + len(REFUSALS) + 1:
        raise Miss(f"8 occurrences were sent, {sum(sizes)} arrived")
    own = {str(mark) for mark in items["fingerprint"]}
    for problem in _problems(sizes, own):
        raise Miss(problem)


def _report_all() -> None:
    for code, text in MESSAGES:
        rollbar.report_message(text, "warning", extra_data={"code": code})
    for code in REFUSALS:
        try:
            _refuse(code)
        except RefusedError:
            rollbar.report_exc_info(extra_data={"code": code})
    try:
        raise LookupError("no code was given here")
    except LookupError:
        rollbar.report_exc_info()


def _refuse(code: str) -> None:
    raise RefusedError(f"the service refused: {code}")


def _problems(sizes: list[int], marks: set[str]) -> Iterator[str]:
    """Yields each problem of these sizes of items and their fingerprints."""
    if len(sizes) > 5:
        yield (
            f"there are {len(sizes)} items of 5 bugs: one bug is in several, so its "
            "fingerprint differs between its occurrences"
        )
    if len(sizes) < 5:
        yield f"there are {len(sizes)} items of 5 bugs: two bugs share a fingerprint"
    if sizes != [3, 2, 1, 1, 1]:
        yield f"the items have {sizes} occurrences, expected 3, 2, 1, 1 and 1"
    if {"None", "none", ""} & marks:
        yield (
            "the exception without a code has the fingerprint 'None'; leave it alone, "
            "so that Rollbar's own rule applies"
        )


HANDLER = """\
def fingerprint(payload, **_):
    data = payload["data"]
    code = data.get("custom", {}).get("code")
    if code:
        data["fingerprint"] = code
    return payload
"""

CODE = 'data["custom"]["code"]'

EXERCISE = Exercise(
    name="group_the_noise",
    title="Group the noise",
    answer=("fingerprint",),
    check=check,
    hints=(
        'What was given as extra_data is in data["custom"]. Whoever reports without '
        "extra_data makes a payload that has no custom at all.",
        'data.get("custom", {}) is custom, or an empty dictionary where there is none; '
        "get, once more, gives its code or None.",
        'code = data.get("custom", {}).get("code"), and data["fingerprint"] = code',
    ),
    solution=HANDLER,
    lesson="Eight occurrences of five bugs are five items.",
    right={
        "in two steps": instead(
            HANDLER,
            (
                'data.get("custom", {}).get("code")',
                'data["custom"].get("code") if "custom" in data else None',
            ),
        ),
        "a fingerprint with a prefix": instead(
            HANDLER, ("= code\n", '= f"kittiwake/{code}"\n')
        ),
        "by an exception": (
            "def fingerprint(payload, **_):\n"
            "    try:\n"
            '        code = payload["data"]["custom"]["code"]\n'
            "    except KeyError:\n"
            "        return payload\n"
            '    payload["data"]["fingerprint"] = code\n'
            "    return payload\n"
        ),
    },
    wrong={
        "custom taken for granted": Wrong(
            instead(HANDLER, ('data.get("custom", {}).get("code")', CODE)),
            "your handler raised KeyError: 'custom', for an exception reported without "
            "extra_data",
        ),
        "one for all": Wrong(
            instead(HANDLER, ("= code", '= "kittiwake"')),
            "two bugs share a fingerprint",
        ),
        "by the text": Wrong(
            instead(HANDLER, ('["fingerprint"] = code', '["title"] = code')),
            "one bug is in several",
        ),
        "messages only": Wrong(
            instead(HANDLER, ("if code:", 'if code and "message" in data["body"]:')),
            "two bugs share a fingerprint",
        ),
        "none is one, too": Wrong(
            instead(HANDLER, ("if code:", "if True:"), ("= code", "= str(code)")),
            "has the fingerprint 'None'",
        ),
        "nothing returned": Wrong(
            instead(HANDLER, ("    return payload\n", "")), "nothing arrived"
        ),
        "dropped without a code": Wrong(
            instead(HANDLER, ("return payload", "return code and payload")),
            "8 occurrences were sent",
        ),
    },
)
