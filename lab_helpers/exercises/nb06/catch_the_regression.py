"""Exercise: which items had been resolved, and came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Flag, auto

import pandas as pd
import rollbar

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.rollbar import (
    arrived,
    mute,
    reporting,
    wait_for_next_second,
)
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


class Fate(Flag):
    """What becomes of an item between its first report and the check."""

    SILENT = 0
    RESOLVED = auto()
    MUTED = auto()
    AGAIN = auto()


BACK = Fate.RESOLVED | Fate.AGAIN
"""A muted item stays muted, however often it occurs."""

DESIGNED = {
    "never resolved": Fate.SILENT,
    "still going on": Fate.AGAIN,
    "resolved for good": Fate.RESOLVED,
    "resolved, then muted": BACK | Fate.MUTED,
    "resolved too early": BACK,
    "resolved without a fix": BACK,
}


def check(names: Namespace, context: Context) -> None:
    """Six items, four of them resolved, two of those back; found among the six.

    Rollbar's times are whole seconds. First report, resolution and return are in
    different ones, so that a comparison of times is as good as the status.
    """
    regressed = function_in(names, "regressed")
    environment = context.fresh_id()
    with reporting(environment):
        _report(DESIGNED, "1.4")
        items = arrived(context, environment, rows=len(DESIGNED))
        wait_for_next_second()
        for _, row in items.iterrows():
            fate = DESIGNED[str(row["title"])]
            if Fate.RESOLVED in fate:
                context.rollbar.resolve(row, version="1.5")
            if Fate.MUTED in fate:
                mute(row)
        wait_for_next_second()
        _report(
            (title for title, fate in DESIGNED.items() if Fate.AGAIN in fate), "1.6"
        )
    items = arrived(context, environment, rows=len(DESIGNED))
    answer = regressed(items.copy())
    if not isinstance(answer, pd.DataFrame) or "title" not in answer:
        kind = type(answer).__name__
        raise Miss(f"regressed returned {kind}; it should return rows of the frame")
    if problems := list(_problems(list(answer["title"]))):
        raise Miss("\n".join(problems))


def _report(titles: Iterable[str], version: str) -> None:
    """Reports in a version of the check's own, whatever the page has deployed."""
    for title in titles:
        rollbar.report_message(title, "error", payload_data={"code_version": version})


def _problems(titles: list[str]) -> Iterator[str]:
    """Yields each problem of the titles in the answer."""
    for title, fate in DESIGNED.items():
        if fate == BACK and title not in titles:
            yield f"the item {title!r} was resolved and occurred again; it is missing"
    for title in titles:
        if title not in DESIGNED:
            yield f"there is a row with the title {described(title)}, of no item"
        else:
            yield from _objections(title, DESIGNED[title])
    if len(titles) != len(set(titles)):
        yield f"an item is there twice: {titles}"


def _objections(title: str, fate: Fate) -> Iterator[str]:
    """Yields why an item with this title is not back."""
    if Fate.RESOLVED not in fate:
        yield f"the item {title!r} was never resolved, so it did not come back"
    if Fate.MUTED in fate:
        yield f"the item {title!r} is muted, not active; nobody is to hear of it"
    if Fate.AGAIN not in fate:
        yield f"the item {title!r} has been silent since it was resolved"


FUNCTION = """\
def regressed(items):
    \"\"\"The items that had been resolved and are active again.\"\"\"
    return items[items["resolved"].notna() & (items["status"] == "active")]
"""

EXERCISE = Exercise(
    name="catch_the_regression",
    title="Catch the regression",
    answer=("regressed",),
    check=check,
    hints=(
        "Look at the columns status and resolved of the items on this page. An item "
        "that occurs again after it was resolved is active again, and still has the "
        "time when it was resolved.",
        'items["resolved"].notna() is one condition, items["status"] == "active" the '
        "other; & joins two, each in parentheses, and items[…] keeps the rows for "
        "which both are true.",
        'return items[items["resolved"].notna() & (items["status"] == "active")]',
    ),
    solution=FUNCTION,
    lesson="Of six items two had been resolved and came back.",
    right={
        "activated after it was resolved": instead(
            FUNCTION,
            (
                'items["resolved"].notna() & (items["status"] == "active")',
                'items["activated"] > items["resolved"]',
            ),
        ),
        "as a query": instead(
            FUNCTION,
            (
                'items[items["resolved"].notna() & (items["status"] == "active")]',
                "items.query('resolved.notna() and status == \"active\"')",
            ),
        ),
        "one condition after the other": instead(
            FUNCTION,
            (
                'items[items["resolved"].notna() & (items["status"] == "active")]',
                'items.dropna(subset=["resolved"]).loc['
                'lambda those: those["status"] == "active"]',
            ),
        ),
        "not before it was resolved": instead(
            FUNCTION,
            (
                'items["resolved"].notna() & (items["status"] == "active")',
                'items["activated"] >= items["resolved"]',
            ),
        ),
    },
    wrong={
        "whatever is not resolved": Wrong(
            instead(FUNCTION, ('== "active"', '!= "resolved"')),
            "the item 'resolved, then muted' is muted, not active",
        ),
        "the titles alone": Wrong(
            instead(
                FUNCTION, ("return items[", "return list(items["), ('e")]', 'e")])')
            ),
            "regressed returned list; it should return rows of the frame",
        ),
        "all that are active": Wrong(
            instead(FUNCTION, ('items["resolved"].notna() & ', "")),
            "was never resolved",
        ),
        "all that were resolved": Wrong(
            instead(FUNCTION, (' & (items["status"] == "active")', "")),
            "has been silent since",
        ),
        "those still resolved": Wrong(
            instead(FUNCTION, ('"active"', '"resolved"')), "it is missing"
        ),
    },
)
