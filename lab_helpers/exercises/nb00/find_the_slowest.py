"""The step of a trace that took longest."""

from __future__ import annotations

import pandas as pd

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def _frame(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "kind", "duration_ms"])


def check_slowest(names: Namespace, context: Context) -> None:
    """The answer names the slowest step of two made-up traces."""
    slowest = function_in(names, "slowest_step")
    cases = (
        _frame(("GET /", "server", 90), ("b", "internal", 10), ("a", "internal", 70)),
        _frame(("one", "internal", 5), ("two", "internal", 1), ("all", "server", 6)),
    )
    for frame, expected in zip(cases, ("a", "one"), strict=True):
        answer = slowest(frame.copy())
        if not isinstance(answer, str):
            raise Miss(f"it returned a {type(answer).__name__}, not the name of a span")
        if answer in list(frame.loc[frame["kind"] == "server", "name"]):
            raise Miss(f"{answer!r} is the request as a whole; leave kind server out")
        if answer != expected:
            raise Miss(f"of these spans it named {answer!r}:\n{frame}")


SLOWEST = """\
def slowest_step(spans):
    steps = spans[spans["kind"] != "server"]
    return steps.sort_values("duration_ms")["name"].iloc[-1]
"""

EXERCISE = Exercise(
    name="find_the_slowest",
    title="Find the slowest step",
    answer=("slowest_step",),
    check=check_slowest,
    hints=(
        'Keep the steps first: spans[spans["kind"] != "server"].',
        'sort_values("duration_ms") puts the largest last; .iloc[-1] is the last.',
    ),
    solution=SLOWEST,
    lesson="The longest bar is the request; the longest step is where to look.",
    wrong={
        "the whole request": Wrong(
            instead(SLOWEST, ('spans[spans["kind"] != "server"]', "spans")),
            "request as a whole",
        ),
        "the fastest": Wrong(instead(SLOWEST, ("iloc[-1]", "iloc[0]")), "it named 'b'"),
        "every step": Wrong(
            instead(SLOWEST, (".iloc[-1]", "")), "returned a Series, not the name"
        ),
        "the last one": Wrong(
            instead(SLOWEST, ('.sort_values("duration_ms")', "")), "it named 'two'"
        ),
    },
)
