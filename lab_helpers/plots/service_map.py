"""The service map: boxes for services, arrows for calls."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from lab_helpers.analysis import words
from lab_helpers.analysis.service_map import Edge, Service, ServiceMap
from lab_helpers.plots import strips
from lab_helpers.plots.labels import fit
from lab_helpers.plots.layout import Layout, Position, arrange
from lab_helpers.plots.notice import LiveReport, warn
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

BOX = (2.35, 1.24)
COLUMN, ROW = 4.4, 1.75
LOOP_ROW = 2.75
"""Between rows, with room for a service's calls to itself."""

INCHES = 0.86
"""Inches per unit of the drawing."""


def service_map(
    graph: ServiceMap | pd.DataFrame,
    *,
    title: str = "",
    theme: ThemeName = "light",
    alt: str = "",
    report: LiveReport | None = None,
) -> Picture:
    """A service map, or the one of spans (TRACE_COLUMNS) or of `service_edges()`.

    A box gives requests, p95 and share of errors of a service; an arrow is as wide as
    the logarithm of its calls and says how many there are, and their p95. Services with
    outcomes get a strip below their box, in X-Ray's colors and with a hatch for each.
    Only what failed (5xx) is marked as such; a 4xx is the visitor's error.
    With the `report` of the visitors whose requests these are, the picture says
    whether their machine was too busy for it.
    """
    graph = _graph(graph)
    look = theme_of(theme)
    layout = _scaled(arrange(graph), LOOP_ROW if _loops(graph) else ROW)
    bounds = _bounds(graph, layout)
    figure = blank(look, *_inches(bounds))
    axes = figure.subplots()
    dress(axes, look, title or "Service map")
    if not graph.services:
        say(axes, look, "No spans of any service")
        return Picture(figure, alt or describe(graph))
    axes.set_axis_off()
    axes.set_xlim(bounds[0], bounds[1])
    axes.set_ylim(bounds[2], bounds[3])
    for edge in graph.edges:
        _arrow(axes, edge, graph, layout, look)
    for service in graph.services:
        _box(axes, service, layout.positions[service.name], look)
    strips.draw(axes, graph, layout, look, BOX)
    sentence = alt or describe(graph, exact=report is None)
    return warn(Picture(figure, sentence), look, report)


def describe(graph: ServiceMap, *, exact: bool = True) -> str:
    """The calls by rank, who fails most and who has most visitors' errors, rounded."""
    if not graph.services:
        return "Service map without any services."
    edges = sorted(graph.edges, key=lambda edge: -edge.calls)
    calls = ", ".join(f"{edge.caller} calls {edge.callee}" for edge in edges[:6])
    head = f"Service map of {words.plural(len(graph.services), 'service')}"
    parts = [f"{head}: {calls}." if calls else f"{head} without calls between them."]
    worst = max(graph.services, key=lambda service: service.failure_share)
    if worst.failure_share:
        share = _rounded(worst.failure_share, exact=exact)
        parts.append(f"{worst.name} fails most, about {share}.")
    asked = max(graph.services, key=lambda service: service.client_error_share)
    if asked.client_error_share:
        share = _rounded(asked.client_error_share, exact=exact)
        whose = f"{asked.name} gets the most visitors' errors (4xx)"
        parts.append(f"{whose}, about {share}.")
    return " ".join(parts)


def _rounded(share: float, *, exact: bool) -> str:
    return words.share(words.significant(share, 2 if exact else 1))


def _graph(data: ServiceMap | pd.DataFrame) -> ServiceMap:
    if isinstance(data, ServiceMap):
        return data
    spans = "span_id" in data
    return ServiceMap.from_spans(data) if spans else ServiceMap.from_edges(data)


def _loops(graph: ServiceMap) -> list[str]:
    return [edge.caller for edge in graph.edges if edge.caller == edge.callee]


def _scaled(layout: Layout, row: float) -> Layout:
    def scaled(position: Position) -> Position:
        return position[0] * COLUMN, position[1] * row

    positions = {name: scaled(position) for name, position in layout.positions.items()}
    ways = {way: tuple(map(scaled, points)) for way, points in layout.ways.items()}
    return Layout(positions, ways)


def _bounds(graph: ServiceMap, layout: Layout) -> tuple[float, float, float, float]:
    points = [
        *layout.positions.values(),
        *(p for way in layout.ways.values() for p in way),
    ]
    xs = [x for x, _ in points] or [0.0]
    ys = [y for _, y in points] or [0.0]
    loops = [layout.positions[name][1] + BOX[1] / 2 + 1.05 for name in _loops(graph)]
    top = max([max(ys) + 0.75, *loops])
    side = BOX[0] / 2 + 0.1
    low = strips.ROOM if any(s.outcomes for s in graph.services) else 0.0
    return min(xs) - side, max(xs) + side, min(ys) - 0.75 - low, top


def _inches(bounds: tuple[float, float, float, float]) -> tuple[float, float]:
    left, right, bottom, top = bounds
    width = max((right - left) * INCHES, 4.0)
    return width + 0.3, (top - bottom) * INCHES + 0.5


