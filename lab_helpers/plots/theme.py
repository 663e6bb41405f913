"""Colors and sizes: opaque light and dark themes, safe for color-blind eyes."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.legend import Legend

ThemeName = Literal["light", "dark"]

SIZE = 12.0
"""Points of ordinary text; nothing in a figure is smaller than SMALL."""

SMALL = 11.0
TITLE = 14.0


@dataclass(frozen=True, slots=True)
class Theme:
    """An opaque background, inks readable on it, and colors of a series or service.

    `alarm` marks what failed, `client_error` what the visitor did wrong (4xx).
    `empty` fills heatmap cells without events; `cells` names the map of the others and
    the part of it that stands out from `empty`; `outcomes` are X-Ray's own colors.
    """

    background: str
    ink: str
    muted: str
    grid: str
    empty: str
    alarm: str
    client_error: str
    cells: tuple[str, float, float]
    lines: tuple[str, ...]
    fills: tuple[str, ...]
    outcomes: Mapping[str, str]

    def colormap(self) -> Colormap:
        """The sequential map of the heatmap's cells, few events to many."""
        name, low, high = self.cells
        shades = colormaps[name](np.linspace(low, high, 256))
        return ListedColormap(shades, name=f"{name} from {low:g} to {high:g}")


# Lines and fills follow Okabe and Ito's palette, darkened or lightened for contrast.
LIGHT = Theme(
    background="#ffffff",
    ink="#1a1a1a",
    muted="#555555",
    grid="#dddddd",
    empty="#f7f7f9",
    alarm="#a3123a",
    client_error="#6b5900",
    cells=("YlGnBu", 0.22, 1.0),
    lines=("#0b5c8f", "#b34700", "#00694c", "#8a3c70", "#6b5900"),
    fills=("#7fc4ee", "#f3b35b", "#72cdb0", "#e3a9c9", "#e9dd68", "#c3c9d2"),
    outcomes={
        "ok": "#3f8f46",
        "errors": "#e5a50a",
        "faults": "#c01c28",
        "throttles": "#8a4bb3",
    },
)
DARK = Theme(
    background="#15171c",
    ink="#f2f2f2",
    muted="#b9bcc4",
    grid="#3a3d45",
    empty="#22252c",
    alarm="#ff8fa8",
    client_error="#efe06a",
    cells=("viridis", 0.2, 1.0),
    lines=("#6fc3f7", "#ffb066", "#5fdcb4", "#f0a5d3", "#efe06a"),
    fills=("#1f6f9f", "#96560a", "#0f7257", "#84456b", "#6d6210", "#4b525e"),
    outcomes={
        "ok": "#57b560",
        "errors": "#f2c94c",
        "faults": "#f0616b",
        "throttles": "#c393e8",
    },
)
HATCHES = ("", "//", "..", "\\\\", "xx", "--")


def theme_of(name: ThemeName) -> Theme:
    """The theme of that name; ValueError names those there are."""
    themes = {"light": LIGHT, "dark": DARK}
    if name not in themes:
        raise ValueError(f"the themes are {sorted(themes)}, not {name!r}")
    return themes[name]


def blank(theme: Theme, width: float, height: float) -> Figure:
    """A figure of that many inches in the theme, known to no pyplot."""
    return Figure(
        figsize=(width, height), facecolor=theme.background, layout="constrained"
    )


def dress(axes: Axes, theme: Theme, title: str, *, columns: int = 78) -> None:
    """Gives axes the theme's colors and text sizes and a title at the left.

    A title longer than so many columns goes on in another line.
    """
    axes.set_facecolor(theme.background)
    axes.tick_params(colors=theme.ink, labelsize=SMALL)
    for spine in axes.spines.values():
        spine.set_color(theme.muted)
    axes.spines[["top", "right"]].set_visible(False)
    title = textwrap.fill(title, columns)
    axes.set_title(title, color=theme.ink, fontsize=TITLE, loc="left")
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(theme.ink)
        label.set_fontsize(SIZE)


def name_lines(figure: Figure, theme: Theme) -> Legend:
    """A legend of the figure's named lines, below the axes."""
    return figure.legend(
        loc="outside lower center",
        fontsize=SMALL,
        labelcolor=theme.ink,
        frameon=False,
        ncols=5,
        handlelength=3.4,
    )


def say(axes: Axes, theme: Theme, sentence: str) -> None:
    """Writes into the middle of empty axes why there is nothing to draw."""
    axes.set_axis_off()
    axes.text(
        0.5,
        0.5,
        sentence,
        ha="center",
        va="center",
        color=theme.ink,
        fontsize=TITLE,
        transform=axes.transAxes,
        wrap=True,
    )
