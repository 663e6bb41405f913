"""A metric by period, the threshold of its alarm, and the states the alarm was in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lab_helpers.analysis import words
from lab_helpers.plots import labels, scales
from lab_helpers.plots.picture import Picture
from lab_helpers.plots.theme import (
    SIZE,
    SMALL,
    Theme,
    ThemeName,
    blank,
    dress,
    say,
    theme_of,
)

Times = npt.NDArray[np.float64]

SECONDS_PER_DAY = 86_400
MOST_ZEROS = 40
"""Periods beyond which zeros are not written: they would stand on each other."""


@dataclass(frozen=True, slots=True)
class _Stay:
    """A state, from one moment to another, as matplotlib counts time."""

    state: str
    begin: float
    end: float


def alarm(
    frame: pd.DataFrame,
    history: pd.DataFrame,
    *,
    threshold: float,
    inclusive: bool = False,
    period_s: int = 60,
    title: str = "",
    theme: ThemeName = "light",
) -> Picture:
    """A frame of `time` (UTC, the periods' starts) and one statistic, as bars.

    Bars above the threshold, or on it if it is `inclusive`, are hatched; a period of
    zero has a 0. `history` has `time` (UTC) and `state`, the state from then on; they
    stand in a strip below. Its `summary`, if there is one, names the state before the
    first.
    """
    look = theme_of(theme)
    figure = blank(look, 9.6, 4.8)
    (column,) = [str(name) for name in frame.columns if name != "time"]
    rows = frame.dropna(subset=[column]).sort_values("time")
    if rows.empty:
        axes = figure.subplots()
        dress(axes, look, title or f"{column} by period")
        say(axes, look, "No data points in this time range")
        return Picture(figure, f"{column} by period, without any data points.")
    values = rows[column].to_numpy(dtype=float)
    bad = values >= threshold if inclusive else values > threshold
    bars, strip = figure.subplots(2, sharex=True, height_ratios=[6, 1])
    dress(bars, look, title or f"{column} by period, and the alarm's state")
    dress(strip, look, "")
    times = scales.numbers(pd.DatetimeIndex(rows["time"]))
    width = period_s / SECONDS_PER_DAY
    for some, hatch in ((~bad, ""), (bad, "//")):
        bars.bar(
            times[some],
            values[some],
            width=width,
            align="edge",
            color=look.fills[1 if hatch else 0],
            edgecolor=look.ink,
            hatch=hatch,
        )
    if len(times) <= MOST_ZEROS:
        empty = times[values == 0] + width / 2
        labels.zeros(bars, empty, look.muted, SMALL)
    bars.set_ylim(0, max(float(values.max()), threshold) * 1.2)
    if (values == values.round()).all():
        bars.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    bars.set_ylabel(column, fontsize=SIZE)
    _line(bars, threshold, look)
    begin, end = times[0] - width / 2, _end(times, width, history)
    stays = _stays(history, begin, end)
    strip.set_xlim(begin, end)
    _strip(strip, stays, look)
    scales.time_axis(strip)
    day = scales.span_of(pd.DatetimeIndex(rows["time"]))
    strip.set_xlabel(f"time ({day})", fontsize=SIZE)
    limit = f"{'at or ' if inclusive else ''}beyond the threshold of {threshold:g}"
    return Picture(figure, _description(column, bad, limit, history))


def _description(
    column: str, bad: npt.NDArray[np.bool_], limit: str, history: pd.DataFrame
) -> str:
    """Sentence on the periods at or beyond a limit, and the states in order."""
    states = [str(state) for state in history.sort_values("time")["state"]]
    changes = [s for i, s in enumerate(states) if i == 0 or s != states[i - 1]]
    return (
        f"{column} over {words.plural(bad.size, 'period')}, {int(bad.sum())} {limit}; "
        f"the alarm: {' → '.join(changes) or 'no state'}."
    )


def _end(times: Times, width: float, history: pd.DataFrame) -> float:
    """The end of the time axis: late enough that the last state has room."""
    end = float(times[-1] + 2 * width)
    if history.empty:
        return end
    last = float(scales.numbers(pd.DatetimeIndex([history["time"].max()]))[0])
    return max(end, last + 0.08 * (end - float(times[0])))


def _line(axes: Axes, threshold: float, theme: Theme) -> None:
    """The threshold and its name, at the left, where alarms seldom begin."""
    low = threshold < 0.08 * axes.get_ylim()[1]
    axes.axhline(threshold, color=theme.alarm, linestyle="--", linewidth=2)
    axes.annotate(
        f"threshold {threshold:g}",
        (0, threshold),
        xycoords=("axes fraction", "data"),
        xytext=(4, 18 if low else 4),
        textcoords="offset points",
        color=theme.alarm,
        fontsize=SMALL,
    )


def _stays(history: pd.DataFrame, begin: float, end: float) -> Sequence[_Stay]:
    ordered = history.sort_values("time")
    if ordered.empty:
        return []
    changes = scales.numbers(pd.DatetimeIndex(ordered["time"]))
    states = [_before(ordered), *ordered["state"]]
    starts = [min(begin, changes[0]), *changes]
    ends = [*changes, max(end, changes[-1])]
    rows = [row for row in zip(states, starts, ends, strict=True) if row[0]]
    stays = [_Stay(str(s), max(b, begin), min(e, end)) for s, b, e in rows]
    return [stay for stay in stays if stay.end > stay.begin]


def _before(ordered: pd.DataFrame) -> str:
    """The state before the first change, as CloudWatch's summary of it names it."""
    if "summary" not in ordered:
        return ""
    named = re.search(r"from (\w+) to", str(ordered["summary"].iloc[0]))
    return named[1] if named else ""


def _strip(axes: Axes, stays: Sequence[_Stay], theme: Theme) -> None:
    """The states side by side, each named inside, or before it if there is room."""
    colors = {"OK": theme.fills[2], "ALARM": theme.fills[1]}
    left, right = axes.get_xlim()
    taken = left
    for stay in stays:
        long = stay.end - stay.begin
        axes.barh(
            0,
            long,
            left=stay.begin,
            color=colors.get(stay.state, theme.fills[5]),
            edgecolor=theme.ink,
            hatch="//" if stay.state == "ALARM" else "",
        )
        room = 0.014 * len(stay.state) * (right - left)
        if long > room:
            _name(axes, stay.begin + long / 2, stay.state, theme)
        elif stay.begin - taken > room:
            _name(axes, stay.begin - room / 2, stay.state, theme)
        taken = stay.end
    axes.set_yticks([])
    axes.set_ylim(-0.5, 0.5)
    axes.set_ylabel("state", fontsize=SIZE)


def _name(axes: Axes, at: float, name: str, theme: Theme) -> None:
    axes.text(
        at,
        0,
        name,
        ha="center",
        va="center",
        color=theme.ink,
        fontsize=SMALL,
        fontweight="bold",
        bbox={"facecolor": theme.background, "edgecolor": "none", "pad": 2},
    )
