"""Latency heatmaps, alone and side by side."""

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
from lab_helpers.analysis.heatmap import HeatmapGrid
from lab_helpers.plots import scales
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

SHORT_S, LONG_S = 120, 3 * 3600
"""Seconds below which a stretch is not written in minutes, and from which in hours."""

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
    value axis, by default the grid's own. With the `report` of the visitors whose
    requests these are, the picture says whether their machine was too busy for it.
    """
    grid = _grid(grid).trim() if trim else _grid(grid)
    look = theme_of(theme)
    figure = blank(look, 9.6, 5.0)
    axes = figure.subplots()
    title = title or f"{_what(grid)} by time"
    dress(axes, look, title)
    _draw(axes, grid, look, scale or grid.scale)
    if grid.total:
        _percentile_lines(figure, axes, grid, look, percentiles)
        _colorbar(figure, [axes], look, _norm([grid]))
    return warn(Picture(figure, alt or describe(grid)), look, report)


def compare(
    left: HeatmapGrid | pd.DataFrame,
    right: HeatmapGrid | pd.DataFrame,
    *,
    titles: tuple[str, str] = ("before", "after"),
    theme: ThemeName = "light",
    alt: str = "",
    reports: Sequence[LiveReport] = (),
) -> Picture:
    """Two heatmaps side by side with the same value axis and the same colors.

    With the `reports` of the visitors whose requests these are, the picture says
    whether their machine was too busy for it.
    """
    grids = (_grid(left).trim(), _grid(right).trim())
    look = theme_of(theme)
    figure = blank(look, 11.5, 4.8)
    pair = figure.subplots(1, 2, sharey=all(grid.total for grid in grids))
    norm = _norm(grids)
    for axes, grid, title in zip(pair, grids, titles, strict=True):
        dress(axes, look, title, columns=40)
        _draw(axes, grid, look, grid.scale, norm)
    _same_values(pair, grids)
    pair[1].set_ylabel("")
    if any(grid.total for grid in grids):
        _colorbar(figure, list(pair), look, norm)
    sentences = " ".join(
        f"{title[:1].upper()}{title[1:]}: {describe(grid)}"
        for title, grid in zip(titles, grids, strict=True)
    )
    sentence = alt or f"Two heatmaps side by side. {sentences}"
    return warn(Picture(figure, sentence), look, *reports)


def describe(grid: HeatmapGrid) -> str:
    """Describes a heatmap in a sentence of rounded facts."""
    if not grid.total:
        return f"Heatmap of {grid.column} without any events."
    number = words.count(words.significant(grid.total, 2))
    bands = grid.bands()
    head = f"Heatmap of about {number} events over {_stretch(grid)}"
    if len(bands) < 2:
        peak = words.about(bands[0].peak, grid.unit) if bands else "many values"
        return f"{head}: one band, around {peak}."
    parts = [
        f"{words.about(b.peak, grid.unit)} ({words.share(_tenth(b.share))})"
        for b in bands
    ]
    return f"{head}: {len(bands)} bands, around {_listed(parts)}.{_onset(grid)}"


def _stretch(grid: HeatmapGrid) -> str:
    """Length of a grid in words; short ones to five seconds, to stay the same."""
    seconds = _seconds(grid)
    if seconds < SHORT_S:
        return f"about {max(round(seconds / 5) * 5, 1)} s"
    if seconds < LONG_S:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours"


def _seconds(grid: HeatmapGrid) -> float:
    return float((grid.times[-1] - grid.times[0]).total_seconds())


def _onset(grid: HeatmapGrid) -> str:
    """Start or end of the slowest band, if it is not there all the time."""
    slowest = max(grid.bands(), key=lambda band: band.peak)
    steps = grid.counts.shape[1]
    first, last = slowest.first_step, slowest.last_step + 1
    clock = "%H:%M:%S" if _seconds(grid) < SHORT_S else "%H:%M"
    times = []
    if first > steps * 0.1:
        times.append(f"from {grid.times[first]:{clock}}")
    if last < steps * 0.9:
        times.append(f"until {grid.times[last]:{clock}}")
    return f" The slowest band is there {' '.join(times)} UTC." if times else ""


def _tenth(share: float) -> float:
    return max(round(share, 1), 0.1) if share >= 0.05 else round(share, 2)


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + f" and {parts[-1]}"


def _grid(data: HeatmapGrid | pd.DataFrame) -> HeatmapGrid:
    return data if isinstance(data, HeatmapGrid) else HeatmapGrid.from_frame(data)


def _what(grid: HeatmapGrid) -> str:
    return "Duration" if grid.column == "duration_ms" else grid.column


def _norm(grids: Sequence[HeatmapGrid]) -> LogNorm:
    most = max((float(grid.counts.max()) for grid in grids if grid.total), default=1)
    return LogNorm(vmin=1, vmax=max(most, 10))


def _draw(
    axes: Axes,
    grid: HeatmapGrid,
    theme: Theme,
    scale: Literal["linear", "log"],
    norm: LogNorm | None = None,
) -> None:
    if not grid.total:
        say(axes, theme, f"No events with {grid.column}\nin this time range")
        return
    axes.set_facecolor(theme.empty)
    axes.pcolormesh(
        scales.numbers(grid.times),
        grid.edges,
        np.ma.masked_less_equal(grid.counts, 0),
        cmap=theme.colormap(),
        norm=norm or _norm([grid]),
        rasterized=True,
    )
    _value_axis(axes, grid, scale)
    scales.time_axis(axes)
    axes.set_xlabel(f"time ({scales.span_of(grid.times)})", fontsize=SIZE)


def _value_axis(axes: Axes, grid: HeatmapGrid, scale: Literal["linear", "log"]) -> None:
    low, high = float(grid.edges[0]), float(grid.edges[-1])
    if scale == "log" and low <= 0:
        scale = "linear"
    axes.set_yscale(scale)
    axes.set_ylim(low, high)
    if grid.unit == "ms":
        scales.latency_axis(axes.yaxis, low, high, log=scale == "log")
    name = f"{_what(grid).lower()} ({scale} scale)"
    unit = f", {grid.unit}" if grid.unit not in ("", "ms") else ""
    axes.set_ylabel(f"{name}{unit}", fontsize=SIZE)


def _same_values(pair: Sequence[Axes], grids: Sequence[HeatmapGrid]) -> None:
    edges = [grid.edges for grid in grids if grid.total]
    if len(edges) < 2:
        return
    low, high = min(e[0] for e in edges), max(e[-1] for e in edges)
    log = all(grid.scale == "log" for grid in grids)
    for axes in pair:
        axes.set_yscale("log" if log else "linear")
        axes.set_ylim(low, high)
        if all(grid.unit == "ms" for grid in grids):
            scales.latency_axis(axes.yaxis, low, high, log=log)


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
    grid: HeatmapGrid,
    theme: Theme,
    levels: Sequence[float],
) -> None:
    """Lines with a halo of the background, each with its own dash and its name."""
    if not levels:
        return
    halo = [effects.withStroke(linewidth=5, foreground=theme.background)]
    times = scales.numbers(grid.times)
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
