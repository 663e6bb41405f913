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
    _expect(make(0, 0), [(1, 0.0), (2, 0.0)], [False, False], "rate and reservoir 0")


def _expect(
    sampler: Any, requests: Sequence[Request], expected: Iterable[bool], rule: str
) -> None:
    decide: Decide = sampler.decide
    decisions = [bool(decide(second, draw)) for second, draw in requests]
    for i, (decision, want) in enumerate(zip(decisions, expected, strict=True)):
        if decision != want:
            second, draw = requests[i]
            verb = "is not recorded" if want else "is recorded"
            raise Miss(
                f"request {i + 1} of {len(requests)} (second {second}, draw {draw:g}) "
                f"{verb}; {rule}"
            )


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
    ),
    solution=SAMPLER,
    lesson="The first few of every second always, of the rest a share.",
    wrong={
        "never filled again": Wrong(
            instead(
                SAMPLER, ("            self.second, self.taken = second, 0\n", "")
            ).replace("        if second != self.second:\n", ""),
            "each second fills the reservoir anew",
        ),
        "the rate alone": Wrong(
            instead(SAMPLER, ("if self.taken < self.reservoir", "if False")),
            "is not recorded; rate 0",
        ),
        "nothing is taken out": Wrong(
            instead(SAMPLER, ("            self.taken += 1\n", "")),
            "is recorded; rate 0",
        ),
        "the rate upside down": Wrong(
            instead(SAMPLER, ("draw < self.rate", "draw > self.rate")),
            "the rate alone decides",
        ),
    },
)
