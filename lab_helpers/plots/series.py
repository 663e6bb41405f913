"""Lines over time: an average next to percentiles."""

from collections.abc import Sequence

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

STYLES: tuple[tuple[Dash, str], ...] = (
    ("-", "o"),
    ("--", "s"),
    ("-.", "^"),
    (":", "D"),
    ((0, (6, 2, 1, 2)), "v"),
)


def percentiles_over_time(
    frame: pd.DataFrame,
    *,
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
    whose mean, p50, p95 and p99 it then works out per minute. `columns` chooses lines.
    With the `report` of the visitors whose requests these are, the picture says
    whether their machine was too busy for it.
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
    _axes(axes, steps, look, log=log)
    name_lines(figure, look)
    return warn(Picture(figure, alt or describe(steps, names)), look, report)


def describe(steps: pd.DataFrame, names: Sequence[str]) -> str:
    """Each line's median and peak, lowest line first, in rounded numbers."""
    medians = {name: float(steps[name].astype(float).median()) for name in names}
    parts = [
        f"{_name(name)} usually about {words.about(medians[name])}, at most about "
        f"{words.about(float(steps[name].max()))}"
        for name in sorted(names, key=lambda name: medians[name])
    ]
    return f"Lines over {words.plural(len(steps), 'time step')}: {'; '.join(parts)}."


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
