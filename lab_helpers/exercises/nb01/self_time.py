"""Exercise: self time."""

from __future__ import annotations

from numbers import Real

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

_CASES: tuple[tuple[list[tuple[int, int]], int, str], ...] = (
    ([], 50, "no children"),
    ([(100, 20), (130, 10)], 20, "two children one after the other"),
    ([(110, 20), (115, 20)], 25, "two children at the same time"),
    ([(140, 30)], 40, "a child that ends after its parent"),
    ([(105, 30), (110, 5)], 20, "a child during another, longer one"),
    ([(90, 20)], 40, "a child that says it started before its parent"),
    ([(130, 10), (100, 20)], 20, "the later child first in the list"),
    ([(160, 10), (80, 5)], 50, "children wholly outside their parent"),
    ([(110, 20), (110, 20)], 30, "two children that are alike"),
    ([(90, 80)], 0, "a child longer than its parent"),
)


def check(ns: Namespace, context: Context) -> None:
    """The time of a span under no child, for children placed in ten ways."""
    self_ms = function_in(ns, "self_ms")
    for children, expected, about in _CASES:
        child_spans = [{"start": start, "ms": ms} for start, ms in children]
        answer = self_ms(
            {"start": 100, "ms": 50}, [dict(child) for child in child_spans]
        )
        if isinstance(answer, bool) or not isinstance(answer, Real):
            raise Miss(f"it returned {described(answer)}; milliseconds are a number")
        if answer != expected:
            raise Miss(
                f"{about}: you say {answer} ms, right is {expected} ms; draw the bars "
                f"of {child_spans} under a parent from 100 to 150"
            )


MERGE = """
def self_ms(span, children):
    begin, end = span["start"], span["start"] + span["ms"]
    own, reached = 0, begin
    for child in sorted(children, key=lambda child: child["start"]):
        start = min(max(child["start"], begin), end)
        own += max(start - reached, 0)
        reached = max(reached, min(child["start"] + child["ms"], end))
    return own + end - reached
"""

SELF_TIME = '''
def self_ms(span, children):
    """The milliseconds of a span during which none of its children ran."""
    own = set(range(span["start"], span["start"] + span["ms"]))
    for child in children:
        own -= set(range(child["start"], child["start"] + child["ms"]))
    return len(own)
'''

EXERCISE = Exercise(
    name="self_time",
    title="Compute a span's own time",
    answer=("self_ms",),
    check=check,
    hints=(
        "Think of a millisecond as a small box. Which boxes of the span are under no "
        "child at all? A box under two children counts once.",
        "set(range(start, start + ms)) is the set of boxes of one span; the minus sign "
        "takes one set away from another.",
        'own = set(range(span["start"], span["start"] + span["ms"])), then for each '
        'child own -= set(range(child["start"], child["start"] + child["ms"])), then '
        "return len(own).",
    ),
    solution=SELF_TIME,
    lesson="Children that overlap hide the same time once, so durations do not add up.",
    right={
        "intervals, sorted and merged": MERGE,
        "an array of the milliseconds": """
import numpy as np


def self_ms(span, children):
    free = np.ones(span["ms"], dtype=bool)
    for child in children:
        first = child["start"] - span["start"]
        free[max(first, 0) : max(first + child["ms"], 0)] = False
    return free.sum()
""",
        "each millisecond looked at": """
def self_ms(span, children):
    def covered(moment):
        return any(c["start"] <= moment < c["start"] + c["ms"] for c in children)

    moments = range(span["start"], span["start"] + span["ms"])
    return sum(not covered(moment) for moment in moments)
""",
    },
    wrong={
        "adds the children up": Wrong(
            "def self_ms(span, children):\n"
            '    return span["ms"] - sum(c["ms"] for c in children)',
            "two children at the same time",
        ),
        "takes the longest child": Wrong(
            "def self_ms(span, children):\n"
            '    return span["ms"] - max((c["ms"] for c in children), default=0)',
            "two children one after the other",
        ),
        "counts time after its own end": Wrong(
            """
def self_ms(span, children):
    busy = set()
    for child in children:
        busy |= set(range(child["start"], child["start"] + child["ms"]))
    return span["ms"] - len(busy)
""",
            "a child that ends after its parent",
        ),
        "forgets that a child may hide in another": Wrong(
            instead(
                MERGE,
                (
                    'max(reached, min(child["start"] + child["ms"], end))',
                    'min(child["start"] + child["ms"], end)',
                ),
            ),
            "a child during another, longer one: you say 40 ms, right is 20 ms",
        ),
        "leaves early children out": Wrong(
            """
def self_ms(span, children):
    own = set(range(span["start"], span["start"] + span["ms"]))
    for child in children:
        if child["start"] >= span["start"]:
            own -= set(range(child["start"], child["start"] + child["ms"]))
    return len(own)
""",
            "says it started before its parent: you say 50 ms, right is 40 ms",
        ),
        "expects the children in order": Wrong(
            instead(
                MERGE,
                ('sorted(children, key=lambda child: child["start"])', "children"),
            ),
            "the later child first in the list: you say 40 ms, right is 20 ms",
        ),
        "takes what comes later for a child's time": Wrong(
            instead(
                MERGE,
                ('min(max(child["start"], begin), end)', 'max(child["start"], begin)'),
            ),
            "children wholly outside their parent: you say 60 ms, right is 50 ms",
        ),
        "returns the boxes": Wrong(
            instead(SELF_TIME, ("len(own)", "own")),
            "(a set); milliseconds are a number",
        ),
    },
)
