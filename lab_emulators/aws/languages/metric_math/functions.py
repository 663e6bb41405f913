"""The functions of metric math, by name: what they take and what they give."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from lab_emulators.aws.languages.metric_math.values import (
    MetricSeries,
    Value,
    each,
    kind,
    mapped,
    reduced,
)
from lab_emulators.lang.source import QueryError

Grid = Callable[[int], range]
"""The starts of all periods of that length in the request's time range."""


@dataclass(frozen=True, slots=True)
class CallArguments:
    """The arguments of a call: values, or words such as REPEAT."""

    name: str
    values: tuple[Value | str, ...]
    grid: Grid
    period_s: int

    def value(self, index: int) -> Value:
        """An argument that must be a value."""
        argument = self.values[index]
        if isinstance(argument, str):
            raise QueryError(f"{self.name}: {argument} is no value")
        return argument

    def array(self, index: int = 0) -> tuple[MetricSeries, ...]:
        """An argument that must be an array of series."""
        argument = self.value(index)
        if not isinstance(argument, tuple):
            raise QueryError(f"{self.name} takes TS[], not {kind(argument)}")
        return argument

    def number(self, index: int) -> float:
        """An argument that must be a number."""
        argument = self.value(index)
        if not isinstance(argument, float):
            raise QueryError(f"{self.name} takes S, not {kind(argument)}")
        return argument

    def word(self, index: int) -> str:
        """An argument that must be a word, in capitals."""
        argument = self.values[index]
        if not isinstance(argument, str):
            raise QueryError(f"{self.name} takes a word, not {kind(argument)}")
        return argument.upper()


@dataclass(frozen=True, slots=True)
class MathFunction:
    """A function, and how many arguments it takes."""

    least: int
    most: int
    run: Callable[[CallArguments], Value]


def _per_number(function: Callable[[float], float]) -> MathFunction:
    return MathFunction(1, 1, lambda arguments: mapped(arguments.value(0), function))


def _per_time(function: Callable[[datetime], float]) -> MathFunction:
    def timed(line: MetricSeries) -> MetricSeries:
        times = {at: datetime.fromtimestamp(at, UTC) for at in line.points}
        points = {at: float(function(time)) for at, time in times.items()}
        return replace(line, points=points)

    return MathFunction(1, 1, lambda arguments: each(arguments.value(0), timed))


def _folded(function: Callable[[Sequence[float]], float]) -> MathFunction:
    return MathFunction(1, 1, lambda arguments: reduced(arguments.value(0), function))


def _steps(function: Callable[[float, float], float]) -> MathFunction:
    """A function of the difference in value and in time to the point before."""

    def stepped(line: MetricSeries) -> MetricSeries:
        times = list(line.points)
        points = {
            now: function(line.points[now] - line.points[before], now - before)
            for before, now in pairwise(times)
        }
        return replace(line, points=points)

    return MathFunction(1, 1, lambda arguments: each(arguments.value(0), stepped))


def _running_sum(line: MetricSeries) -> MetricSeries:
    total, points = 0.0, {}
    for at, number in line.points.items():
        total += number
        points[at] = total
    return replace(line, points=points)


def _period(arguments: CallArguments) -> Value:
    line = arguments.value(0)
    if not isinstance(line, MetricSeries):
        raise QueryError(f"PERIOD takes TS, not {kind(line)}")
    return float(line.period_s)


def _time_series(arguments: CallArguments) -> Value:
    number = arguments.number(0)
    return MetricSeries(
        dict.fromkeys(arguments.grid(arguments.period_s), number), arguments.period_s
    )


def _fill(arguments: CallArguments) -> Value:
    filler = arguments.values[1]
    if isinstance(filler, str) and filler.upper() not in _FILLERS:
        raise QueryError(f"FILL takes REPEAT or LINEAR, not {filler}")
    if isinstance(filler, tuple):
        raise QueryError("FILL takes S or TS as filler, not TS[]")
    if isinstance(filler, str):
        fill = _FILLERS[filler.upper()]
        return each(
            arguments.value(0), lambda line: fill(line, arguments.grid(line.period_s))
        )
    return each(
        arguments.value(0),
        lambda line: _with(line, filler, arguments.grid(line.period_s)),
    )


def _with(
    line: MetricSeries, filler: float | MetricSeries, times: range
) -> MetricSeries:
    if isinstance(filler, MetricSeries):
        rest = {at: filler.points[at] for at in times if at in filler.points}
    else:
        rest = dict.fromkeys(times, filler)
    return _sorted(line, rest | line.points)


def _repeat(line: MetricSeries, times: range) -> MetricSeries:
    points = dict(line.points)
    last: float | None = None
    for at in sorted({*times, *line.points}):
        last = line.points.get(at, last)
        if last is not None:
            points[at] = last
    return _sorted(line, points)


