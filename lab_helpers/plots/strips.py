"""Strips below the boxes of a service map: outcomes of requests, in X-Ray's colors."""

from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from lab_helpers.analysis import words
from lab_helpers.analysis.outcomes import Outcomes
from lab_helpers.analysis.service_map import ServiceMap
from lab_helpers.plots.layout import Layout, Position
from lab_helpers.plots.theme import SMALL, Theme

HEIGHT, GAP = 0.15, 0.07
ROOM = 0.45
"""Room below the lowest box for strips and their legend, in the map's units."""

HATCHES = {"ok": "", "errors": "///", "faults": "xxx", "throttles": "..."}
"""A pattern for each outcome, for eyes that cannot tell the colors apart."""

LEGEND = {
    "ok": "ok",
    "errors": "visitor's error (4xx)",
    "faults": "fault (5xx)",
    "throttles": "throttle (429)",
}


def draw(
    axes: Axes,
    graph: ServiceMap,
    layout: Layout,
    theme: Theme,
    box: tuple[float, float],
) -> None:
    """A strip for every service that has outcomes, and a legend of those that occur."""
    outcomes_of = {
        service.name: service.outcomes
        for service in graph.services
        if service.outcomes is not None
    }
    for name, outcomes in outcomes_of.items():
        _strip(axes, outcomes, layout.positions[name], theme, box)
    kinds = {kind for outcomes in outcomes_of.values() for kind, _ in outcomes.shares()}
    if kinds:
        _legend(axes, [kind for kind in LEGEND if kind in kinds], theme)


def summary(outcomes: Outcomes) -> str:
    """One line for a box: `all ok`, or the faults and the largest share of the rest.

    Only faults get a cross: a 4xx is the visitor's error, and the service worked.
    """
    if not outcomes.failed:
        return "all ok"
    if not outcomes.faults and not outcomes.throttles:
        return f"{words.share(outcomes.errors / outcomes.total)} visitors' errors"
    short = {"errors": "4xx", "faults": "5xx", "throttles": "429"}
    not_ok = [(share, kind) for kind, share in outcomes.shares() if kind != "ok"]
    worst = sorted(not_ok, key=lambda pair: (pair[1] != "faults", -pair[0]))[:2]
    parts = [f"{words.share(share)} {short[kind]}" for share, kind in worst]
    return ("✖ " if outcomes.faults else "") + ", ".join(parts)


def _strip(
    axes: Axes,
    outcomes: Outcomes,
    position: Position,
    theme: Theme,
    box: tuple[float, float],
) -> None:
    left, top = position[0] - box[0] / 2, position[1] - box[1] / 2 - GAP
    for kind, share in outcomes.shares():
        width = share * box[0]
        axes.add_patch(
            Rectangle(
                (left, top - HEIGHT),
                width,
                HEIGHT,
                facecolor=theme.outcomes[kind],
                edgecolor=theme.background,
                hatch=HATCHES[kind],
                linewidth=0.8,
                zorder=3,
            )
        )
        left += width


def _legend(axes: Axes, kinds: list[str], theme: Theme) -> None:
    patches = [
        Patch(
            facecolor=theme.outcomes[kind],
            edgecolor=theme.background,
            hatch=HATCHES[kind],
            label=LEGEND[kind],
        )
        for kind in kinds
    ]
    figure = axes.figure
    figure.legend(
        handles=patches,
        loc="outside lower center",
        fontsize=SMALL,
        labelcolor=theme.ink,
        frameon=False,
        ncols=len(patches),
    )
