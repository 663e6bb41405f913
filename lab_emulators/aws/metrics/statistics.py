"""The statistics of a period, by the names that GetMetricData gives them.

"CloudWatch statistics definitions", Amazon CloudWatch User Guide. Percentiles lie
between two measured values where they must (as in pandas); percentages trim exactly,
splitting a value's weight where the boundary falls into it. A lower boundary that is
a value is exclusive, an upper one inclusive.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lab_emulators.aws.errors import AwsError

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Summary:
    """The statistics that add up over rows: count, sum, extremes."""

    count: float
    total: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Values in ascending order, and the weight of each."""

    values: Numbers
    weights: Numbers


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic: computed of a summary, or else of a spread.

    None is a statistic without a value, such as the mean of what was all trimmed.
    """

    text: str
    of_summary: Callable[[Summary], float] | None = None
    of_spread: Callable[[Spread], float | None] | None = None


SIMPLE: dict[str, Callable[[Summary], float]] = {
    "SampleCount": lambda summary: summary.count,
    "Average": lambda summary: summary.total / summary.count,
    "Sum": lambda summary: summary.total,
    "Minimum": lambda summary: summary.low,
    "Maximum": lambda summary: summary.high,
}
_NUMBER = r"\d+(?:\.\d{1,10})?"
_POINT = re.compile(rf"(p|tm|wm|tc|ts)({_NUMBER})", re.IGNORECASE)
_RANGE = re.compile(
    rf"(TM|WM|TC|TS|PR)\((-?{_NUMBER})?(%?):(-?{_NUMBER})?(%?)\)", re.IGNORECASE
)


def statistic_of(text: str) -> Statistic:
    """The statistic of that name; raises AwsError InvalidParameterValue."""
    if text in SIMPLE:
        return Statistic(text, of_summary=SIMPLE[text])
    if text.upper() == "IQM":
        return Statistic(text, of_spread=_ranged("tm", WeightRange(0.25, 0.75)))
    if (point := _POINT.fullmatch(text)) and float(point[2]) <= 100:
        share = float(point[2]) / 100
        if point[1].lower() == "p":
            return Statistic(text, of_spread=lambda spread: percentile(spread, share))
        return Statistic(
            text, of_spread=_ranged(point[1].lower(), WeightRange(0.0, share))
        )
    if (words := _RANGE.fullmatch(text)) and (bounds := _bounds(words)):
        return Statistic(text, of_spread=_ranged(words[1].lower(), bounds))
    raise AwsError("InvalidParameterValue", f"The statistic {text!r} is not valid")


def percentile(spread: Spread, share: float) -> float:
    """The value below which `share` (0 to 1) of the weight lies, interpolated."""
    upto = np.cumsum(spread.weights)
    rank = share * max(upto[-1] - 1, 0.0)
    last = len(upto) - 1
    below = min(int(np.searchsorted(upto, np.floor(rank), "right")), last)
    above = min(int(np.searchsorted(upto, np.floor(rank) + 1, "right")), last)
    part = rank - np.floor(rank)
    low, high = spread.values[below], spread.values[above]
    return float(low + (high - low) * part)


@dataclass(frozen=True, slots=True)
class WeightRange:
    """A range of the weight, from its lowest values (0) to its highest (1)."""

    low: float
    high: float

    def weights_of(self, spread: Spread) -> Numbers:
        """The part of each value's weight that lies in the range."""
        upto = np.cumsum(spread.weights)
        since = upto - spread.weights
        low, high = self.low * upto[-1], self.high * upto[-1]
        weights: Numbers = np.clip(
            np.minimum(upto, high) - np.maximum(since, low), 0.0, None
        )
        return weights

    def edges(self, spread: Spread) -> tuple[float, float]:
        """The lowest and the highest value in the range."""
        inside = np.flatnonzero(self.weights_of(spread) > 0)
        if not len(inside):
            return float(spread.values[0]), float(spread.values[0])
        return float(spread.values[inside[0]]), float(spread.values[inside[-1]])


@dataclass(frozen=True, slots=True)
class ValueRange:
    """A range of values, without `low` and with `high`."""

    low: float
    high: float

    def weights_of(self, spread: Spread) -> Numbers:
        """The part of each value's weight that lies in the range."""
        inside = (spread.values > self.low) & (spread.values <= self.high)
        weights: Numbers = np.where(inside, spread.weights, 0.0)
        return weights

    def edges(self, spread: Spread) -> tuple[float, float]:
        """The range itself."""
        return self.low, self.high


Bounds = WeightRange | ValueRange


def _bounds(words: re.Match[str]) -> Bounds | None:
    """The boundaries in a match; None where values and percentages are mixed."""
    low, high = words[2], words[4]
    signs = {sign for number, sign in ((low, words[3]), (high, words[5])) if number}
    if len(signs) != 1 or (words[3] and not low) or (words[5] and not high):
        return None
    if signs == {""}:
        bounds = float(low or "-inf"), float(high or "inf")
        return ValueRange(*bounds) if bounds[0] <= bounds[1] else None
    shares = float(low or 0) / 100, float(high or 100) / 100
    usable = words[1].upper() != "PR" and 0 <= shares[0] <= shares[1] <= 1
    return WeightRange(*shares) if usable else None


def _ranged(kind: str, bounds: Bounds) -> Callable[[Spread], float | None]:
    return lambda spread: _RANGED[kind](spread, bounds)


def _trimmed_mean(spread: Spread, bounds: Bounds) -> float | None:
    weights = bounds.weights_of(spread)
    count = float(weights.sum())
    return float((spread.values * weights).sum()) / count if count else None


def _trimmed_sum(spread: Spread, bounds: Bounds) -> float:
    return float((spread.values * bounds.weights_of(spread)).sum())


def _trimmed_count(spread: Spread, bounds: Bounds) -> float:
    return float(bounds.weights_of(spread).sum())


def _rank(spread: Spread, bounds: Bounds) -> float:
    return 100 * _trimmed_count(spread, bounds) / float(spread.weights.sum())


def _winsorized(spread: Spread, bounds: Bounds) -> float:
    values = np.clip(spread.values, *bounds.edges(spread))
    return float((values * spread.weights).sum() / spread.weights.sum())


_RANGED: dict[str, Callable[[Spread, Bounds], float | None]] = {
    "tm": _trimmed_mean,
    "ts": _trimmed_sum,
    "tc": _trimmed_count,
    "wm": _winsorized,
    "pr": _rank,
}
