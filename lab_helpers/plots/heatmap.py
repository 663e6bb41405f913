"""Latency heatmaps, alone and side by side."""

import math
from collections.abc import Sequence
from typing import Literal

import matplotlib.patheffects as effects
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from lab_helpers.analysis import words
from lab_helpers.analysis.common_grid import common_grid
from lab_helpers.analysis.heatmap import HeatmapGrid
from lab_helpers.plots import scales
from lab_helpers.plots.heatmap_sentence import describe
from lab_helpers.plots.notice import LiveReport, warn
from lab_helpers.plots.picture import Picture
from lab_helpers.plots.theme import (
    SIZE,
    SMALL,
    Theme,
    ThemeName,
    blank,
    dress,
    name_lines,
    say,
    theme_of,
)
from lab_helpers.plots.time_axis import TimeAxis, time_axes

Limits = tuple[float, float]

HEADROOM = 2
"""Empty rows above the highest and below the lowest row with events."""

DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D")
"""Shown where there are too few steps for a line."""


def heatmap(  # noqa: PLR0913  each has a default that suits a first look
    grid: HeatmapGrid | pd.DataFrame,
    *,
    title: str = "",
    percentiles: Sequence[float] = (),
    scale: Literal["linear", "log"] | None = None,
    trim: bool = True,
    theme: ThemeName = "light",
    alt: str = "",
    report: LiveReport | None = None,
) -> Picture:
    """A latency heatmap of a grid, or of the frame that `client.heatmap()` returns.

    Color is the number of events per cell on a logarithmic scale; cells without events
    show the background; `trim` leaves out empty time before the first and after the
    last event. `percentiles` draws those lines over the cells. `scale` is the
    value axis, by default the grid's own. The time axis of a window below ten minutes
    counts seconds. With the `report` of the visitors whose requests these are, the
    picture says whether their machine was too busy for it, and its sentence has no
    more figures than live requests deserve.
    """
    grid = _grid(grid).trim() if trim else _grid(grid)
    look = theme_of(theme)
    figure = blank(look, 9.6, 5.0)
    axes = figure.subplots()
    title = title or f"{_what(grid)} by time"
    dress(axes, look, title)
    if not grid.total:
        _say_nothing(axes, grid, look)
        return warn(Picture(figure, alt or describe(grid)), look, report)
    scale = (scale or grid.scale) if float(grid.edges[0]) > 0 else "linear"
    (time,) = time_axes([grid], live=report is not None)
    _draw(axes, grid, time, look, _norm([grid]))
    _value_axis(axes, grid, scale, _limits([grid], scale))
    _percentile_lines(figure, axes, (grid, time), look, percentiles)
    _colorbar(figure, [axes], look, _norm([grid]))
    sentence = alt or describe(grid, exact=report is None)
    return warn(Picture(figure, sentence), look, report)


def compare(
    left: HeatmapGrid | pd.DataFrame,
    right: HeatmapGrid | pd.DataFrame,
    *,
    titles: tuple[str, str] = ("before", "after"),
    theme: ThemeName = "light",
    alt: str = "",
    reports: Sequence[LiveReport] = (),
) -> Picture:
    """Two heatmaps side by side with the same buckets, axes and colors.

    Grids with different buckets are both put on those of the coarser one. The time axes
    are equally long, and the same if the windows overlap. With the `reports` of the
    visitors whose requests these are, the picture says whether their machine was too
    busy for it. ValueError: one is linear and the other logarithmic, or their units
    differ.
    """
    grids = common_grid(_grid(left).trim(), _grid(right).trim())
    look = theme_of(theme)
    figure = blank(look, 11.5, 4.8)
    filled = [grid for grid in grids if grid.total]
    pair = figure.subplots(1, 2, sharey=len(filled) == len(grids))
    times = time_axes(grids, live=bool(reports))
    for axes, grid, time, title in zip(pair, grids, times, titles, strict=True):
        dress(axes, look, title, columns=40)
        if not grid.total:
            _say_nothing(axes, grid, look)
            continue
        _draw(axes, grid, time, look, _norm(filled))
        _value_axis(axes, grid, grid.scale, _limits(filled, grid.scale))
    pair[1].set_ylabel("")
    if filled:
        _colorbar(figure, list(pair), look, _norm(filled))
    sentences = " ".join(
        f"{title[:1].upper()}{title[1:]}: {describe(grid, exact=not reports)}"
        for title, grid in zip(titles, grids, strict=True)
    )
    sentence = alt or f"Two heatmaps side by side. {sentences}"
    return warn(Picture(figure, sentence), look, *reports)


