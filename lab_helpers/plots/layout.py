"""Places for the services of a map: callers left of those they call."""

from collections.abc import Mapping, Sequence

from lab_helpers.analysis.servicemap import ServiceMap

Place = tuple[float, float]


def layers(graph: ServiceMap) -> tuple[tuple[str, ...], ...]:
    """Services in columns, such that calls go to the right where no circle forbids it."""
    column = _columns(graph)
    number = max(column.values(), default=-1) + 1
    names = [
        [service.name for service in graph.services if column[service.name] == i]
        for i in range(number)
    ]
    return tuple(tuple(layer) for layer in _untangled(names, graph))


def places(graph: ServiceMap) -> Mapping[str, Place]:
    """A point per service: columns one apart, rows centered on 0, first row highest."""
    found = {}
    for x, layer in enumerate(layers(graph)):
        for row, name in enumerate(layer):
            found[name] = (float(x), (len(layer) - 1) / 2 - row)
    return found


def _columns(graph: ServiceMap) -> dict[str, int]:
    """Longest way from a service nobody calls; calls back to an ancestor count not."""
    callees = _callees(graph)
    called = {name for names in callees.values() for name in names}
    names = [service.name for service in graph.services]
    column: dict[str, int] = {}
    starts = [name for name in names if name not in called]
    for name in [*starts, *names]:
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
    found: dict[str, list[str]] = {service.name: [] for service in graph.services}
    for edge in graph.edges:
        if edge.caller != edge.callee:
            found[edge.caller].append(edge.callee)
    return found


def _untangled(names: list[list[str]], graph: ServiceMap) -> list[list[str]]:
    """Each column sorted by where its callers stand, so that few edges cross."""
    height = {name: 0.0 for layer in names for name in layer}
    for layer in names:
        wish = {name: _wish(name, graph, height, layer) for name in layer}
        layer.sort(key=lambda name: (-wish[name], name))
        for row, name in enumerate(layer):
            height[name] = (len(layer) - 1) / 2 - row
    return names


def _wish(
    name: str, graph: ServiceMap, height: Mapping[str, float], layer: Sequence[str]
) -> float:
    above = [
        height[edge.caller]
        for edge in graph.edges
        if edge.callee == name and edge.caller not in layer
    ]
    return sum(above) / len(above) if above else 0.0
