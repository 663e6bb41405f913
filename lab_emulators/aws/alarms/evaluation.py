"""Evaluation of a metric alarm: from data points to a state.

After "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data"
in the CloudWatch User Guide, whose tables decide where its sentences do not.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.aws.alarms.model import StateValue


class Comparison(StrEnum):
    """`ComparisonOperator`: the values that breach the threshold."""

    GREATER_OR_EQUAL = "GreaterThanOrEqualToThreshold"
    GREATER = "GreaterThanThreshold"
    LESS = "LessThanThreshold"
    LESS_OR_EQUAL = "LessThanOrEqualToThreshold"


class MissingData(StrEnum):
    """`TreatMissingData`."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True, slots=True)
class Datapoint:
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
    missing: MissingData = MissingData.MISSING

    def breached_by(self, value: float) -> bool:
        """Tells whether one value breaches the threshold."""
        return _COMPARE[self.comparison](value, self.threshold)


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """Result of an evaluation: the state, None to keep the present one, and its data.

    `evaluated` are the real data points, oldest first; `filled` counts the missing
    ones among the N.
    """

    state: StateValue | None
    evaluated: tuple[Datapoint, ...]
    filled: int


def evaluation_range(periods: int) -> int:
    """The number of periods that are read to find `periods` data points.

    CloudWatch reads more than it needs and does not publish how many more; in all its
    examples it is two.
    """
    return periods + 2


def evaluate(condition: Condition, points: Sequence[Datapoint]) -> EvaluationResult:
    """Evaluates the periods of the evaluation range, oldest first."""
    # The latest N real data points decide; only where there are fewer, the missing ones
    # count as the alarm treats them.
    present = tuple(point for point in points if point.value is not None)
    evaluated = present[-condition.periods :]
    filled = condition.periods - len(evaluated)
    breaching = sum(_breaches(condition, point) for point in evaluated)
    if filled and condition.missing is MissingData.BREACHING:
        breaching += filled
    if breaching >= condition.datapoints:
        return EvaluationResult(StateValue.ALARM, evaluated, filled)
    undecided = condition.missing in (MissingData.MISSING, MissingData.IGNORE)
    if undecided and breaching == len(evaluated) < condition.periods:
        return EvaluationResult(_undecided(condition, points), evaluated, filled)
    return EvaluationResult(StateValue.OK, evaluated, filled)


def _undecided(condition: Condition, points: Sequence[Datapoint]) -> StateValue | None:
    """The state where all data points breach, but there are too few of them.

    A breach that began at least M periods ago is an alarm all the same.
    """
    if condition.missing is MissingData.IGNORE:
        return None
    oldest = next((n for n, p in enumerate(points) if p.value is not None), None)
    if oldest is not None and len(points) - oldest >= condition.datapoints:
        return StateValue.ALARM
    return StateValue.INSUFFICIENT_DATA


def _breaches(condition: Condition, point: Datapoint) -> bool:
    return point.value is not None and condition.breached_by(point.value)


_COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    Comparison.GREATER_OR_EQUAL: operator.ge,
    Comparison.GREATER: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.LESS_OR_EQUAL: operator.le,
}
