"""Exercise: self time."""

from __future__ import annotations

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, function_in
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(ns: Namespace, context: Context) -> None:
    self_ms = function_in(ns, "self_ms")
    span = {"start": 100, "ms": 50}
    for children, expected, about in (
        ([], 50, "no children"),
        ([(100, 20), (130, 10)], 20, "two children one after the other"),
        ([(110, 20), (115, 20)], 25, "two children at the same time"),
        ([(140, 30)], 40, "a child that ends after its parent"),
    ):
        child_spans = [{"start": start, "ms": ms} for start, ms in children]
        if (answer := self_ms(span, child_spans)) != expected:
            raise Miss(
                f"{about}: {answer} ms, expected {expected}; draw the bars of "
                f"{child_spans} under a parent from 100 to 150"
            )


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
    ),
    solution=SELF_TIME,
    lesson="Children that overlap hide the same time once, so durations do not add up.",
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
    },
)
