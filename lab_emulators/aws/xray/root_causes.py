"""Root causes: the path from the entry down to a failure, or to the slowest part.

AWS publishes the shape of a cause and examples, not how it is found. Here a failure
is followed from the uppermost entity that has it to each lowest one; time is followed
into the slowest child as long as that takes at least half of its parent's time.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from lab_emulators.aws.xray.model import Segment, ServiceId
from lab_emulators.aws.xray.trace_graph import TraceGraph

MAX_CAUSES = 10
"""Causes of one kind in the summary of a trace."""

MAX_PATH = 100
_HALF = 0.5

Failure = Literal["fault", "error"]
RootCauseException = tuple[str, str]
"""Name and message."""


class Entity(NamedTuple):
    """A segment or subsegment on the path; `coverage` of the root's time, 0 to 1."""

    name: str
    remote: bool
    exceptions: tuple[RootCauseException, ...] = ()
    coverage: float | None = None


class CauseService(NamedTuple):
    """A service on the path, and its entities on it."""

    service: ServiceId
    inferred: bool
    path: tuple[Entity, ...]


class Cause(NamedTuple):
    """The services on the path, and whether the client was affected."""

    services: tuple[CauseService, ...]
    client_impacting: bool


def failures(graph: TraceGraph, kind: Failure) -> tuple[Cause, ...]:
    """The causes of faults or errors, at most `MAX_CAUSES`."""
    failed = [s for s in graph.all if getattr(s, kind)]
    if not failed:
        return ()
    ids = {segment.id for segment in failed}
    causes: list[Cause] = []
    for segment in failed:
        parent = graph.by_id.get(segment.parent_id or "")
        if parent is None or parent.id not in ids or parent is segment:
            for path in _paths(graph, segment, ids):
                causes.append(_failure(graph, path))
                if len(causes) == MAX_CAUSES:
                    return tuple(causes)
    return tuple(causes)


def slowest_path(graph: TraceGraph) -> tuple[Cause, ...]:
    """The one cause of the response time, none while the root is in progress."""
    whole = graph.root.duration
    if graph.root.end is None or whole <= 0:
        return ()
    # Downward, the slowest child as long as it took half of its parent's time: where
    # none did, the time was spent in the parent itself.
    path, least = [graph.root], _HALF * whole
    while len(path) < MAX_PATH:
        below = [s for s in graph.below(path[-1]) if s.last - s.start >= least]
        if not below:
            break
        path.append(max(below, key=lambda s: s.duration))
        least = _HALF * path[-1].duration
    entities = [
        Entity(s.name, _remote(s), coverage=round(min(s.duration / whole, 1.0), 6))
        for s in path
    ]
    return (Cause(_by_service(graph, path, entities), client_impacting=True),)


def _paths(graph: TraceGraph, top: Segment, ids: set[str]) -> Iterator[list[Segment]]:
    """Every path from `top` down through failed segments to a lowest one."""
    waiting = [[top]]
    while waiting:
        path = waiting.pop()
        unseen = ids - {segment.id for segment in path}
        below = [s for s in graph.below(path[-1]) if s.id in unseen]
        if below and len(path) < MAX_PATH:
            waiting += [[*path, segment] for segment in reversed(below)]
        else:
            yield path


def _failure(graph: TraceGraph, path: list[Segment]) -> Cause:
    entities = [Entity(s.name, _remote(s), _exceptions(s)) for s in path]
    return Cause(
        _by_service(graph, path, entities), client_impacting=path[0] is graph.root
    )


def _by_service(
    graph: TraceGraph, path: list[Segment], entities: list[Entity]
) -> tuple[CauseService, ...]:
    runs: list[tuple[Segment, list[Entity]]] = []
    for segment, entity in zip(path, entities, strict=True):
        owner = graph.owner[segment.id]
        if not runs or runs[-1][0] is not owner:
            runs.append((owner, []))
        runs[-1][1].append(entity)
    return tuple(
        CauseService(graph.service(owner), owner.inferred, tuple(passed))
        for owner, passed in runs
    )


def _remote(segment: Segment) -> bool:
    return segment.namespace in ("remote", "aws")


def _exceptions(segment: Segment) -> tuple[RootCauseException, ...]:
    return tuple(
        (_text(exception.get("type")), _text(exception.get("message")))
        for exception in segment.exceptions
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
