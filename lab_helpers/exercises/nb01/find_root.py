"""Exercise: find the root."""

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
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

Span = dict[str, Any]


def check(ns: Namespace, context: Context) -> None:
    """The root is found by its parent alone, and None where there is none."""
    root_of = function_in(ns, "root_of")
    page_id, feed_id = context.fresh_id(), context.fresh_id()
    page = {"name": "page", "id": page_id, "parent": None, "start": 5, "ms": 20}
    feed = {"name": "feed", "id": feed_id, "parent": page_id, "start": 9, "ms": 12}
    early = {**feed, "name": "early", "start": 2}
    slow = {**feed, "name": "slow", "ms": 90}
    _expect_root(root_of, [feed, page], "the root comes last")
    _expect_root(
        root_of,
        [page, early],
        "a child says it started before the root (clocks differ between machines, so "
        "time does not make a root)",
    )
    _expect_root(root_of, [page, slow], "a child outlives the root")
    _expect_none(root_of, [feed, early])
    _expect_none(root_of, [])


def _expect_root(
    root_of: Callable[[list[Span]], object], spans: list[Span], about: str
) -> None:
    root = next(span for span in spans if span["parent"] is None)
    answer = root_of([dict(span) for span in spans])
    if answer == root:
        return
    if answer in spans:
        raise Miss(
            f"root_of is wrong when {about}: it returned {_description(answer, spans)}"
        )
    raise Miss(
        f"root_of returned {described(answer)}; it should return the span itself, the "
        f"dict of {root['name']!r}"
    )


def _expect_none(root_of: Callable[[list[Span]], object], spans: list[Span]) -> None:
    names = " and ".join(span["name"] for span in spans)
    about = f"a list of {names}, which has no root," if spans else "an empty list"
    try:
        answer = root_of([dict(span) for span in spans])
    except Exception as error:  # noqa: BLE001 - it found the root of the lists before
        raised = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise Miss(
            f"for {about} your code raised {raised}; the answer there is None"
        ) from None
    if answer is not None:
        raise Miss(
            f"for {about} root_of returned {_description(answer, spans)}, not None"
        )


def _description(answer: object, spans: list[Span]) -> str:
    names = [span["name"] for span in spans if span == answer]
    return f"the span {names[0]!r}" if names else described(answer)


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
        "Position and times say nothing. Compare the four dicts: which key has a "
        "value in one of them that it has in no other?",
        'Go through the spans with a for loop, and look whether span["parent"] is '
        "None. After the loop, there was no root.",
        'for span in spans: if span["parent"] is None: return span. After the loop, '
        "return None.",
    ),
    solution=ROOT,
    lesson="A root is the span without a parent, wherever it stands in the list.",
    right={
        "next, with a default": """
def root_of(spans):
    return next((span for span in spans if span["parent"] is None), None)
""",
        "a list of all roots": """
def root_of(spans):
    roots = [span for span in spans if not span["parent"]]
    return roots[0] if roots else None
""",
        "returns nothing after the loop": instead(ROOT, ("    return None\n", "")),
    },
    wrong={
        "takes the first span": Wrong(
            "def root_of(spans):\n    return spans[0]",
            "when the root comes last: it returned the span 'feed'",
        ),
        "takes the earliest span": Wrong(
            'def root_of(spans):\n    return min(spans, key=lambda s: s["start"])',
            "started before the root (clocks differ",
        ),
        "takes the longest span": Wrong(
            'def root_of(spans):\n    return max(spans, key=lambda s: s["ms"])',
            "a child outlives the root: it returned the span 'slow'",
        ),
        "takes the span whose parent is not in the list": Wrong(
            """
def root_of(spans):
    ids = {span["id"] for span in spans}
    return next((span for span in spans if span["parent"] not in ids), None)
""",
            "which has no root, root_of returned the span 'feed', not None",
        ),
        "returns the name": Wrong(
            instead(ROOT, ("return span\n", 'return span["name"]\n')),
            "root_of returned 'page' (a str); it should return the span itself",
        ),
        "returns a list": Wrong(
            'def root_of(spans):\n    return [s for s in spans if s["parent"] is None]',
            "(a list); it should return the span itself",
        ),
        "expects that there is one": Wrong(
            "def root_of(spans):\n"
            '    return next(s for s in spans if s["parent"] is None)',
            "your code raised StopIteration; the answer there is None",
        ),
        "expects that there is a span": Wrong(
            """
def root_of(spans):
    first = sorted(spans, key=lambda span: span["parent"] is not None)[0]
    return first if first["parent"] is None else None
""",
            "for an empty list your code raised IndexError",
        ),
    },
)
