"""Stretches of time as (start, end) pairs."""

from collections.abc import Iterable

Interval = tuple[int, int]


def uncovered(whole: Interval, parts: Iterable[Interval]) -> int:
    """How much of `whole` none of the parts covers; overlap is not counted twice."""
    start, end = whole
    covered = 0
    reached = start
    for low, high in sorted(parts):
        low, high = max(low, reached), min(high, end)
        if high > low:
            covered += high - low
            reached = high
    return max(end - start, 0) - covered
