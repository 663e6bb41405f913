"""Layout of a service map: callers left of callees, and routes for the arrows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab_helpers.analysis.service_map import ServiceMap

Position = tuple[float, float]
Way = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """A point per service, and the points an arrow passes on its way between columns.

    Columns are 1 apart, rows 1 apart and centered on 0; services of a column are in
    rows of their own, and so is each arrow that passes a column.
    """

    positions: Mapping[str, Position]
    ways: Mapping[Way, tuple[Position, ...]]


@dataclass(frozen=True, slots=True)
class _Stop:
    """One row of a column: a service, or an arrow that passes there."""

    service: str = ""
    way: Way = ("", "")


def arrange(graph: ServiceMap) -> Layout:
    """The layout of a map; the same map is always laid out the same way."""
    column = _columns(graph)
    columns = _untangled(_stops(graph, column), graph, column)
    positions: dict[str, Position] = {}
    passed: dict[Way, list[Position]] = {}
    for x, stops in enumerate(columns):
        for row, stop in enumerate(stops):
            position = (float(x), (len(stops) - 1) / 2 - row)
            if stop.service:
                positions[stop.service] = position
            else:
                passed.setdefault(stop.way, []).append(position)
    ways = {
        way: tuple(points if column[way[0]] < column[way[1]] else points[::-1])
        for way, points in passed.items()
    }
    return Layout(positions, ways)


def _columns(graph: ServiceMap) -> dict[str, int]:
    """Longest way from a service nobody calls, calls back to an ancestor left out."""
    callees = _callees(graph)
    called = {name for names in callees.values() for name in names}
    names = [service.name for service in graph.services]
    column: dict[str, int] = {}
    for name in [*(n for n in names if n not in called), *names]:
        if name not in column:
            _walk(name, callees, column)
    return column


def _walk(
    start: str, callees: Mapping[str, Sequence[str]], column: dict[str, int]
) -> None:
    stack: list[tuple[str, int, frozenset[str]]] = [(start, 0, frozenset())]
    while stack:
        name, depth, above = stack.pop()
        if column.get(name, -1) >= depth:
            continue
        column[name] = depth
        below = above | {name}
        stack += [(n, depth + 1, below) for n in callees[name] if n not in below]


def _callees(graph: ServiceMap) -> dict[str, list[str]]:
    callees: dict[str, list[str]] = {service.name: [] for service in graph.services}
    for edge in graph.edges:
        if edge.caller != edge.callee:
            callees[edge.caller].append(edge.callee)
    return callees


def _stops(graph: ServiceMap, column: Mapping[str, int]) -> list[list[_Stop]]:
    stops: list[list[_Stop]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for service in graph.services:
        stops[column[service.name]].append(_Stop(service=service.name))
    for edge in graph.edges:
        ends = sorted((column[edge.caller], column[edge.callee]))
        for x in range(ends[0] + 1, ends[1]):
            stops[x].append(_Stop(way=(edge.caller, edge.callee)))
    return stops


def _untangled(
    columns: list[list[_Stop]], graph: ServiceMap, column: Mapping[str, int]
) -> list[list[_Stop]]:
    """Each column sorted by where its neighbors to the left stand: few crossings."""
    height: dict[_Stop, float] = {}
    for x, stops in enumerate(columns):
        wish = {stop: _wish(stop, x, graph, column, height) for stop in stops}
        stops.sort(key=lambda stop: (-wish[stop], stop.way, stop.service))
        for row, stop in enumerate(stops):
            height[stop] = (len(stops) - 1) / 2 - row
    return columns


def _wish(
    stop: _Stop,
    x: int,
    graph: ServiceMap,
    column: Mapping[str, int],
    height: Mapping[_Stop, float],
) -> float:
    above = [
        height[before] for before in _before(stop, x, graph, column) if before in height
    ]
    return sum(above) / len(above) if above else 0.0


def _before(
    stop: _Stop, x: int, graph: ServiceMap, column: Mapping[str, int]
) -> Iterator[_Stop]:
    """The stop that an arrow passes one column to the left of this one."""
    ways = [(edge.caller, edge.callee) for edge in graph.edges]
    for way in ways:
        left, right = sorted(way, key=lambda name: column[name])
        if stop.way == way or stop.service == right != left:
            near = column[left] == x - 1
            yield _Stop(service=left) if near else _Stop(way=way)
