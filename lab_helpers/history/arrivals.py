"""Arrivals: who asks for what and when, in sessions that follow the daily rhythm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lab_helpers.app.lag import Shape
from lab_helpers.history.latencies import draw
from lab_helpers.history.randomness import Choices, key_of
from lab_helpers.history.rhythm import DAY_US, moment_of_day
from lab_helpers.traffic import HABITS, Habit
from lab_helpers.traffic.habits import Errand

SESSION = (2, 12)
"""Fewest and most requests of one session."""

PAUSE = Shape(3000.0, spread=0.7)
"""Time a visitor takes to look at an answer, before the next request."""

RETRY_MS = (1000, 2000)
"""Earliest and latest moment of a second attempt, after the first."""

_SECOND_ATTEMPT = 1 << 40


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its number in the day, moment (µs since midnight), who, and what."""

    number: int
    at_us: int
    habit: str
    user: str
    errand: Errand
    attempt: int = 1

    @property
    def order(self) -> tuple[int, int]:
        """Sorting key: by time, then by number."""
        return self.at_us, self.number


def plan(seed: int, count: int) -> list[Request]:
    """The `count` requests of a day in order of time, first attempts only.

    Habits have their shares of the requests to within one, and so have the people of a
    habit.
    """
    requests: list[Request] = []
    pauses = draw(PAUSE, key_of(seed, "pause"), np.arange(count, dtype=np.uint64))
    counts = apportion(count, [habit.share for habit in HABITS])
    for habit, part in zip(HABITS, counts, strict=True):
        if not habit.handles:
            requests += _rounds(habit, part, len(requests))
        equal = [1.0] * len(habit.handles)
        for handle, own in zip(habit.handles, apportion(part, equal), strict=True):
            mine = pauses[len(requests) : len(requests) + own].tolist()
            requests += _sessions(seed, habit, handle, len(requests), mine)
    return sorted(requests, key=lambda request: request.order)


def apportion(total: int, shares: Sequence[float]) -> list[int]:
    """The total in whole parts, each its share to within one.

    >>> apportion(10, [0.5, 0.25, 0.25])
    [5, 3, 2]
    """
    scale, bounds, sum_so_far = sum(shares), [0], 0.0
    for share in shares:
        sum_so_far += share
        # A thousandth of a part hides what floating-point addition does to a half.
        bounds.append(int(total * sum_so_far / scale + 0.501))
    return [after - before for before, after in pairwise(bounds)]


def _rounds(habit: Habit, count: int, first: int) -> Iterator[Request]:
    """Requests of a robot, at equal distances."""
    for turn in range(count):
        at_us = (2 * turn + 1) * DAY_US // (2 * count)
        errand = habit.errand(Choices(0), "")
        yield Request(first + turn, at_us, habit.name, "", errand)


def _sessions(
    seed: int, habit: Habit, handle: str, first: int, pauses_us: Sequence[int]
) -> Iterator[Request]:
    """Requests of one person, one for each pause; `first` numbers the first."""
    done, session = 0, 0
    while done < len(pauses_us):
        choices = Choices(key_of(seed, habit.name, handle, session))
        begin = moment_of_day(handle, choices.random())
        pauses = pauses_us[done : done + choices.randint(*SESSION)]
        at_us = min(begin, DAY_US - 1 - sum(pauses))  # the session ends before the day
        for turn, pause in enumerate(pauses):
            errand = habit.errand(choices, handle)
            yield Request(first + done + turn, at_us, habit.name, handle, errand)
            at_us += pause
        done, session = done + len(pauses), session + 1


def second_attempt(seed: int, request: Request) -> Request:
    """The request once more, a second or two later."""
    later_ms = Choices(key_of(seed, "retry", request.number)).randint(*RETRY_MS)
    return replace(
        request,
        number=request.number + _SECOND_ATTEMPT,
        at_us=request.at_us + later_ms * 1000,
        attempt=2,
    )
