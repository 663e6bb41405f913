"""Plan of a run: every arrival, decided from a seed before the run starts."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from lab_helpers.traffic.habits import HABITS, Errand


@dataclass(frozen=True, slots=True)
class Arrival:
    """One planned visit: seconds after the start, habit, user ("" for none), errand."""

    at: float
    habit: str
    user: str
    errand: Errand


def plan(seconds: float, rate: float, seed: int) -> tuple[Arrival, ...]:
    """The arrivals of a run of `seconds` at `rate` requests per second on average.

    They come independently of each other (a Poisson process) and of the answers. The
    same three numbers always give the same plan. ValueError unless `seconds` and `rate`
    are finite and above 0.
    """
    for name, value in (("seconds", seconds), ("rate", rate)):
        if not 0 < value < math.inf:
            raise ValueError(f"{name!r} must be a finite number above 0, not {value}")
    # In a Poisson process the gaps between arrivals are exponential with mean 1 / rate;
    # drawing them one by one keeps the beginning of a plan when only `seconds` grows.
    rng = random.Random(f"traffic:{seed}")
    arrivals = []
    at = rng.expovariate(rate)
    while at < seconds:
        arrivals.append(_arrival(rng, at))
        at += rng.expovariate(rate)
    return tuple(arrivals)


def _arrival(rng: random.Random, at: float) -> Arrival:
    habit = rng.choices(HABITS, [each.share for each in HABITS])[0]
    user = rng.choice(habit.handles) if habit.handles else ""
    return Arrival(at, habit.name, user, habit.errand(rng, user))