def _box(axes: Axes, service: Service, position: Position, theme: Theme) -> None:
    x, y = position
    wrong = service.failure_share > 0
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
    lines = _lines(service)
    for i, line in enumerate(lines):
        height = y + 0.27 * ((len(lines) - 1) / 2 - i)
        style = _ink(theme) | {"fontsize": SMALL}
        if i == 0:
            style |= {"fontsize": SIZE, "fontweight": "bold"}
        if line.startswith("✖"):
            style |= {"color": theme.alarm}
        elif service.client_error_share > 0 and i == len(lines) - 1:
            style |= {"color": theme.client_error}
        axes.text(x, height, line, **style)


def _lines(service: Service) -> list[str]:
    lines = [fit(service.name, BOX[0] * INCHES * 72 - 8, SIZE)]
    requests = words.plural(service.requests, "request")
    if service.kind == "client":
        lines.append("visitors")
    elif service.requests:
        far, calls = service.kind == "remote", words.plural(service.requests, "call")
        lines.append(f"remote, {calls}" if far else requests)
    if not math.isnan(service.p95_ms):
        lines.append(f"p95 {words.duration(service.p95_ms)}")
    if service.outcomes:
        lines.append(strips.summary(service.outcomes))
    elif service.error_share > 0:
        lines.append(f"✖ {words.share(service.error_share)} errors")
    elif service.requests:
        lines.append("no errors")
    return lines


def _ink(theme: Theme) -> dict[str, Any]:
    return {"ha": "center", "va": "center", "color": theme.ink, "zorder": 4}


def _arrow(
    axes: Axes, edge: Edge, graph: ServiceMap, layout: Layout, theme: Theme
) -> None:
    most = max(other.calls for other in graph.edges)
    width = 1.2 + 4.0 * math.log1p(edge.calls) / math.log1p(most or 1)
    path, text = _route(edge, graph, layout)
    axes.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle="-|>",
            mutation_scale=14 + 2 * width,
            linewidth=width,
            color=theme.alarm if edge.failure_share else theme.muted,
            capstyle="butt",
            joinstyle="miter",
            fill=True,
            zorder=2,
        )
    )
    box = {"facecolor": theme.background, "edgecolor": "none", "pad": 1.5}
    axes.text(*text, _words(edge), fontsize=SMALL, bbox=box, **_ink(theme))


def _words(edge: Edge) -> str:
    lines = [words.plural(edge.calls, "call")]
    if not math.isnan(edge.p95_ms):
        lines.append(f"p95 {words.duration(edge.p95_ms)}")
    if edge.failure_share:
        lines.append(f"✖ {words.share(edge.failure_share)} errors")
    elif edge.client_error_share:
        lines.append(f"{words.share(edge.client_error_share)} 4xx")
    return "\n".join(lines)


def _route(edge: Edge, graph: ServiceMap, layout: Layout) -> tuple[Path, Position]:
    """The line of an arrow, and the position of its label."""
    (x0, y0), (x1, y1) = layout.positions[edge.caller], layout.positions[edge.callee]
    if edge.caller == edge.callee:
        return _loop(x0, y0 + BOX[1] / 2)
    side = BOX[0] / 2 * (1 if x1 > x0 else -1)
    start = (x0 + side, y0 + _port(edge.caller, edge, graph, layout))
    end = (x1 - side, y1 + _port(edge.callee, edge, graph, layout))
    passed = list(layout.ways.get((edge.caller, edge.callee), ()))
    if passed:
        return _smooth([start, *passed, end]), passed[len(passed) // 2]
    return Path([start, end]), ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)


def _port(name: str, edge: Edge, graph: ServiceMap, layout: Layout) -> float:
    """Distance from the middle of a box's side at which an arrow starts or ends.

    Arrows on the same side are spread in the order of where they come from or go to, so
    that they do not cover each other.
    """
    left = _is_left(name, edge, layout.positions)
    same = [
        other
        for other in graph.edges
        if other.caller != other.callee
        and name in (other.caller, other.callee)
        and _is_left(name, other, layout.positions) == left
    ]
    same.sort(key=lambda other: (-_height(name, other, layout), other.caller))
    gap = min(0.3, 0.9 / len(same))
    return gap * ((len(same) - 1) / 2 - same.index(edge))


def _is_left(name: str, edge: Edge, positions: Mapping[str, Position]) -> bool:
    """Tells whether an edge of a service leaves or enters at the left of its box."""
    other = edge.callee if edge.caller == name else edge.caller
    return positions[other][0] < positions[name][0]


def _height(name: str, edge: Edge, layout: Layout) -> float:
    points = layout.ways.get((edge.caller, edge.callee), ())
    if points:
        return points[0 if edge.caller == name else -1][1]
    return layout.positions[edge.callee if edge.caller == name else edge.caller][1]


def _loop(x: float, top: float) -> tuple[Path, Position]:
    """A curve out of the top of a box and back into it."""
    corners = [(x - 0.5, top), (x - 0.75, top + 0.95), (x + 0.75, top + 0.95)]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    return Path([*corners, (x + 0.5, top)], codes), (x, top + 0.72)


def _smooth(points: Sequence[Position]) -> Path:
    """A curve through the points, level at each of them."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        pull = (x1 - x0) / 2
        vertices += [(x0 + pull, y0), (x1 - pull, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)