def _linear(line: MetricSeries, times: range) -> MetricSeries:
    """Values on the straight line across a gap; none before the first or after."""
    points, known = dict(line.points), list(line.points)
    for before, after in pairwise(known):
        rise = (line.points[after] - line.points[before]) / (after - before)
        for at in range(before + times.step, after, times.step):
            points[at] = line.points[before] + rise * (at - before)
    return _sorted(line, points)


_FILLERS = {"REPEAT": _repeat, "LINEAR": _linear}


def _sorted(line: MetricSeries, points: dict[int, float]) -> MetricSeries:
    return replace(line, points=dict(sorted(points.items())))


def _if(arguments: CallArguments) -> Value:
    """The second argument where the first is not 0, elsewhere the third, or nothing."""
    condition = arguments.value(0)
    yes = arguments.value(1)
    no = arguments.value(2) if len(arguments.values) == 3 else math.nan
    if isinstance(condition, float):
        return yes if condition and not math.isnan(condition) else no
    for one in (condition, yes, no):
        if isinstance(one, tuple) and not isinstance(condition, tuple):
            raise QueryError("IF takes TS or S to choose from when it decides by a TS")
    return each(condition, lambda line: _chosen(line, _one(yes), _one(no)))


def _one(value: Value) -> float | MetricSeries:
    if isinstance(value, tuple):
        raise QueryError("IF takes TS or S to choose from, not TS[]")
    return value


def _chosen(
    condition: MetricSeries, yes: float | MetricSeries, no: float | MetricSeries
) -> MetricSeries:
    points: dict[int, float] = {}
    for at, decides in condition.points.items():
        picked = yes if decides else no
        number = (
            picked.points.get(at, math.nan)
            if isinstance(picked, MetricSeries)
            else picked
        )
        if not math.isnan(number):
            points[at] = number
    return replace(condition, points=points)


def _slice(arguments: CallArguments) -> Value:
    start = int(arguments.number(1))
    end = int(arguments.number(2)) if len(arguments.values) == 3 else None
    return arguments.array()[start:end]


def _sort(arguments: CallArguments) -> Value:
    by, order = arguments.word(1), arguments.word(2)
    if by not in _SORTS or order not in ("ASC", "DESC"):
        raise QueryError(f"SORT takes {', '.join(_SORTS)} and ASC or DESC")
    lines = [line for line in arguments.array() if line.points]
    lines.sort(key=lambda line: _SORTS[by](list(line.points.values())))
    ordered = lines if order == "ASC" else lines[::-1]
    most = int(arguments.number(3)) if len(arguments.values) == 4 else None
    return tuple(ordered[:most])


def _pick(index: int) -> MathFunction:
    def picked(arguments: CallArguments) -> Value:
        lines = arguments.array()
        if not lines:
            raise QueryError(f"{arguments.name} of an empty array")
        return lines[index]

    return MathFunction(1, 1, picked)


def _not_empty(arguments: CallArguments) -> Value:
    return tuple(line for line in arguments.array() if line.points)


def _count(numbers: Sequence[float]) -> float:
    return float(len(numbers))


_SORTS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": statistics.fmean,
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
}

FUNCTIONS: Mapping[str, MathFunction] = {
    "ABS": _per_number(abs),
    "AVG": _folded(statistics.fmean),
    "CEIL": _per_number(math.ceil),
    "DATAPOINT_COUNT": _folded(_count),
    "DATE": _per_time(lambda time: time.day),
    "DAY": _per_time(lambda time: time.isoweekday()),
    "DIFF": _steps(lambda value, time: value),
    "DIFF_TIME": _steps(lambda value, time: float(time)),
    "EPOCH": _per_time(lambda time: time.timestamp()),
    "FILL": MathFunction(2, 2, _fill),
    "FIRST": _pick(0),
    "FLOOR": _per_number(math.floor),
    "HOUR": _per_time(lambda time: time.hour),
    "IF": MathFunction(2, 3, _if),
    "LAST": _pick(-1),
    "LOG": _per_number(math.log),
    "LOG10": _per_number(math.log10),
    "MAX": _folded(max),
    "METRIC_COUNT": MathFunction(1, 1, lambda arguments: float(len(arguments.array()))),
    "MIN": _folded(min),
    "MINUTE": _per_time(lambda time: time.minute),
    "MONTH": _per_time(lambda time: time.month),
    "PERIOD": MathFunction(1, 1, _period),
    "RATE": _steps(lambda value, time: value / time),
    "REMOVE_EMPTY": MathFunction(1, 1, _not_empty),
    "RUNNING_SUM": MathFunction(
        1, 1, lambda arguments: each(arguments.value(0), _running_sum)
    ),
    "SLICE": MathFunction(2, 3, _slice),
    "SORT": MathFunction(3, 4, _sort),
    "STDDEV": _folded(statistics.pstdev),
    "SUM": _folded(math.fsum),
    "TIME_SERIES": MathFunction(1, 1, _time_series),
    "YEAR": _per_time(lambda time: time.year),
}
