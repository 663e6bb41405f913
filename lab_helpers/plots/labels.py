"""Text in figures: how wide it is, and shortened where it is too long."""

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath


def elide(text: str, most: int) -> str:
    """At most so many characters; the middle of a longer text becomes `…`."""
    if len(text) <= most:
        return text
    left = most // 2
    right = max(most - 1 - left, 0)
    return f"{text[:left]}…{text[len(text) - right :]}"


def width(text: str, points: float) -> float:
    """How wide a line of text of that size is, in points."""
    measured = TextToPath().get_text_width_height_descent(
        text, FontProperties(size=points), ismath=False
    )
    return float(measured[0])
