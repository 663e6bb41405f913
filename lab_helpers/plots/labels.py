"""Text in figures: shortened where too long, moved apart where it would collide."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lab_helpers.plots.theme import SMALL


def elide(text: str, most: int) -> str:
    """At most so many characters; the middle of a longer text becomes `…`."""
    if len(text) <= most:
        return text
    left = (most - 1 + 1) // 2
    right = most - 1 - left
    return f"{text[:left]}…{text[len(text) - right :]}" if right else f"{text[:left]}…"


def apart(wanted: Sequence[float], gap: float) -> list[float]:
    """Positions as near to those wanted as a gap between neighbors allows."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    groups: list[list[int]] = []
    for i in order:
        groups.append([i])
        while len(groups) > 1 and _low(groups[-1], wanted, gap) < (
            _low(groups[-2], wanted, gap) + gap * len(groups[-2])
        ):
            last = groups.pop()
            groups[-1] += last
    placed = [0.0] * len(wanted)
    for group in groups:
        for place, i in enumerate(group):
            placed[i] = _low(group, wanted, gap) + gap * place
    return placed


def _low(group: Sequence[int], wanted: Sequence[float], gap: float) -> float:
    """Where the lowest of a group goes, the group being centered on its wishes."""
    middle = sum(wanted[i] for i in group) / len(group)
    return middle - gap * (len(group) - 1) / 2


def at_line_ends(axes: Axes, x: float, ends: Sequence[tuple[float, str, str]]) -> None:
    """Names the lines at their right ends: (value, name, color) each, moved apart."""
    low, high = axes.get_ylim()
    gap = (high - low) * 0.065
    places = apart([value for value, _, _ in ends], gap)
    for (_, name, color), y in zip(ends, places, strict=True):
        axes.annotate(
            name,
            (x, y),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=color,
            fontsize=SMALL,
            fontweight="bold",
            annotation_clip=False,
        )
