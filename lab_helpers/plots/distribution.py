"""Response-time distributions: one panel per service, all on the same axis."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from lab_helpers.analysis import words
from lab_helpers.analysis.percentiles import percentiles
from lab_helpers.plots import scales
from lab_helpers.plots.notice import LiveReport, warn
from lab_helpers.plots.picture import Picture
from lab_helpers.plots.theme import (
    SIZE,
    TITLE,
    Theme,
    ThemeName,
    blank,
    dress,
    name_lines,
    say,
    theme_of,
)

Floats = npt.NDArray[np.float64]

BINS = 40
SHORTEST_MS = 0.5
"""X-Ray rounds to milliseconds; what it rounds to zero is drawn here."""

MARKS: tuple[tuple[float, str], ...] = ((50, "-"), (95, "--"))
"""The percentiles that are drawn, each with a dash of its own."""


def response_times(
    frame: pd.DataFrame,
    *,
    services: Sequence[str] = (),
    title: str = "",
    theme: ThemeName = "light",
    alt: str = "",
    report: LiveReport | None = None,
) -> Picture:
    """The share of requests by response time, of `client.response_times()`.

    Takes rows of service, ms and count. Each service has a panel with its median and
    95th percentile; the time axis is logarithmic and the same for all. `services`
    chooses and orders them.
    With the `report` of the visitors whose requests these are, the picture says
    whether their machine was too busy for it, and its sentence has one figure.
    """
    look = theme_of(theme)
    shown = list(services) or sorted(frame["service"].unique())
    rows = frame[frame["service"].isin(shown)]
    rows = rows.assign(ms=rows["ms"].clip(lower=SHORTEST_MS))
    shown = [name for name in shown if name in set(rows["service"])]
    figure = blank(look, 9.6, 1.4 + 1.6 * max(len(shown), 1))
    panels = np.atleast_1d(figure.subplots(max(len(shown), 1), 1, sharex=True))
    title = title or "Response times by service"
    figure.suptitle(title, x=0.01, ha="left", color=look.ink, fontsize=TITLE)
    if not shown:
        say(panels[0], look, "No response times in this window")
        return Picture(figure, alt or "Response times, without any requests.")
    edges = _edges(rows)
    for axes, name in zip(panels, shown, strict=True):
        _panel(axes, name, rows[rows["service"] == name], edges, look)
    _time_axis(panels[-1], edges)
    figure.supylabel("share of requests", fontsize=SIZE, color=look.ink)
    name_lines(figure, look)
    sentence = alt or describe(rows, shown, exact=report is None)
    return warn(Picture(figure, sentence), look, report)


def describe(
    frame: pd.DataFrame, services: Sequence[str], *, exact: bool = True
) -> str:
    """Median and 95th percentile of each service, in rounded numbers."""
    about = partial(words.about, figures=2 if exact else 1)
    parts = []
    for name in services:
        p50, p95 = _marks(frame[frame["service"] == name])
        parts.append(
            f"{name} has its median at about {about(p50)} and its 95th "
            f"percentile at about {about(p95)}"
        )
    return f"Response times on one axis: {'; '.join(parts)}."


def _edges(rows: pd.DataFrame) -> Floats:
    low, high = float(rows["ms"].min()), float(rows["ms"].max())
    return np.geomspace(low / 1.1, high * 1.1, BINS + 1)


def _marks(rows: pd.DataFrame) -> tuple[float, ...]:
    levels = [p for p, _ in MARKS]
    return tuple(map(float, percentiles(rows["ms"], levels, rows["count"])))


def _panel(
    axes: Axes, name: str, rows: pd.DataFrame, edges: Floats, theme: Theme
) -> None:
    dress(axes, theme, "")
    counts, _ = np.histogram(rows["ms"], edges, weights=rows["count"])
    shares = counts / counts.sum()
    axes.bar(
        edges[:-1],
        shares,
        width=np.diff(edges),
        align="edge",
        color=theme.fills[0],
        edgecolor=theme.background,
        linewidth=0.6,
    )
    for (p, dash), value in zip(MARKS, _marks(rows), strict=True):
        label = f"p{p:g}" if axes.get_subplotspec().rowspan.start == 0 else None  # type: ignore[union-attr]
        axes.axvline(value, color=theme.ink, linewidth=2, linestyle=dash, label=label)
    number = words.plural(int(rows["count"].sum()), "request")
    axes.set_title(f"{name}, {number}", fontsize=SIZE, color=theme.ink, loc="left")
    axes.yaxis.set_major_locator(scales.few_ticks())
    axes.yaxis.set_major_formatter(lambda share, _: words.share(share))


def _time_axis(axes: Axes, edges: Floats) -> None:
    low, high = float(edges[0]), float(edges[-1])
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    scales.latency_axis(axes.xaxis, low, high, log=True)
    axes.set_xlabel("response time (log scale)", fontsize=SIZE)
