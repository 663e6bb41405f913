"""Designed latencies of the pretended database and services."""

from __future__ import annotations

import itertools
import math
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A lognormal latency with a known median, and now and then a second mode.

    `median_ms` and `second_ms` are medians in milliseconds, `spread` is the sigma of
    the logarithm, `second_share` how often (0 to 1) the second mode is drawn.
    """

    median_ms: float
    spread: float = 0.22
    second_share: float = 0.0
    second_ms: float = 0.0

    def draw(self, rng: random.Random) -> float:
        """One latency in milliseconds."""
        second = rng.random() < self.second_share
        median = self.second_ms if second else self.median_ms
        return median * math.exp(rng.gauss(0.0, self.spread))


SHAPES: dict[str, Shape] = {
    "home.cache": Shape(2.0),
    "home.fetch": Shape(9.0, second_share=0.08, second_ms=70.0),
    "home.replies": Shape(3.0),
    "home.rank": Shape(0.2, spread=0.1),
    "person.fetch": Shape(18.0),
    "call.fetch": Shape(9.0),
    "call.replies": Shape(4.0),
    "call.store": Shape(14.0),
    "reply.store": Shape(11.0),
    "search.match": Shape(80.0, second_share=0.15, second_ms=230.0),
    "search.rank": Shape(0.22, spread=0.1),
    "notifications.fetch": Shape(30.0),
    "messages.groups": Shape(52.0),
    "messages.page": Shape(60.0, second_share=0.06, second_ms=160.0),
    "messages.store": Shape(45.0),
}
"""Latency of each piece of work; `*.rank` is per item of the answer."""


class Pacer:
    """Draws latencies from a seed and waits for them.

    The n-th latency of a name depends on the seed, the name and n alone, so threads
    that race for the next draw change who gets it, not what is drawn.
    """

    def __init__(self, seed: int, pace: float = 1.0) -> None:
        """`pace` multiplies every wait: 0 is no waiting at all, 2 is half speed."""
        self.seed = seed
        self.pace = pace
        self._lock = threading.Lock()
        self._draws: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)

    def chance(self, name: str) -> float:
        """The next number in [0, 1) under this name."""
        return self._rng(name).random()

    def draw_ms(self, name: str) -> float:
        """The next latency of this name in milliseconds; KeyError without a shape."""
        return SHAPES[name].draw(self._rng(name)) * self.pace

    def wait(self, name: str, times: int = 1) -> None:
        """Sleeps for `times` latencies of the named work."""
        pause(self.draw_ms(name) * times)

    def _rng(self, name: str) -> random.Random:
        with self._lock:
            turn = next(self._draws[name])
        return random.Random(f"{self.seed}:{name}:{turn}")


def pause(milliseconds: float) -> None:
    """Sleeps; zero or less is no sleep."""
    if milliseconds > 0:
        time.sleep(milliseconds / 1000.0)
