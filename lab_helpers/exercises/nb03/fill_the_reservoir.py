"""Exercise: a sampler with a reservoir and a rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

Request = tuple[int, float]
"""The second a request comes in, and its draw from 0 to 1."""

Decide = Callable[[int, float], object]


def check(names: Namespace, context: Context) -> None:
    """Bursts and quiet seconds, decided as X-Ray's documentation says."""
    make = function_in(names, "Sampler")
    rule = "without a reservoir the rate alone decides"
    _expect(make(0, 0.1), [(1, 0.05), (1, 0.5)], [True, False], rule)
    _expect(make(2, 0), [(1, 0.5)] * 5, [True, True, False, False, False], "rate 0")
    _expect(
        make(1, 0),
        [(1, 0.5), (1, 0.5), (2, 0.5), (2, 0.5), (7, 0.5)],
        [True, False, True, False, True],
        "each second fills the reservoir anew",
    )
    _expect(
        make(1, 0.1),
        [(1, 0.9), (1, 0.05), (1, 0.5), (1, 0.09)],
        [True, True, False, True],
        "beyond the reservoir the rate decides",
    )
    _expect(
        make(1, 0.1),
        [(1, 0.05), (1, 0.5), (1, 0.5)],
        [True, False, False],
        "the reservoir comes first, whatever is drawn",
    )
    _expect(
        make(0, 0.5),
        [(1, 0.5), (1, 0.25)],
        [False, True],
        "a draw that equals the rate is not below it",
    )
    _expect(make(0, 0), [(1, 0.0), (2, 0.0)], [False, False], "rate and reservoir 0")


def _expect(
    sampler: Any, requests: Sequence[Request], expected: Iterable[bool], rule: str
) -> None:
    decide: Decide = sampler.decide
    decisions = [decide(second, draw) for second, draw in requests]
    for i, (decision, want) in enumerate(zip(decisions, expected, strict=True)):
        second, draw = requests[i]
        request = f"request {i + 1} of {len(requests)} (second {second}, draw {draw:g})"
        if decision is None:
            raise Miss(f"decide returns None for {request}; return True or False")
        if bool(decision) != want:
            verb = "is not recorded" if want else "is recorded"
            raise Miss(f"{request} {verb}, since decide returns {decision!r}; {rule}")


SAMPLER = '''
class Sampler:
    def __init__(self, reservoir, rate):
        self.reservoir, self.rate = reservoir, rate
        self.second, self.taken = None, 0

    def decide(self, second, draw):
        """Record this request? `draw` is random, from 0 to 1."""
        if second != self.second:
            self.second, self.taken = second, 0
        if self.taken < self.reservoir:
            self.taken += 1
            return True
        return draw < self.rate
'''

EXERCISE = Exercise(
    name="fill_the_reservoir",
    title="Fill the reservoir",
    answer=("Sampler",),
    check=check,
    hints=(
        "Three steps: is this a new second? Is there something left in the reservoir? "
        "Else, is the draw below the rate?",
        "In a new second set self.second to it and self.taken to 0. Taking one adds 1 "
        "to self.taken and returns True.",
        "if second != self.second: self.second, self.taken = second, 0. Then if "
        "self.taken < self.reservoir: self.taken += 1 and return True. At the end "
        "return draw < self.rate.",
    ),
    solution=SAMPLER,
    lesson="The first few of every second always, of the rest a share.",
    right={
        "what is left is counted": """
class Sampler:
    def __init__(self, reservoir, rate):
        self.reservoir, self.rate = reservoir, rate
        self.second, self.left = None, 0

    def decide(self, second, draw):
        if self.second != second:
            self.second, self.left = second, self.reservoir
        self.left -= 1
        return self.left >= 0 or draw < self.rate
""",
        "every second is counted": """
from collections import Counter


class Sampler:
    def __init__(self, reservoir, rate):
        self.reservoir, self.rate = reservoir, rate
        self.requests = Counter()

    def decide(self, second, draw):
        self.requests[second] += 1
        if self.requests[second] <= self.reservoir:
            return 1
        return 1 if draw < self.rate else 0
""",
    },
    wrong={
        "never filled again": Wrong(
            instead(
                SAMPLER, ("            self.second, self.taken = second, 0\n", "")
            ).replace("        if second != self.second:\n", ""),
            "each second fills the reservoir anew",
        ),
        "the rate alone": Wrong(
            instead(SAMPLER, ("if self.taken < self.reservoir", "if False")),
            "is not recorded, since decide returns False; rate 0",
        ),
        "nothing is taken out": Wrong(
            instead(SAMPLER, ("            self.taken += 1\n", "")),
            "is recorded, since decide returns True; rate 0",
        ),
        "the rate upside down": Wrong(
            instead(SAMPLER, ("draw < self.rate", "draw > self.rate")),
            "the rate alone decides",
        ),
        "a draw that equals the rate": Wrong(
            instead(SAMPLER, ("draw < self.rate", "draw <= self.rate")),
            "a draw that equals the rate is not below it",
        ),
        "nothing returned": Wrong(
            instead(SAMPLER, ("return draw < self.rate", "draw < self.rate")),
            "decide returns None for request 1 of 2",
        ),
    },
)
