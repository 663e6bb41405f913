"""Ticks in units people read: latencies in µs, ms and s, times of day in UTC."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
)

from lab_helpers.analysis import words

SHORT_DAYS = 4 / (24 * 60)
"""A time axis shorter than this, four minutes, shows seconds."""

RUN_S = 600
"""A window shorter than this is a run, and its axis counts seconds since it began."""


def latency_axis(axis: Axis, low: float, high: float, *, log: bool) -> None:
    """Ticks for milliseconds between low and high, each with its own unit."""
    axis.set_major_formatter(FuncFormatter(lambda ms, _: words.duration(ms)))
    axis.set_minor_formatter(NullFormatter())
    if not log:
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        return
    decades = np.log10(high / low) if low > 0 else 3.0
    subs = (1.0,) if decades > 4 else (1.0, 3.0) if decades > 1.7 else (1.0, 2.0, 5.0)
    ticks = LogLocator(subs=subs, numticks=12).tick_values(low, high)
    axis.set_major_locator(FixedLocator([t for t in ticks if low <= t <= high]))


def few_ticks() -> MaxNLocator:
    """At most three ticks, for a panel that is low."""
    return MaxNLocator(3)


def numbers(times: pd.DatetimeIndex) -> npt.NDArray[np.float64]:
    """Times as the numbers matplotlib draws, read as UTC."""
    plain = times.tz_convert("UTC").tz_localize(None)
    drawn: npt.NDArray[np.float64] = date2num(plain)  # type: ignore[no-untyped-call]
    return drawn


def time_axis(axes: Axes) -> None:
    """A time axis in UTC: times of day, dates at midnight, seconds if it is short."""
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=8))  # type: ignore[no-untyped-call]
    left, right = axes.get_xlim()
    clock = "%H:%M:%S" if right - left < SHORT_DAYS else "%H:%M"

    def written(day: float, _: object) -> str:
        moment = num2date(day)  # type: ignore[no-untyped-call]
        if moment.hour == moment.minute == moment.second == 0:
            return f"{moment.day} {moment:%b}"
        return f"{moment:{clock}}"

    axes.xaxis.set_major_formatter(FuncFormatter(written))


def is_run(times: pd.DatetimeIndex) -> bool:
    """True for a window so short that seconds say more than times of day."""
    return bool((times[-1] - times[0]).total_seconds() < RUN_S)


def seconds(times: pd.DatetimeIndex, begin: pd.Timestamp) -> npt.NDArray[np.float64]:
    """Times as seconds since a moment."""
    return np.asarray((times - begin).total_seconds(), dtype=float)


def span_of(times: pd.DatetimeIndex) -> str:
    """`22 November 2026, 10:00 to 10:30 UTC`, for an axis label.

    The midnight at which a day ends is its 24:00; a short window has seconds.
    """
    first, last = times[0], times[-1]
    day = f"{first.day} {first:%B %Y}"
    if last - first < pd.Timedelta(days=SHORT_DAYS):
        return f"{day}, {first:%H:%M:%S} to {last:%H:%M:%S} UTC"
    until = f"{last:%H:%M}"
    if last == first.normalize() + pd.Timedelta(days=1):
        until = "24:00"
    elif first.date() != last.date():
        until = f"{last.day} {last:%B}, {until}"
    return f"{day}, {first:%H:%M} to {until} UTC"
