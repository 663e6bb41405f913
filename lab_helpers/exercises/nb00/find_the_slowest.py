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
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def _frame(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "kind", "duration_ms"])


_CASES = (
    _frame(("GET /", "server", 90), ("b", "internal", 10), ("a", "internal", 70)),
    _frame(("one", "internal", 5), ("two", "internal", 1), ("all", "server", 6)),
    # A step may outlive its request: then the second longest span is the request.
    _frame(("POST /", "server", 40), ("save", "internal", 9), ("mail", "internal", 75)),
    _frame(("GET /", "server", 30), ("read", "client", 25), ("page", "internal", 4)),
)


def check_slowest(names: Namespace, context: Context) -> None:
    """The answer names the slowest step of four made-up traces."""
    slowest = function_in(names, "slowest_step")
    for frame in _CASES:
        _expect_slowest(slowest(frame.copy()), frame)


def _expect_slowest(answer: object, frame: pd.DataFrame) -> None:
    if not isinstance(answer, str):
        raise Miss(
            f"it returned a {type(answer).__name__}, not the name of a span: {answer}"
        )
    rows = frame.set_index("name")
    if answer not in rows.index:
        raise Miss(f"it returned {described(answer)}; no span has that name:\n{frame}")
    if rows["kind"][answer] == "server":
        raise Miss(f"{answer!r} is the request as a whole; leave kind server out")
    slowest = str(rows.loc[rows["kind"] != "server", "duration_ms"].idxmax())
    if answer != slowest:
        raise Miss(
            f"of these spans it named {answer!r} with {rows['duration_ms'][answer]} "
            f"ms; {slowest!r} took {rows['duration_ms'][slowest]} ms:\n{frame}"
        )


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
        "Look at the table of spans further up: which column tells the request from "
        "its steps?",
        'spans[spans["kind"] != "server"] has the steps only; '
        'sort_values("duration_ms") puts the longest last.',
        'steps.sort_values("duration_ms")["name"].iloc[-1], where steps is '
        'spans[spans["kind"] != "server"].',
    ),
    solution=SLOWEST,
    lesson="The longest bar is the request; the longest step is where to look.",
    right={
        "the row of the largest value": """\
def slowest_step(spans):
    steps = spans.query("kind != 'server'")
    return steps.loc[steps["duration_ms"].idxmax(), "name"]
""",
        "the first of the longest": """\
def slowest_step(spans):
    steps = spans[~spans["kind"].isin(["server"])]
    return steps.nlargest(1, "duration_ms")["name"].item()
""",
        "a loop": """\
def slowest_step(spans):
    longest, name = -1, None
    for _, span in spans.iterrows():
        if span["kind"] != "server" and span["duration_ms"] > longest:
            longest, name = span["duration_ms"], span["name"]
    return name
""",
    },
    wrong={
        "the whole request": Wrong(
            instead(SLOWEST, ('spans[spans["kind"] != "server"]', "spans")),
            "'GET /' is the request as a whole",
        ),
        "the second longest, whatever its kind": Wrong(
            'def slowest_step(spans):\n    return spans.sort_values("duration_ms")'
            '["name"].iloc[-2]\n',
            "'POST /' is the request as a whole",
        ),
        "only steps of kind internal": Wrong(
            instead(SLOWEST, ('!= "server"', '== "internal"')),
            "it named 'page' with 4 ms; 'read' took 25 ms",
        ),
        "the fastest": Wrong(
            instead(SLOWEST, ("iloc[-1]", "iloc[0]")),
            "it named 'b' with 10 ms; 'a' took 70 ms",
        ),
        "every step": Wrong(
            instead(SLOWEST, (".iloc[-1]", "")), "returned a Series, not the name"
        ),
        "its duration": Wrong(
            instead(SLOWEST, ('["name"]', '["duration_ms"]')),
            "not the name of a span: 70",
        ),
        "the last one": Wrong(
            instead(SLOWEST, ('.sort_values("duration_ms")', "")), "it named 'two'"
        ),
        "the name read off this page": Wrong(
            'def slowest_step(spans):\n    return "home.fetch"\n',
            "it returned 'home.fetch' (a str); no span has that name",
        ),
    },
)
