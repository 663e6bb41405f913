"""The functions of metric math, by name: what they take and what they give."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from lab_emulators.aws.languages.metric_math.errors import MathError
from lab_emulators.aws.languages.metric_math.values import (
    Line,
    Value,
    each,
    kind,
    mapped,
    reduced,
)

Grid = Callable[[int], range]
"""The starts of all periods of that length in the time that is asked for."""


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call: values, or words such as REPEAT."""

    name: str
    values: tuple[Value | str, ...]
    grid: Grid
    period_s: int

    def value(self, place: int) -> Value:
        """An argument that must be a value."""
        found = self.values[place]
        if isinstance(found, str):
            raise MathError(f"{self.name}: {found} is no value")
        return found

    def array(self, place: int = 0) -> tuple[Line, ...]:
        """An argument that must be an array of series."""
        found = self.value(place)
        if not isinstance(found, tuple):
            raise MathError(f"{self.name} takes TS[], not {kind(found)}")
        return found

    def number(self, place: int) -> float:
        """An argument that must be a number."""
        found = self.value(place)
        if not isinstance(found, float):
            raise MathError(f"{self.name} takes S, not {kind(found)}")
        return found

    def word(self, place: int) -> str:
        """An argument that must be a word, in capitals."""
        found = self.values[place]
        if not isinstance(found, str):
            raise MathError(f"{self.name} takes a word, not {kind(found)}")
        return found.upper()


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments a function takes, and what it does."""

    least: int
    most: int
    run: Callable[[Given], Value]


def called(given: Given) -> Value:
    """The value of a call; raises MathError, also for a function there is not."""
    function = FUNCTIONS.get(given.name)
    if function is None:
        raise MathError(f"unknown function {given.name}")
    if not function.least <= len(given.values) <= function.most:
        raise MathError(f"{given.name} does not take {len(given.values)} arguments")
    return function.run(given)


def _per_number(function: Callable[[float], float]) -> Function:
    return Function(1, 1, lambda given: mapped(given.value(0), function))


def _per_time(function: Callable[[datetime], float]) -> Function:
    def timed(line: Line) -> Line:
        times = {at: datetime.fromtimestamp(at, UTC) for at in line.points}
        points = {at: float(function(time)) for at, time in times.items()}
        return replace(line, points=points)

    return Function(1, 1, lambda given: each(given.value(0), timed))


def _folded(function: Callable[[Sequence[float]], float]) -> Function:
    return Function(1, 1, lambda given: reduced(given.value(0), function))


def _steps(function: Callable[[float, float], float]) -> Function:
    """Of the difference in value and in time to the point before."""

    def stepped(line: Line) -> Line:
        times = list(line.points)
        points = {
            now: function(line.points[now] - line.points[before], now - before)
            for before, now in pairwise(times)
        }
        return replace(line, points=points)

    return Function(1, 1, lambda given: each(given.value(0), stepped))


def _running_sum(line: Line) -> Line:
    total, points = 0.0, {}
    for at, number in line.points.items():
        total += number
        points[at] = total
    return replace(line, points=points)


def _period(given: Given) -> Value:
    line = given.value(0)
    if not isinstance(line, Line):
        raise MathError(f"PERIOD takes TS, not {kind(line)}")
    return float(line.period_s)


def _time_series(given: Given) -> Value:
    number = given.number(0)
    return Line(dict.fromkeys(given.grid(given.period_s), number), given.period_s)


def _fill(given: Given) -> Value:
    filler = given.values[1]
    if isinstance(filler, str) and filler.upper() not in _FILLERS:
        raise MathError(f"FILL takes REPEAT or LINEAR, not {filler}")
    if isinstance(filler, tuple):
        raise MathError("FILL takes S or TS as filler, not TS[]")
    if isinstance(filler, str):
        fill = _FILLERS[filler.upper()]
        return each(given.value(0), lambda line: fill(line, given.grid(line.period_s)))
    return each(
        given.value(0), lambda line: _with(line, filler, given.grid(line.period_s))
    )


def _with(line: Line, filler: float | Line, times: range) -> Line:
    if isinstance(filler, Line):
        rest = {at: filler.points[at] for at in times if at in filler.points}
    else:
        rest = dict.fromkeys(times, filler)
    return _sorted(line, rest | line.points)


def _repeat(line: Line, times: range) -> Line:
    points = dict(line.points)
    last: float | None = None
    for at in sorted({*times, *line.points}):
        last = line.points.get(at, last)
        if last is not None:
            points[at] = last
    return _sorted(line, points)


def _linear(line: Line, times: range) -> Line:
    """Values on the straight line across a gap; none before the first or after."""
    points, known = dict(line.points), list(line.points)
    for before, after in pairwise(known):
        rise = (line.points[after] - line.points[before]) / (after - before)
        for at in range(before + times.step, after, times.step):
            points[at] = line.points[before] + rise * (at - before)
    return _sorted(line, points)


_FILLERS = {"REPEAT": _repeat, "LINEAR": _linear}


def _sorted(line: Line, points: dict[int, float]) -> Line:
    return replace(line, points=dict(sorted(points.items())))


def _if(given: Given) -> Value:
    """The second argument where the first is not 0, elsewhere the third, or nothing."""
    condition = given.value(0)
    yes = given.value(1)
    no = given.value(2) if len(given.values) == 3 else math.nan
    if isinstance(condition, float):
        return yes if condition and not math.isnan(condition) else no
    for one in (condition, yes, no):
        if isinstance(one, tuple) and not isinstance(condition, tuple):
            raise MathError("IF takes TS or S to choose from when it decides by a TS")
    return each(condition, lambda line: _chosen(line, _one(yes), _one(no)))


def _one(value: Value) -> float | Line:
    if isinstance(value, tuple):
        raise MathError("IF takes TS or S to choose from, not TS[]")
    return value


def _chosen(condition: Line, yes: float | Line, no: float | Line) -> Line:
    points: dict[int, float] = {}
    for at, decides in condition.points.items():
        picked = yes if decides else no
        number = picked.points.get(at, math.nan) if isinstance(picked, Line) else picked
        if not math.isnan(number):
            points[at] = number
    return replace(condition, points=points)


def _slice(given: Given) -> Value:
    start = int(given.number(1))
    end = int(given.number(2)) if len(given.values) == 3 else None
    return given.array()[start:end]


def _sort(given: Given) -> Value:
    by, order = given.word(1), given.word(2)
    if by not in _SORTS or order not in ("ASC", "DESC"):
        raise MathError(f"SORT takes {', '.join(_SORTS)} and ASC or DESC")
    lines = [line for line in given.array() if line.points]
    lines.sort(key=lambda line: _SORTS[by](list(line.points.values())))
    found = lines if order == "ASC" else lines[::-1]
    most = int(given.number(3)) if len(given.values) == 4 else None
    return tuple(found[:most])


def _pick(place: int) -> Function:
    def picked(given: Given) -> Value:
        lines = given.array()
        if not lines:
            raise MathError(f"{given.name} of an empty array")
        return lines[place]

    return Function(1, 1, picked)


def _not_empty(given: Given) -> Value:
    return tuple(line for line in given.array() if line.points)


def _count(numbers: Sequence[float]) -> float:
    return float(len(numbers))


_SORTS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": statistics.fmean,
    "MAX": max,
    "MIN": min,
    "SUM": math.fsum,
}

FUNCTIONS: Mapping[str, Function] = {
    "ABS": _per_number(abs),
    "AVG": _folded(statistics.fmean),
    "CEIL": _per_number(math.ceil),
    "DATAPOINT_COUNT": _folded(_count),
    "DATE": _per_time(lambda time: time.day),
    "DAY": _per_time(lambda time: time.isoweekday()),
    "DIFF": _steps(lambda value, time: value),
    "DIFF_TIME": _steps(lambda value, time: float(time)),
    "EPOCH": _per_time(lambda time: time.timestamp()),
    "FILL": Function(2, 2, _fill),
    "FIRST": _pick(0),
    "FLOOR": _per_number(math.floor),
    "HOUR": _per_time(lambda time: time.hour),
    "IF": Function(2, 3, _if),
    "LAST": _pick(-1),
    "LOG": _per_number(math.log),
    "LOG10": _per_number(math.log10),
    "MAX": _folded(max),
    "METRIC_COUNT": Function(1, 1, lambda given: float(len(given.array()))),
    "MIN": _folded(min),
    "MINUTE": _per_time(lambda time: time.minute),
    "MONTH": _per_time(lambda time: time.month),
    "PERIOD": Function(1, 1, _period),
    "RATE": _steps(lambda value, time: value / time),
    "REMOVE_EMPTY": Function(1, 1, _not_empty),
    "RUNNING_SUM": Function(1, 1, lambda given: each(given.value(0), _running_sum)),
    "SLICE": Function(2, 3, _slice),
    "SORT": Function(3, 4, _sort),
    "STDDEV": _folded(statistics.pstdev),
    "SUM": _folded(math.fsum),
    "TIME_SERIES": Function(1, 1, _time_series),
    "YEAR": _per_time(lambda time: time.year),
}
