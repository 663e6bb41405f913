"""Exercise: which items had been resolved, and came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd
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

# Item → whether it is resolved in between, and whether it occurs again after that.
DESIGNED = {
    "never resolved": (False, False),
    "still going on": (False, True),
    "resolved for good": (True, False),
    "resolved too early": (True, True),
    "resolved without a fix": (True, True),
}


def check(names: Namespace, context: Context) -> None:
    """Five items, three of them resolved, two of those back; found among the five."""
    regressed = function_in(names, "regressed")
    environment = context.fresh_id()
    with reporting(environment):
        _report(DESIGNED, "1.4")
        items = arrived(context, environment, rows=len(DESIGNED))
        for _, row in items.iterrows():
            if DESIGNED[str(row["title"])][0]:
                context.rollbar.resolve(row, version="1.5")
        _report((title for title, (_, again) in DESIGNED.items() if again), "1.6")
    items = arrived(context, environment, rows=len(DESIGNED))
    answer = regressed(items.copy())
    if not isinstance(answer, pd.DataFrame) or "title" not in answer:
        raise Miss(f"regressed should return rows of the frame, not {answer!r}")
    for problem in _problems(list(answer["title"])):
        raise Miss(problem)


def _report(titles: Iterable[str], version: str) -> None:
    """Reports in a version of the check's own, whatever the page has deployed."""
    for title in titles:
        rollbar.report_message(title, "error", payload_data={"code_version": version})


def _problems(titles: list[str]) -> Iterator[str]:
    """Yields each problem of the titles in the answer."""
    for title, (resolved, again) in DESIGNED.items():
        if resolved and again and title not in titles:
            yield f"the item {title!r} was resolved and occurred again; it is missing"
    for title in titles:
        resolved, again = DESIGNED[title]
        if not resolved:
            yield f"the item {title!r} was never resolved, so it did not come back"
        if not again:
            yield f"the item {title!r} has been silent since it was resolved"
    if len(titles) != len(set(titles)):
        yield f"an item is there twice: {titles}"


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
        "An item that occurs again after it was resolved is active again, and still "
        "has the time when it was resolved.",
        'items["resolved"].notna() is one condition, items["status"] == "active" the '
        "other; & joins two, each in parentheses.",
    ),
    solution=FUNCTION,
    lesson="Of five items two had been resolved and came back.",
    wrong={
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
