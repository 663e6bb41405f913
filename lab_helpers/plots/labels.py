"""Text in figures: its width, and shortening where it is too long."""

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath


def elide(text: str, most: int) -> str:
    """Shortens a text to `most` characters; its middle becomes `…`."""
    if len(text) <= most:
        return text
    left = most // 2
    right = max(most - 1 - left, 0)
    return f"{text[:left]}…{text[len(text) - right :]}"


def fit(text: str, room: float, points: float) -> str:
    """The text, shortened until its line in bold fits into so many points."""
    most = len(text)
    while most > 3 and width(elide(text, most), points, weight="bold") > room:
        most -= 1
    return elide(text, most)


def zeros(axes: Axes, places: Iterable[float], color: str, points: float) -> None:
    """A `0` on the axis at each of these places, so that no bar is not no data."""
    for place in places:
        axes.annotate(
            "0",
            (place, 0),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=color,
            fontsize=points,
        )


def width(text: str, points: float, weight: str = "normal") -> float:
    """The width of a line of text of that size, in points."""
    measured = TextToPath().get_text_width_height_descent(
        text, FontProperties(size=points, weight=weight), ismath=False
    )
    return float(measured[0])
