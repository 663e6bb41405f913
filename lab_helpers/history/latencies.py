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

# Medians in milliseconds of the time between neighboring spans, from three processes
# with the reference instrumentation and four requests a second on a quiet machine.
OVERHEADS: dict[str, Shape] = {
    "api.health": Shape(1.0),
    "api.refusal": Shape(1.2),
    "api.before": Shape(1.5),
    "api.after": Shape(1.0),
    "network.there": Shape(1.25),
    "network.back": Shape(1.25),
    "service.before": Shape(1.15),
    "service.after": Shape(1.0),
    "service.refusal": Shape(1.5),
    "step.prepare": Shape(0.66),
    "step.next": Shape(0.13),
    "pool.checkout": Shape(0.1),
    "pool.connect": Shape(0.16),
    "statement.prepare": Shape(0.65),
    "transaction.end": Shape(0.45),
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
