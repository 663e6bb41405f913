"""Exercise: find the root."""

from __future__ import annotations

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, function_in
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(ns: Namespace, context: Context) -> None:
    root_of = function_in(ns, "root_of")
    page = {"name": "page", "id": context.fresh_id(), "parent": None, "start": 5}
    feed = {"name": "feed", "id": context.fresh_id(), "parent": page["id"], "start": 9}
    early = {**feed, "name": "early", "start": 2}
    if root_of([feed, page]) is not page:
        raise Miss("root_of is wrong when the root comes last; what has only a root?")
    if root_of([page, early]) is not page:
        raise Miss(
            "root_of is wrong when a child says it started before the root; clocks "
            "differ between machines, so time does not make a root"
        )
    if (root := root_of([feed, early])) is not None:
        raise Miss(f"there is no root in this list; root_of says {root['name']!r}")


ROOT = '''
def root_of(spans):
    """The root of a list of spans, or None if it has none."""
    for span in spans:
        if span["parent"] is None:
            return span
    return None
'''

EXERCISE = Exercise(
    name="find_root",
    title="Find the root span",
    answer=("root_of",),
    check=check,
    hints=(
        "Position and start time say nothing. Compare the four dicts: which key has a "
        "value in one of them that it has in no other?",
        'Go through the spans; return the first whose span["parent"] is None. After '
        "the loop, return None.",
    ),
    solution=ROOT,
    lesson="A root is the span without a parent, wherever it stands in the list.",
    wrong={
        "takes the first span": Wrong(
            "def root_of(spans):\n    return spans[0]", "when the root comes last"
        ),
        "takes the earliest span": Wrong(
            'def root_of(spans):\n    return min(spans, key=lambda s: s["start"])',
            "started before the root",
        ),
        "expects that there is one": Wrong(
            "def root_of(spans):\n"
            '    return next(s for s in spans if s["parent"] is None)',
            "your code raised StopIteration",
        ),
    },
)
