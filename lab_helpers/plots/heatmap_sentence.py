"""Sentence of a heatmap: how many events over which time, and in which bands."""

from collections.abc import Sequence

import numpy as np

from lab_helpers.analysis import words
from lab_helpers.analysis.bands import Band
from lab_helpers.analysis.heatmap import HeatmapGrid
from lab_helpers.plots import scales

SHORT_S, LONG_S = 120, 3 * 3600
"""Seconds below which a stretch is not written in minutes, and from which in hours."""

NARROW = 0.1
"""A band's peak is known to its bucket: two figures need one narrower than this."""


def describe(grid: HeatmapGrid, *, exact: bool = True) -> str:
    """Describes a heatmap in a sentence of rounded facts.

    Unless it is `exact`, as of a day of the past, durations have one figure and shares
    are rounded to tenths: those of live requests are others at each run.
    """
    if not grid.total:
        return f"Heatmap of {grid.column} without any events."
    number = words.count(words.significant(grid.total, 2))
    bands = grid.bands()
    head = f"Heatmap of about {number} events over {_stretch(grid)}"
    if len(bands) < 2:
        peak = _peak(grid, bands[0], exact=exact) if bands else "many values"
        return f"{head}: one band, around {peak}."
    parts = [
        f"{_peak(grid, band, exact=exact)} ({words.share(_share(band, exact=exact))})"
        for band in bands
    ]
    return f"{head}: {len(bands)} bands, around {_listed(parts)}.{_onset(grid)}"


def _peak(grid: HeatmapGrid, band: Band, *, exact: bool) -> str:
    bucket = max(int(np.searchsorted(grid.edges, band.peak)) - 1, 0)
    width = float(grid.edges[bucket + 1] - grid.edges[bucket])
    figures = 2 if exact and width <= NARROW * band.peak else 1
    return words.about(band.peak, grid.unit, figures=figures)


def _share(band: Band, *, exact: bool) -> float:
    if exact or band.share < 0.05:
        return round(band.share, 2)
    return max(round(band.share, 1), 0.1)


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
    times = []
    if first > steps * 0.1:
        times.append(f"from {_moment(grid, first)}")
    if last < steps * 0.9:
        times.append(f"until {_moment(grid, last)}")
    if not times:
        return ""
    zone = "" if scales.is_run(grid.times) else " UTC"
    return f" The slowest band is there {' '.join(times)}{zone}."


def _moment(grid: HeatmapGrid, step: int) -> str:
    """The edge of a step as the time axis shows it: a time of day, or a second."""
    at = grid.times[step]
    if scales.is_run(grid.times):
        return f"second {(at - grid.times[0]).total_seconds():.0f}"
    return f"{at:%H:%M}"


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + f" and {parts[-1]}"
