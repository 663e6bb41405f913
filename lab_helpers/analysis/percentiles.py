"""Percentiles as Honeycomb's documentation computes them, and how averages mislead."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lab_helpers.analysis import words

Floats = npt.NDArray[np.float64]


def percentile(
    values: npt.ArrayLike, p: float, weights: npt.ArrayLike | None = None
) -> float:
    """The value below which `p` percent of the values lie; NaN if there are none.

    Interpolates linearly at position p·(n-1), as the P95 example of Honeycomb's query
    documentation does. `weights` are sample rates: a value of weight 3 counts as three
    equal values. Missing values are skipped.

    >>> round(percentile([126, 57, 82, 23], 95), 1)
    119.4
    """
    return float(percentiles(values, [p], weights)[0])


def percentiles(
    values: npt.ArrayLike, ps: Sequence[float], weights: npt.ArrayLike | None = None
) -> Floats:
    """Several percentiles of the same values, in the order of `ps`."""
    if any(not 0 <= p <= 100 for p in ps):
        raise ValueError(f"percentiles lie between 0 and 100, not {list(ps)}")
    ordered, ends = _ordered(values, weights)
    if not ordered.size:
        return np.full(len(ps), np.nan)
    position = np.asarray(ps, dtype=float) / 100 * (ends[-1] - 1)
    below = np.floor(position)
    low = ordered[np.searchsorted(ends, below, side="right")]
    high = ordered[np.searchsorted(ends, np.ceil(position), side="right")]
    result: Floats = low + (high - low) * (position - below)
    return result


def _ordered(
    values: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Sorted values and, for each, how many repeated values end with it."""
    numbers = np.asarray(values, dtype=float)
    repeats = np.ones(numbers.size, dtype=np.int64)
    if weights is not None:
        repeats = np.asarray(weights, dtype=np.int64)
    keep = ~np.isnan(numbers) & (repeats > 0)
    numbers, repeats = numbers[keep], repeats[keep]
    order = np.argsort(numbers, kind="stable")
    return numbers[order], np.cumsum(repeats[order])


def over_time(
    frame: pd.DataFrame,
    *,
    step_s: int = 60,
    ps: Sequence[float] = (50, 95, 99),
    time: str = "start",
    column: str = "duration_ms",
) -> pd.DataFrame:
    """Count, mean and percentiles of a column per step of time.

    In: one row per span with a UTC time and a value; a `sample_rate` column, if there
    is one, weighs the rows. Out: `time` (start of step, UTC), `count`, `mean`, `p50`,
    ...; steps without spans are absent.
    """
    steps = frame[time].dt.floor(f"{step_s}s")
    rows = [_step(at, group[column], ps, group) for at, group in frame.groupby(steps)]
    names = ["time", "count", "mean", *(f"p{p:g}" for p in ps)]
    return pd.DataFrame(rows, columns=names)


def _step(
    at: object, values: "pd.Series[float]", ps: Sequence[float], group: pd.DataFrame
) -> list[object]:
    weights = _weights(group)
    mean = np.average(values, weights=weights)
    return [at, int(weights.sum()), float(mean), *percentiles(values, ps, weights)]


def _weights(frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    if "sample_rate" in frame:
        return np.asarray(frame["sample_rate"], dtype=np.int64)
    return np.ones(len(frame), dtype=np.int64)


@dataclass(frozen=True, slots=True, repr=False)
class PercentileTrap:
    """The mean of per-step percentiles, next to the percentile of all spans."""

    p: float
    true_ms: float
    mean_of_steps_ms: float
    steps: int

    @property
    def ratio(self) -> float:
        """The averaged percentile over the true one; 1 would be right."""
        return self.mean_of_steps_ms / self.true_ms

    def __repr__(self) -> str:
        return (
            f"p{self.p:g} of all spans is {words.duration(self.true_ms)}; the mean of "
            f"{self.steps} per-step p{self.p:g} says "
            f"{words.duration(self.mean_of_steps_ms)} ({self.ratio:.2f} times as much)"
        )


def mean_of_percentiles(
    frame: pd.DataFrame, p: float = 95, *, step_s: int = 60, column: str = "duration_ms"
) -> PercentileTrap:
    """Compares the true percentile with the mean of per-step percentiles.

    A percentile cannot be averaged: a quiet, slow minute weighs as much as a busy, fast
    one. In: spans with `start` (UTC) and the column in milliseconds.
    """
    steps = over_time(frame, step_s=step_s, ps=[p], column=column)
    true = percentile(frame[column], p, _weights(frame))
    mean = float(steps[f"p{p:g}"].mean())
    return PercentileTrap(p, true, mean, len(steps))
