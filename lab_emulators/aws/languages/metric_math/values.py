"""Values of metric math: numbers, series, arrays of series, and what joins them.

Where two series meet, only times at which both have a value give one. A result that
is no finite number, such as that of a division by zero, is no value.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lab_emulators.aws.metrics.model import Series
from lab_emulators.lang.source import QueryError


@dataclass(frozen=True, slots=True)
class MetricSeries:
    """One series with its period in seconds, and what it is called."""

    points: Series
    period_s: int
    label: str = ""


Value = float | MetricSeries | tuple[MetricSeries, ...]
"""A scalar, a time series, an array of time series; NaN is a scalar without value."""

_Binary = Callable[[float, float], float]
_Unary = Callable[[float], float]


def kind(value: Value) -> str:
    """The type of a value in the words of AWS."""
    if isinstance(value, MetricSeries):
        return "TS"
    return "TS[]" if isinstance(value, tuple) else "S"


def each(value: Value, change: Callable[[MetricSeries], MetricSeries]) -> Value:
    """`change` of a series, or of every series in an array."""
    if isinstance(value, MetricSeries):
        return change(value)
    if isinstance(value, tuple):
        return tuple(change(line) for line in value)
    raise QueryError("a time series is expected, not a number")


def mapped(value: Value, function: _Unary) -> Value:
    """`function` of every number in a value."""
    if isinstance(value, float):
        return _result(function, value)
    return each(
        value,
        lambda line: _finite(
            line, {at: _result(function, number) for at, number in line.points.items()}
        ),
    )


def joined(left: Value, right: Value, function: _Binary) -> Value:
    """`function` of two values, point by point, array member by array member."""
    if isinstance(left, float) and isinstance(right, float):
        return _result(function, left, right)
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) != len(right):
            raise QueryError("the two arrays have different numbers of time series")
        pairs = zip(left, right, strict=True)
        return tuple(_joined(one, other, function) for one, other in pairs)
    if isinstance(left, tuple):
        return tuple(_joined(line, _single(right), function) for line in left)
    if isinstance(right, tuple):
        return tuple(_joined(_single(left), line, function) for line in right)
    return _joined(left, right, function)


def reduced(value: Value, function: Callable[[Sequence[float]], float]) -> Value:
    """A series to one number, an array of series to one series."""
    if isinstance(value, MetricSeries):
        numbers = list(value.points.values())
        return function(numbers) if numbers else math.nan
    if isinstance(value, float):
        raise QueryError("a time series is expected, not a number")
    times = sorted({at for line in value for at in line.points})
    points = {
        at: function([line.points[at] for line in value if at in line.points])
        for at in times
    }
    return _finite(
        MetricSeries({}, min((line.period_s for line in value), default=60)), points
    )


def _single(value: Value) -> float | MetricSeries:
    if isinstance(value, tuple):
        raise TypeError("an array is no single value")
    return value


def _joined(
    left: float | MetricSeries, right: float | MetricSeries, function: _Binary
) -> MetricSeries:
    if isinstance(left, MetricSeries) and isinstance(right, MetricSeries):
        both = (at for at in left.points if at in right.points)
        return _finite(
            left,
            {at: _result(function, left.points[at], right.points[at]) for at in both},
        )
    if isinstance(left, MetricSeries) and isinstance(right, float):
        return _finite(
            left,
            {
                at: _result(function, number, right)
                for at, number in left.points.items()
            },
        )
    if isinstance(left, float) and isinstance(right, MetricSeries):
        return _finite(
            right,
            {
                at: _result(function, left, number)
                for at, number in right.points.items()
            },
        )
    raise TypeError("two numbers make no series")


def _finite(line: MetricSeries, points: Series) -> MetricSeries:
    """The series with new points, less those without a value."""
    return replace(line, points={at: n for at, n in points.items() if math.isfinite(n)})


def _result(function: Callable[..., float], *numbers: float) -> float:
    """The result, NaN where there is none."""
    if any(math.isnan(number) for number in numbers):
        return math.nan
    try:
        result = function(*numbers)
    except (ArithmeticError, ValueError):
        return math.nan
    return math.nan if isinstance(result, complex) else float(result)
