"""Occurrences of an error over time, by version, with the deploys as marks."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lab_helpers.analysis import words
from lab_helpers.plots import labels, scales
from lab_helpers.plots.picture import Picture
from lab_helpers.plots.theme import (
    HATCHES,
    SIZE,
    SMALL,
    Theme,
    ThemeName,
    blank,
    dress,
    say,
    theme_of,
)

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400)
FEW_BARS, MOST_BARS = 12, 40
MANY = 100
"""Rows from which on bars may be narrow; fewer would be scattered over them."""

MOST_GROUPS = 6
"""Groups that can be told apart by color and hatch."""

MOST_MARKS = 3
"""Rows of deploys' names above each other; further names are left out."""

SECONDS_PER_DAY = 86_400
LONGEST = 16

Numbers = npt.NDArray[np.float64]


def occurrences(
    frame: pd.DataFrame,
    deploys: pd.DataFrame | None = None,
    *,
    by: str = "version",
    unit: str = "occurrence",
    title: str = "",
    theme: ThemeName = "light",
) -> Picture:
    """A frame of `time` (UTC), one row an occurrence, as bars over time.

    Bars are stacked by the column `by`, if it is there, each with its color and hatch;
    beyond six values the rarest are `others`. Where nothing occurred stands a 0. `unit`
    is the noun for one row. `deploys` has `start` (UTC) and `revision`; each is a
    dashed line with its name.
    """
    look = theme_of(theme)
    figure = blank(look, 9.6, 4.4)
    axes = figure.subplots()
    dress(axes, look, title or f"{unit.capitalize()}s by time")
    rows = frame.dropna(subset=["time"]).sort_values("time")
    if rows.empty:
        say(axes, look, f"No {unit}s in this time range")
        return Picture(figure, f"{unit.capitalize()}s by time, without any.")
    marks = _marks(deploys)
    step_s, edges = _bins(rows, marks)
    rows = rows.assign(group=_groups(rows, by))
    groups = [str(group) for group in rows["group"].unique()]
    _bars(axes, rows, groups, edges, look)
    _deploys(axes, marks, look)
    scales.time_axis(axes)
    day = scales.span_of(pd.DatetimeIndex(rows["time"]))
    axes.set_xlabel(f"time ({day})", fontsize=SIZE)
    axes.set_ylabel(f"{unit}s in {words.duration(1000 * step_s)}", fontsize=SIZE)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    if len(groups) > 1:
        figure.legend(
            loc="outside lower center",
            title=by,
            title_fontsize=SMALL,
            fontsize=SMALL,
            labelcolor=look.ink,
            frameon=False,
            ncols=5,
        ).get_title().set_color(look.ink)
    link = "in" if by == "version" else "of"
    return Picture(figure, _description(rows["group"], marks, unit, link))


def _description(
    groups: "pd.Series[str]", marks: pd.DataFrame, unit: str, link: str
) -> str:
    """Sentence with the number of rows by group, and the deploys."""
    many = words.plural(len(groups), unit)
    names = list(groups.unique())
    split = ", ".join(f"{int((groups == name).sum())} {link} {name}" for name in names)
    parts = [f"{many}{f' ({split})' if len(names) > 1 else ''}"]
    names = [labels.elide(str(name), LONGEST) for name in marks["revision"]]
    if names:
        noun = "deploy" if len(names) == 1 else "deploys"
        parts.append(f"{noun} of {', '.join(names)}")
    return "; ".join(parts) + "."


def _marks(deploys: pd.DataFrame | None) -> pd.DataFrame:
    if deploys is None:
        return pd.DataFrame({"start": pd.DatetimeIndex([], tz="UTC"), "revision": []})
    return deploys.dropna(subset=["start"]).sort_values("start")


def _groups(rows: pd.DataFrame, by: str) -> "pd.Series[str]":
    """Each row's group as text; none is a group, too, and the rarest are one."""
    if by not in rows:
        return pd.Series("unknown", index=rows.index)
    groups = rows[by].astype(object).where(rows[by].notna(), "unknown").astype(str)
    common = groups.value_counts().index
    if len(common) <= MOST_GROUPS:
        return groups
    return groups.where(groups.isin(common[: MOST_GROUPS - 1]), "others")


