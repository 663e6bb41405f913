"""The grid behind a latency heatmap: time steps across, value buckets up, counts in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from lab_helpers.analysis import bands, words
from lab_helpers.analysis.bands import Band

Floats = npt.NDArray[np.float64]
Scale = Literal["linear", "log"]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PercentileLine:
    """A percentile per time step, read off buckets.

    `values` lie inside the bucket that holds the percentile; `low` and `high` are that
    bucket's bounds, so the error is at most its width. NaN where a step is empty.
    """

    p: float
    values: Floats
    low: Floats
    high: Floats
    unit: str = "ms"

    @property
    def error(self) -> Floats:
        """The largest possible error of each value: the width of its bucket."""
        return self.high - self.low

    def __repr__(self) -> str:
        known = self.values[~np.isnan(self.values)]
        if not known.size:
            return f"p{self.p:g}: no events in any step"
        sizes = (known.min(), known.max(), float(np.nanmax(self.error)))
        low, high, worst = (words.reading(size, self.unit) for size in sizes)
        return (
            f"p{self.p:g} between {low} and {high} over {known.size} steps, "
            f"off by at most one bucket ({worst} where buckets are widest)"
        )


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class HeatmapGrid:
    """Counts of events by time step and value bucket.

    `times` are the n+1 edges of n equal steps (UTC), `edges` the m+1 rising edges of m
    buckets in `unit`, `counts` an m × n matrix of weighted events.
    """

    times: pd.DatetimeIndex
    edges: Floats
    counts: Floats
    scale: Scale = "linear"
    column: str = "duration_ms"
    unit: str = "ms"

    def __post_init__(self) -> None:
        shape = (max(self.edges.size - 1, 0), max(len(self.times) - 1, 0))
        if self.counts.shape != shape:
            raise ValueError(f"counts are {self.counts.shape}, the edges say {shape}")

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Self:
        """The grid of a long frame (time, low, high, count), as clients return it.

        `frame.attrs` may name `column`, `unit`, `scale` and `step_s`. Steps absent from
        the frame are empty; buckets that differ from step to step are spread over
        common ones in proportion to their overlap.
        """
        scale: Scale = "log" if frame.attrs.get("scale") == "log" else "linear"
        column = str(frame.attrs.get("column", "duration_ms"))
        unit = str(frame.attrs.get("unit", "ms"))
        if frame.empty:
            return cls(_no_times(), np.empty(0), np.zeros((0, 0)), scale, column, unit)
        times = _step_edges(frame["time"], frame.attrs.get("step_s"))
        edges = _common_edges(frame, scale)
        at = times.searchsorted(pd.DatetimeIndex(frame["time"]), side="right") - 1
        counts = np.zeros((edges.size - 1, len(times) - 1))
        _spread(frame, edges, at, counts)
        return cls(times, edges, counts, scale, column, unit)

    @classmethod
    def from_durations(
        cls,
        frame: pd.DataFrame,
        *,
        step_s: float = 60,
        bins: int | Sequence[float] = 40,
        scale: Scale = "log",
        column: str = "duration_ms",
    ) -> Self:
        """The grid of single spans: a `start` (UTC) and the column in milliseconds.

        `bins` is a number of equal buckets (equal ratios on the log scale) or their
        edges. A `sample_rate` column weighs the rows; values that are missing, and on
        the log scale values that are not positive, are left out.
        """
        rows = frame[frame[column].notna()]
        rows = rows[rows[column] > 0] if scale == "log" else rows
        if rows.empty:
            return cls(_no_times(), np.empty(0), np.zeros((0, 0)), scale, column)
        times = _step_edges(rows["start"], step_s)
        values = rows[column].to_numpy(dtype=float)
        edges = _bucket_edges(values, bins, scale)
        weights = rows["sample_rate"] if "sample_rate" in rows else np.ones(len(rows))
        nanos = rows["start"].dt.as_unit("ns").astype("int64").to_numpy()
        counts, _, _ = np.histogram2d(
            values, nanos, [edges, _nanos(times)], weights=np.asarray(weights)
        )
        return cls(times, edges, counts, scale, column)

    @property
    def step_s(self) -> float:
        """Seconds per time step; 0 for an empty grid."""
        if len(self.times) < 2:
            return 0.0
        return float((self.times[1] - self.times[0]).total_seconds())

    @property
    def per_step(self) -> Floats:
        """Events in each time step."""
        total: Floats = self.counts.sum(axis=0)
        return total

    @property
    def per_bucket(self) -> Floats:
        """Events in each value bucket."""
        total: Floats = self.counts.sum(axis=1)
        return total

    @property
    def total(self) -> float:
        """All events of the grid."""
        return float(self.counts.sum())

    def bands(self) -> tuple[Band, ...]:
        """The separate humps of the distribution, busiest first."""
        return bands.find(self.edges, self.counts, self.unit)

    def percentile(self, p: float) -> PercentileLine:
        """The percentile of each time step, exact to one bucket's width."""
        steps = [self._in_bucket(column, p) for column in self.counts.T]
        values = np.array(steps, dtype=float).reshape(-1, 3).T
        return PercentileLine(p, values[0], values[1], values[2], self.unit)

    def _in_bucket(self, counts: Floats, p: float) -> tuple[float, float, float]:
        total = counts.sum()
        if total <= 0:
            return np.nan, np.nan, np.nan
        # The rank lies in the first bucket whose cumulated count reaches it; inside,
        # events are taken as evenly spread (in the logarithm, on the log scale). An
        # empty bucket holds no event: step over it, up only for the 0th percentile.
        ends = np.cumsum(counts)
        rank = p / 100 * total
        i = min(int(np.searchsorted(ends, rank)), counts.size - 1)
        while counts[i] == 0:
            i += 1 if rank == 0 else -1
        low, high = float(self.edges[i]), float(self.edges[i + 1])
        part = float(np.clip((rank - ends[i] + counts[i]) / counts[i], 0, 1))
        if self.scale == "log":
            return low * (high / low) ** part, low, high
        return low + (high - low) * part, low, high

    def trim(self) -> Self:
        """The same grid without the empty steps before the first and after the last."""
        steps = np.flatnonzero(self.per_step)
        if not steps.size:
            return self
        first, last = int(steps[0]), int(steps[-1]) + 1
        times = self.times[first : last + 1]
        return replace(self, times=times, counts=self.counts[:, first:last])

    def rebin(self, *, steps: int = 1, buckets: int = 1) -> Self:
        """A coarser grid: `steps` and `buckets` that are neighbors become one.

        A remainder at the right or the top becomes a last, narrower bucket or is padded
        with an empty step, so no event is lost.
        """
        if steps < 1 or buckets < 1:
            raise ValueError("steps and buckets are at least 1")
        if not self.counts.size:
            return self
        rows = np.arange(0, self.counts.shape[0], buckets)
        columns = np.arange(0, self.counts.shape[1], steps)
        counts = np.add.reduceat(self.counts, rows, axis=0)
        counts = np.add.reduceat(counts, columns, axis=1)
        edges = np.append(self.edges[rows], self.edges[-1])
        width = pd.Timedelta(seconds=self.step_s * steps)
        times = self.times[0] + width * np.arange(columns.size + 1)
        return replace(self, times=pd.DatetimeIndex(times), edges=edges, counts=counts)

    def merge(self, other: Self) -> Self:
        """The sum of two grids with the same edges, such as two services'."""
        if not np.array_equal(self.edges, other.edges) or not self.times.equals(
            other.times
        ):
            raise ValueError("only grids with the same time and value edges add up")
        return replace(self, counts=self.counts + other.counts)

    def __repr__(self) -> str:
        if not self.total:
            return f"heatmap of {self.column}: no events"
        rows, columns = self.counts.shape
        low, high = (words.reading(self.edges[i], self.unit) for i in (0, -1))
        return (
            f"heatmap of {self.column}: {words.plural(self.total, 'event')} in "
            f"{columns} steps of {self.step_s:g} s and {rows} {self.scale} buckets "
            f"from {low} to {high}"
        )


