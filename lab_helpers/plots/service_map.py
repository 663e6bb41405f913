"""The service map: boxes for services, arrows for calls."""

import math
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lab_helpers.analysis import words
from lab_helpers.analysis.servicemap import Edge, Service, ServiceMap
from lab_helpers.plots import layout
from lab_helpers.plots.labels import elide
from lab_helpers.plots.layout import Place
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

BOX = (1.9, 0.94)
COLUMN, ROW = 4.1, 1.75


def service_map(
    graph: ServiceMap | pd.DataFrame,
    *,
    title: str = "",
    theme: ThemeName = "light",
    alt: str = "",
) -> Picture:
    """A service map, or the one of spans (TRACE_COLUMNS) or of `service_edges()`.

    A box gives requests, share of errors and p95 of a service; an arrow is as wide as
    the logarithm of its calls and says `n calls · p95`.
    """
    graph = _graph(graph)
    look = theme_of(theme)
    places = {n: (x * COLUMN, y * ROW) for n, (x, y) in layout.places(graph).items()}
    figure = blank(look, *_size(places))
    axes = figure.subplots()
    dress(axes, look, title or "Service map")
    if not places:
        say(axes, look, "No spans of any service")
        return Picture(figure, alt or describe(graph))
    axes.set_axis_off()
    _frame(axes, graph, places)
    for edge in graph.edges:
        _arrow(axes, edge, graph, places, look)
    for service in graph.services:
        _box(axes, service, places[service.name], look)
    return Picture(figure, alt or describe(graph))


def describe(graph: ServiceMap) -> str:
    """The calls by rank, and who fails most, in rounded numbers."""
    if not graph.services:
        return "Service map without any services."
    edges = sorted(graph.edges, key=lambda edge: -edge.calls)
    calls = ", ".join(f"{edge.caller} calls {edge.callee}" for edge in edges[:6])
    head = f"Service map of {words.plural(len(graph.services), 'service')}"
    parts = [f"{head}: {calls}." if calls else f"{head} that call nobody."]
    worst = max(graph.services, key=lambda service: service.error_share)
    if worst.error_share:
        rounded = words.significant(worst.error_share, 1)
        parts.append(f"{worst.name} fails most, about {words.share(rounded)}.")
    return " ".join(parts)


def _graph(data: ServiceMap | pd.DataFrame) -> ServiceMap:
    if isinstance(data, ServiceMap):
        return data
    return (
        ServiceMap.from_spans(data)
        if "span_id" in data
        else ServiceMap.from_edges(data)
    )


def _size(places: Mapping[str, Place]) -> tuple[float, float]:
    if not places:
        return 7.0, 3.0
    columns = 1 + max(x for x, _ in places.values()) / COLUMN
    height = max(y for _, y in places.values()) - min(y for _, y in places.values())
    return min(2.6 + 3.4 * (columns - 1), 14.0) + 0.6, 2.4 + 0.95 * height


def _frame(axes: Axes, graph: ServiceMap, places: Mapping[str, Place]) -> None:
    xs, ys = zip(*places.values(), strict=True)
    loops = any(edge.caller == edge.callee for edge in graph.edges)
    axes.set_xlim(min(xs) - BOX[0] / 2 - 0.1, max(xs) + BOX[0] / 2 + 0.1)
    axes.set_ylim(min(ys) - 0.9, max(ys) + (1.35 if loops else 0.9))


def _box(axes: Axes, service: Service, place: Place, theme: Theme) -> None:
    x, y = place
    wrong = service.error_share > 0
    axes.add_patch(
        FancyBboxPatch(
            (x - BOX[0] / 2, y - BOX[1] / 2),
            *BOX,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=theme.empty,
            edgecolor=theme.alarm if wrong else theme.ink,
            linewidth=2.6 if wrong else 1.6,
            zorder=3,
        )
    )
    name = elide(service.name, 17)
    axes.text(x, y + 0.25, name, fontsize=SIZE, fontweight="bold", **_centered(theme))
    latency = (
        "" if math.isnan(service.p95_ms) else f"p95 {words.duration(service.p95_ms)}"
    )
    counted = words.plural(service.requests, "request") if service.requests else latency
    axes.text(x, y - 0.02, counted, fontsize=SMALL, **_centered(theme))
    errors = f"✖ {words.share(service.error_share)} errors" if wrong else "no errors"
    style = _centered(theme) | ({"color": theme.alarm} if wrong else {})
    axes.text(x, y - 0.29, errors, fontsize=SMALL, **style)


def _centered(theme: Theme) -> dict[str, object]:
    return {"ha": "center", "va": "center", "color": theme.ink, "zorder": 4}


def _arrow(
    axes: Axes,
    edge: Edge,
    graph: ServiceMap,
    places: Mapping[str, Place],
    theme: Theme,
) -> None:
    most = max(other.calls for other in graph.edges)
    width = 1.2 + 4.3 * math.log1p(edge.calls) / math.log1p(most)
    if edge.caller == edge.callee:
        start, end, bend, text = _loop(places[edge.caller])
    else:
        start, end, bend, text = _between(edge, graph, places)
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=16 + 1.5 * width,
            connectionstyle=f"arc3,rad={bend}",
            linewidth=width,
            color=theme.alarm if edge.errors else theme.muted,
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
    box = {"facecolor": theme.background, "edgecolor": "none", "pad": 1.5}
    axes.text(*text, _words(edge), fontsize=SMALL, bbox=box, **_centered(theme))


def _words(edge: Edge) -> str:
    calls = words.plural(edge.calls, "call")
    if math.isnan(edge.p95_ms):
        return calls
    return f"{calls}\np95 {words.duration(edge.p95_ms)}"


def _loop(place: Place) -> tuple[Place, Place, float, Place]:
    x, y = place
    top = y + BOX[1] / 2
    return (x - 0.45, top), (x + 0.45, top), -0.9, (x, top + 0.55)


def _between(
    edge: Edge, graph: ServiceMap, places: Mapping[str, Place]
) -> tuple[Place, Place, float, Place]:
    (x0, y0), (x1, y1) = places[edge.caller], places[edge.callee]
    back = any(
        other.caller == edge.callee and other.callee == edge.caller
        for other in graph.edges
    )
    if x0 == x1:
        side = BOX[1] / 2 * (1 if y1 > y0 else -1)
        start, end = (x0, y0 + side), (x1, y1 - side)
    else:
        side = BOX[0] / 2 * (1 if x1 > x0 else -1)
        start, end = (x0 + side, y0), (x1 - side, y1)
    far = abs(x1 - x0) > COLUMN * 1.5
    bend = 0.22 if back else -0.25 if far else 0.0
    middle_x, middle_y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    dx, dy = end[0] - start[0], end[1] - start[1]
    return start, end, bend, (middle_x + bend * dy / 2, middle_y - bend * dx / 2)
