"""Which state the data points of a metric put its alarm in: data in, data out.

After "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data"
in the CloudWatch User Guide, whose tables decide where its sentences do not.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.aws.alarms.model import StateValue


class Comparison(StrEnum):
    """How a value must stand to the threshold to breach it."""

    GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    GREATER = "GreaterThanThreshold"
    LESS = "LessThanThreshold"
    LESS_OR_EQUAL = "LessThanOrEqualToThreshold"


class Missing(StrEnum):
    """What an alarm takes a missing data point for."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, slots=True)
class Point:
    """One period: its start in seconds since 1970 and its value, None if missing."""

    start_s: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Condition:
    """`datapoints` out of `periods` must breach the threshold: M out of N."""

    comparison: Comparison
    threshold: float
    periods: int
    datapoints: int
    missing: Missing = Missing.MISSING

    def breached_by(self, value: float) -> bool:
        """Whether one value breaches the threshold."""
        return _COMPARE[self.comparison](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state found, None to stay as it is, and what it was found from.

    `evaluated` are the real data points, oldest first; `filled` counts the missing
    ones that were taken into account besides them.
    """

    state: StateValue | None
    evaluated: tuple[Point, ...]
    filled: int


def evaluation_range(periods: int) -> int:
    """How many of the latest periods are looked at to find `periods` data points.

    CloudWatch looks at more than it needs and does not say how many more; in all its
    examples it is two.
    """
    return periods + 2


def judge(condition: Condition, points: Sequence[Point]) -> Verdict:
    """The verdict on the periods of the evaluation range, oldest first."""
    present = tuple(point for point in points if point.value is not None)
    evaluated = present[-condition.periods :]
    filled = condition.periods - len(evaluated)
    breaching = sum(_breaches(condition, point) for point in evaluated)
    if filled and condition.missing is Missing.BREACHING:
        breaching += filled
    if breaching >= condition.datapoints:
        return Verdict(StateValue.ALARM, evaluated, filled)
    unsure = condition.missing in (Missing.MISSING, Missing.IGNORE)
    if unsure and breaching == len(evaluated) < condition.periods:
        return Verdict(_unsure(condition, points), evaluated, filled)
    return Verdict(StateValue.OK, evaluated, filled)


def _unsure(condition: Condition, points: Sequence[Point]) -> StateValue | None:
    """The state where all there is breaches, but there is not enough of it.

    A breach at least as old as M data points is no longer premature.
    """
    if condition.missing is Missing.IGNORE:
        return None
    oldest = next((n for n, p in enumerate(points) if p.value is not None), None)
    if oldest is not None and len(points) - oldest >= condition.datapoints:
        return StateValue.ALARM
    return StateValue.INSUFFICIENT_DATA


def _breaches(condition: Condition, point: Point) -> bool:
    return point.value is not None and condition.breached_by(point.value)


_COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    Comparison.GREATER_OR_EQUAL: operator.ge,
    Comparison.GREATER: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
}