def _grid(data: HeatmapGrid | pd.DataFrame) -> HeatmapGrid:
    return data if isinstance(data, HeatmapGrid) else HeatmapGrid.from_frame(data)


def _what(grid: HeatmapGrid) -> str:
    return "Duration" if grid.column == "duration_ms" else grid.column


def _norm(grids: Sequence[HeatmapGrid]) -> LogNorm:
    most = max((float(grid.counts.max()) for grid in grids if grid.total), default=1)
    return LogNorm(vmin=1, vmax=max(most, 10))


def _say_nothing(axes: Axes, grid: HeatmapGrid, theme: Theme) -> None:
    say(axes, theme, f"No events with {grid.column}\nin this time range")


def _draw(
    axes: Axes, grid: HeatmapGrid, time: TimeAxis, theme: Theme, norm: LogNorm
) -> None:
    axes.set_facecolor(theme.empty)
    axes.pcolormesh(
        time.positions(grid.times),
        grid.edges,
        np.ma.masked_less_equal(grid.counts, 0),
        cmap=theme.colormap(),
        norm=norm,
        rasterized=True,
    )
    time.dress(axes, grid.times)


def _limits(grids: Sequence[HeatmapGrid], scale: Literal["linear", "log"]) -> Limits:
    """The rows that hold events in any of these grids, and some free ones around."""
    bounds = [_occupied(grid, scale) for grid in grids]
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def _occupied(grid: HeatmapGrid, scale: Literal["linear", "log"]) -> Limits:
    rows = np.flatnonzero(grid.per_bucket)
    edges = np.log(grid.edges) if scale == "log" else grid.edges
    first, last = int(rows[0]), int(rows[-1]) + 1
    low = float(edges[first] - HEADROOM * (edges[first + 1] - edges[first]))
    high = float(edges[last] + HEADROOM * (edges[last] - edges[last - 1]))
    if scale == "log":
        return math.exp(low), math.exp(high)
    return max(low, min(float(edges[0]), 0.0)), high


def _value_axis(
    axes: Axes, grid: HeatmapGrid, scale: Literal["linear", "log"], limits: Limits
) -> None:
    axes.set_yscale(scale)
    axes.set_ylim(*limits)
    if grid.unit == "ms":
        scales.latency_axis(axes.yaxis, *limits, log=scale == "log")
    name = f"{_what(grid).lower()} ({scale} scale)"
    unit = f", {grid.unit}" if grid.unit not in ("", "ms") else ""
    axes.set_ylabel(f"{name}{unit}", fontsize=SIZE)


def _colorbar(figure: Figure, pair: list[Axes], theme: Theme, norm: LogNorm) -> None:
    mappable = ScalarMappable(norm, theme.colormap())
    bar = figure.colorbar(mappable, ax=pair, pad=0.02, aspect=28)
    bar.ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=12))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda n, _: words.count(n)))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.tick_params(colors=theme.ink, labelsize=SMALL)
    bar.set_label("events per cell", color=theme.ink, fontsize=SIZE)
    bar.outline.set_edgecolor(theme.muted)


def _percentile_lines(
    figure: Figure,
    axes: Axes,
    drawn: tuple[HeatmapGrid, TimeAxis],
    theme: Theme,
    levels: Sequence[float],
) -> None:
    """Lines with a halo of the background, each with its own dash and its name."""
    if not levels:
        return
    grid, time = drawn
    halo = [effects.withStroke(linewidth=5, foreground=theme.background)]
    times = time.positions(grid.times)
    middles = (times[:-1] + times[1:]) / 2
    for i, p in enumerate(levels):
        values = grid.percentile(p).values
        axes.plot(
            middles,
            values,
            color=theme.ink,
            linewidth=2.2,
            linestyle=DASHES[i % len(DASHES)],
            marker=MARKERS[i % len(MARKERS)] if values.size < 3 else "",
            markersize=9,
            label=f"p{p:g}",
            path_effects=halo,
        )
    legend = name_lines(figure, theme)
    for handle in legend.get_lines():
        handle.set_path_effects([])