def _no_times() -> pd.DatetimeIndex:
    return pd.DatetimeIndex([], dtype="datetime64[ns, UTC]")


def _nanos(times: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    return np.asarray(times.as_unit("ns").asi8, dtype=np.int64)


def _step_edges(
    times: "pd.Series[pd.Timestamp]", step_s: float | None
) -> pd.DatetimeIndex:
    """Equal steps, aligned to the epoch, from the first time to past the last."""
    nanos = np.unique(_nanos(pd.DatetimeIndex(times)))
    gaps = np.diff(nanos)
    smallest = int(gaps.min()) if gaps.size else 60_000_000_000
    step = round(step_s * 1e9) if step_s else smallest
    first = int(nanos[0]) // step * step
    number = (int(nanos[-1]) - first) // step + 1
    edges = first + step * np.arange(number + 1, dtype=np.int64)
    return pd.DatetimeIndex(edges.astype("datetime64[ns]"), tz="UTC")


def _bucket_edges(values: Floats, bins: int | Sequence[float], scale: Scale) -> Floats:
    if not isinstance(bins, int):
        return np.asarray(bins, dtype=float)
    low, high = float(values.min()), float(values.max())
    if scale == "linear":
        return np.linspace(min(low, 0.0), high or 1.0, bins + 1)
    if low == high:
        low, high = low / 1.1, high * 1.1
    edges = np.geomspace(low, high, bins + 1)
    edges[0], edges[-1] = low, high
    return edges


def _common_edges(frame: pd.DataFrame, scale: Scale) -> Floats:
    """The frame's own edges if its buckets tile; else equal ones as fine as its own."""
    # Buckets tile if no edge of another row lies strictly inside one. They do not where
    # the vendor chose buckets per step; then the finest of them sets the common width.
    low, high = frame["low"].to_numpy(float), frame["high"].to_numpy(float)
    own = _distinct(np.concatenate([low, high]))
    inside = np.searchsorted(own, high * (1 - 1e-9)) - np.searchsorted(
        own, low * (1 + 1e-9)
    )
    tiled = bool((inside <= 0).all())
    if tiled:
        return own
    if scale == "log":
        ratio = float(np.log(high / low).min())
        number = int(np.ceil(np.log(own[-1] / own[0]) / ratio - 1e-9))
        return np.geomspace(own[0], own[-1], number + 1)
    number = int(np.ceil((own[-1] - own[0]) / float((high - low).min()) - 1e-9))
    return np.linspace(own[0], own[-1], min(number, 500) + 1)


def _distinct(values: Floats) -> Floats:
    """Sorted values without those that differ only by floating-point noise."""
    ordered = np.unique(values)
    span = max(abs(float(ordered[0])), abs(float(ordered[-1])), 1e-300)
    noise = np.maximum(np.abs(ordered[1:]) * 1e-9, span * 1e-15)
    keep = np.concatenate([[True], np.diff(ordered) > noise])
    return np.asarray(ordered[keep], dtype=float)


def _spread(
    frame: pd.DataFrame, edges: Floats, at: npt.NDArray[np.intp], counts: Floats
) -> None:
    """Adds each row's count to the buckets it overlaps, in proportion."""
    columns = zip(frame["low"], frame["high"], frame["count"], at, strict=True)
    for low, high, number, step in columns:
        if not number:
            continue
        first = max(int(np.searchsorted(edges, low * (1 + 1e-9), "right")) - 1, 0)
        last = max(int(np.searchsorted(edges, high * (1 - 1e-9), "left")), first + 1)
        parts = np.diff(np.clip(edges[first : last + 1], low, high))
        whole = parts.sum()
        weight = parts / whole if whole > 0 else np.eye(1, parts.size)[0]
        counts[first : first + parts.size, step] += number * weight
