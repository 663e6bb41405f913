"""Durations: the app's designed latencies, and what lies between two spans.

What the app waits for is drawn from its own table, `app.lag.SHAPES`. The rest is the
work of the code and of the network around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab_helpers.app.lag import SHAPES, Shape
from lab_helpers.history.randomness import (
    Micros,
    Numbers,
    exponential,
    key_of,
    normal,
    uniform,
)

# Milliseconds between neighboring spans of three processes with the reference
# instrumentation, at four requests a second. Of each gap it is the first quartile,
# because the machine that they were measured on had other things to do as well.
OVERHEADS: dict[str, Shape] = {
    "api.health": Shape(0.8),
    "api.refusal": Shape(1.0),
    "api.before": Shape(1.0),
    "api.after": Shape(0.45),
    "network.there": Shape(0.9),
    "network.back": Shape(0.9),
    "service.before": Shape(0.7),
    "service.after": Shape(0.45),
    "service.refusal": Shape(1.15),
    "step.next": Shape(0.13),
    "pool.checkout": Shape(0.07),
    "pool.connect": Shape(0.12),
    "statement.prepare": Shape(0.29),
    "transaction.end": Shape(0.27),
}

_ALL = SHAPES | OVERHEADS


@dataclass(frozen=True, slots=True)
class Latencies:
    """Latencies of one seed; the n-th of a name depends on seed, name and n alone."""

    seed: int

    def draw(self, name: str, numbers: Numbers, turn: int = 0) -> Micros:
        """Microseconds of the named work for the requests of these numbers.

        `turn` counts the times that a request does the same work. KeyError without a
        shape of this name.
        """
        return draw(_ALL[name], key_of(self.seed, name, turn), numbers)


def draw(shape: Shape, key: int, numbers: Numbers) -> Micros:
    """Whole microseconds of this shape, one for each number."""
    median = np.full(len(numbers), shape.median_ms)
    if shape.second_share:
        second = uniform(key_of(key, "second"), numbers) < shape.second_share
        median[second] = shape.second_ms
    milliseconds = median * exponential(shape.spread * normal(key, numbers))
    return np.rint(milliseconds * 1000.0).astype(np.int64)
