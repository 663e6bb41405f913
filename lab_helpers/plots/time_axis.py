"""Time axis of a heatmap: times of day, or seconds since a short run began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lab_helpers.analysis.heatmap import HeatmapGrid
from lab_helpers.plots import scales
from lab_helpers.plots.theme import SIZE

Span = tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """An axis over a span of time.

    In `seconds` it counts from the span's start; otherwise it shows times of day in
    UTC. `live` says that the start is that of a run.
    """

    span: Span
    seconds: bool
    live: bool = False

    def positions(self, times: pd.DatetimeIndex) -> npt.NDArray[np.float64]:
        """Times as the numbers they are drawn at."""
        if self.seconds:
            return scales.seconds(times, self.span[0])
        return scales.numbers(times)

    def dress(self, axes: Axes, times: pd.DatetimeIndex) -> None:
        """Sets limits, ticks and the label of axes that show these times."""
        axes.set_xlim(*self.positions(pd.DatetimeIndex(self.span)))
        if not self.seconds:
            scales.time_axis(axes)
            axes.set_xlabel(f"time ({scales.span_of(times)})", fontsize=SIZE)
            return
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 3, 5, 6, 10]))
        begin = self.span[0]
        since = f"{begin:%H:%M:%S} UTC on {begin.day} {begin:%B %Y}"
        if self.live:
            since = f"the run began\n({begin.day} {begin:%B %Y}, {begin:%H:%M} UTC)"
        axes.set_xlabel(f"seconds since {since}", fontsize=SIZE)


def time_axes(grids: Sequence[HeatmapGrid], *, live: bool) -> list[TimeAxis]:
    """An axis for each grid, all equally long.

    Grids of overlapping windows share one span; others begin each at its own start.
    """
    spans = [_span(grid) for grid in grids]
    filled = [span for span, grid in zip(spans, grids, strict=True) if grid.total]
    begin = max((start for start, _ in filled), default=None)
    if begin and begin < min(end for _, end in filled):
        shared = min(start for start, _ in filled), max(end for _, end in filled)
        spans = [shared] * len(spans)
    longest = max((end - start for start, end in spans), default=pd.Timedelta(0))
    seconds = longest < pd.Timedelta(seconds=scales.RUN_S)
    return [TimeAxis((start, start + longest), seconds, live) for start, _ in spans]


def _span(grid: HeatmapGrid) -> Span:
    if len(grid.times):
        return grid.times[0], grid.times[-1]
    epoch = pd.Timestamp(0, tz="UTC")
    return epoch, epoch