def _bins(rows: pd.DataFrame, marks: pd.DataFrame) -> tuple[int, Numbers]:
    """The step in seconds, and the bars' edges as matplotlib counts time."""
    moments = [*rows["time"], *marks["start"]]
    first, last = min(moments).timestamp(), max(moments).timestamp()
    most = MOST_BARS if len(rows) >= MANY else FEW_BARS
    fitting = (step for step in STEPS_S if (last - first) / step < most)
    step_s = next(fitting, int((last - first) / most) + 1)
    begin = int(first // step_s) * step_s - step_s
    many = int((last - begin) // step_s) + 3
    edges = (begin + step_s * np.arange(many)) / SECONDS_PER_DAY
    return step_s, edges.astype(np.float64)


def _bars(
    axes: Axes,
    rows: pd.DataFrame,
    groups: list[str],
    edges: Numbers,
    theme: Theme,
) -> None:
    times = scales.numbers(pd.DatetimeIndex(rows["time"]))
    below = np.zeros(len(edges) - 1)
    for number, group in enumerate(groups):
        counts, _ = np.histogram(times[(rows["group"] == group).to_numpy()], edges)
        filled = counts > 0
        axes.bar(
            edges[:-1][filled],
            counts[filled],
            width=edges[1] - edges[0],
            bottom=below[filled],
            align="edge",
            color=theme.fills[number % len(theme.fills)],
            edgecolor=theme.ink,
            hatch=HATCHES[number % len(HATCHES)],
            label=labels.elide(group, LONGEST),
        )
        below += counts
    middles = (edges[:-1] + edges[1:]) / 2
    labels.zeros(axes, middles[below == 0], theme.muted, SMALL)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, max(float(below.max()), 1.0) * 1.5)
    axes.grid(axis="y", color=theme.grid, linewidth=1)
    axes.set_axisbelow(True)


def _deploys(axes: Axes, marks: pd.DataFrame, theme: Theme) -> None:
    """A dashed line for each deploy, its name in the room above the bars."""
    if marks.empty:
        return
    times = scales.numbers(pd.DatetimeIndex(marks["start"]))
    names = [labels.elide(str(name), LONGEST) for name in marks["revision"]]
    rows = _rows_of(axes, times, names)
    for at, name, row in zip(times, names, rows, strict=True):
        axes.axvline(at, color=theme.alarm, linestyle="--", linewidth=2)
        if row is None:
            continue
        axes.annotate(
            f"deploy {name}",
            (at, 1 - 0.09 * row),
            xycoords=("data", "axes fraction"),
            xytext=(4, -4),
            textcoords="offset points",
            va="top",
            ha="right" if _late(axes, at) else "left",
            color=theme.alarm,
            fontsize=SMALL,
            bbox={"facecolor": theme.background, "edgecolor": "none", "pad": 1},
        )


def _late(axes: Axes, at: float) -> bool:
    left, right = axes.get_xlim()
    return bool(at > left + 0.75 * (right - left))


def _rows_of(axes: Axes, times: Numbers, names: list[str]) -> Iterator[int | None]:
    """For each name the first row where it stands free, or None."""
    left, right = axes.get_xlim()
    points = 9.6 * 72 * 0.85
    taken: list[list[tuple[float, float]]] = [[] for _ in range(MOST_MARKS)]
    for at, name in zip(times, names, strict=True):
        long = (labels.width(f"deploy {name}", SMALL) + 16) / points * (right - left)
        span = (at - long, at) if _late(axes, at) else (at, at + long)
        row = next((i for i, used in enumerate(taken) if _free(span, used)), None)
        if row is not None:
            taken[row].append(span)
        yield row


def _free(span: tuple[float, float], used: list[tuple[float, float]]) -> bool:
    return all(span[1] <= begin or span[0] >= end for begin, end in used)
