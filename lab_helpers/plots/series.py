"""Lines over time: an average next to percentiles."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lab_helpers.analysis import words
from lab_helpers.analysis.percentiles import over_time
from lab_helpers.plots import scales
from lab_helpers.plots.notice import LiveReport, warn
from lab_helpers.plots.picture import Picture
from lab_helpers.plots.theme import (
    SIZE,
    Theme,
    ThemeName,
    blank,
    dress,
    name_lines,
    say,
    theme_of,
)

Dash = str | tuple[int, tuple[float, ...]]

ONE_MINUTE = 1 / (24 * 60)
"""In days, as matplotlib counts time."""

HIGH = 2.0
"""A value above this many times its line's median is called high."""

Span = tuple[datetime | float, datetime | float]
"""Start and end of a time, each a moment (UTC) or Unix seconds."""

STYLES: tuple[tuple[Dash, str], ...] = (
    ("-", "o"),
    ("--", "s"),
    ("-.", "^"),
    (":", "D"),
    ((0, (6, 2, 1, 2)), "v"),
)


def percentiles_over_time(  # noqa: PLR0913  each has a default that suits a first look
    frame: pd.DataFrame,
    *,
    span: Span | None = None,
    columns: Sequence[str] = (),
    title: str = "",
    log: bool = False,
    theme: ThemeName = "light",
    alt: str = "",
    report: LiveReport | None = None,
) -> Picture:
    """Lines of a frame with a `time` column (UTC) and columns in milliseconds.

    Takes the answer of a query with series (`AVG(duration_ms)`, `P95(duration_ms)`,
    ...), the frame of `analysis.over_time`, or single spans (`start`, `duration_ms`),
    whose mean, p50, p95 and p99 it then works out per minute. `columns` chooses lines;
    `span`, start and end, is marked as an incident. The sentence says how high each
    line usually is and when it is more than twice as high. With the `report` of the
    visitors whose requests these are, the picture says whether their machine was too
    busy for it, and its sentence has one figure.
    """
    steps = frame if "time" in frame else over_time(frame)
    names = list(columns) or _lines(steps)
    look = theme_of(theme)
    figure = blank(look, 9.6, 4.6)
    axes = figure.subplots()
    dress(axes, look, title or "Average and percentiles by time")
    steps = steps.dropna(subset=names, how="all").sort_values("time")
    if steps.empty or not names:
        say(axes, look, "No values in this time range")
        return Picture(figure, alt or "Lines by time, without any values.")
    _draw(axes, steps, names, look)
    incident = _moments(span)
    if incident is not None:
        _mark(axes, incident, look)
    _axes(axes, steps, look, log=log)
    name_lines(figure, look)
    sentence = describe(steps, names, exact=report is None)
    if incident is not None:
        sentence += f" The incident is marked, {_from_to(*incident)} UTC."
    return warn(Picture(figure, alt or sentence), look, report)


def describe(steps: pd.DataFrame, names: Sequence[str], *, exact: bool = True) -> str:
    """Each line's median, peak and high time, lowest line first, in rounded numbers."""
    about = partial(words.about, figures=2 if exact else 1)
    medians = {name: float(steps[name].astype(float).median()) for name in names}
    parts = [
        f"{_name(name)} usually about {about(medians[name])}, at most about "
        f"{about(float(steps[name].max()))}{_high(steps, name, medians[name])}"
        for name in sorted(names, key=lambda name: medians[name])
    ]
    return f"Lines over {words.plural(len(steps), 'time step')}: {'; '.join(parts)}."


def _high(steps: pd.DataFrame, name: str, median: float) -> str:
    """The longest time in which a line is high; nothing if it never is."""
    high = (steps[name].astype(float) > HIGH * median).to_numpy()
    # The borders of the stretches: where the answer differs from the one before.
    borders = np.flatnonzero(np.diff(np.concatenate([[False], high, [False]])))
    stretches = borders.reshape(-1, 2)
    if not len(stretches):
        return ""
    first, end = max(stretches, key=lambda pair: int(pair[1] - pair[0]))
    times = pd.DatetimeIndex(steps["time"])
    step = times.to_series().diff().min() if len(times) > 1 else pd.Timedelta("1min")
    return f", high {_from_to(times[first], times[end - 1] + step)} UTC"


def _from_to(start: pd.Timestamp, end: pd.Timestamp) -> str:
    clock = "%H:%M" if end - start >= pd.Timedelta("2min") else "%H:%M:%S"
    return f"from {start:{clock}} to {end:{clock}}"


def _moments(span: Span | None) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    if span is None:
        return None
    start, end = (
        pd.Timestamp(moment)
        if isinstance(moment, datetime)
        else pd.Timestamp(moment, unit="s", tz="UTC")
        for moment in span
    )
    if not start < end:
        raise ValueError(f"'span' must end later than it starts: {start} to {end}")
    return start, end


def _mark(
    axes: Axes, incident: tuple[pd.Timestamp, pd.Timestamp], theme: Theme
) -> None:
    """The time of an incident, by color, hatch and name."""
    start, end = scales.numbers(pd.DatetimeIndex(incident))
    axes.axvspan(
        start,
        end,
        facecolor=theme.empty,
        edgecolor=theme.fills[5],
        hatch="//",
        linewidth=1.5,
        label="incident",
        zorder=0,
    )


def _lines(steps: pd.DataFrame) -> list[str]:
    numbers = steps.select_dtypes("number").columns
    skipped = {"count", "COUNT", "sample_rate"}
    return [str(name) for name in numbers if name not in skipped]


def _name(column: str) -> str:
    """`P95(duration_ms)` and `p95` both read `p95`; AVG and mean read `average`."""
    op = column.partition("(")[0].lower()
    known = {"avg": "average", "mean": "average", "max": "maximum", "min": "minimum"}
    p = op[1:]
    if op.startswith("p") and p.isdigit():
        return {"p999": "p99.9", "p001": "p0.1"}.get(op, f"p{int(p)}")
    return known.get(op, column)


def _draw(axes: Axes, steps: pd.DataFrame, names: Sequence[str], theme: Theme) -> None:
    times = scales.numbers(pd.DatetimeIndex(steps["time"]))
    marks = max(len(steps) // 8, 1)
    for i, name in enumerate(names):
        style, marker = STYLES[i % len(STYLES)]
        color = theme.lines[i % len(theme.lines)]
        values = steps[name].astype(float)
        axes.plot(
            times,
            values,
            linestyle=style,
            marker=marker,
            markevery=marks,
            markersize=7,
            linewidth=2.2,
            color=color,
            label=_name(name),
        )


def _axes(axes: Axes, steps: pd.DataFrame, theme: Theme, *, log: bool) -> None:
    low, high = axes.get_ylim()
    if log:
        axes.set_yscale("log")
        low, high = axes.get_ylim()
    else:
        low = 0.0
        axes.set_ylim(low, high)
    scales.latency_axis(axes.yaxis, low, high, log=log)
    first, last = scales.numbers(pd.DatetimeIndex(steps["time"]))[[0, -1]]
    margin = (last - first) * 0.02 or ONE_MINUTE
    axes.set_xlim(first - margin, last + margin)
    scales.time_axis(axes)
    axes.grid(axis="y", color=theme.grid, linewidth=1)
    axes.set_axisbelow(True)
    times = pd.DatetimeIndex(steps["time"])
    axes.set_xlabel(f"time ({scales.span_of(times)})", fontsize=SIZE)
    axes.set_ylabel(f"duration ({'log' if log else 'linear'} scale)", fontsize=SIZE)
