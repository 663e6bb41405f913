"""Root causes: the way from the entry down to what failed or took the time.

AWS publishes the shape of a cause and examples, not how it is found. Here a failure
is followed from the uppermost entity that has it to each lowest one; time is followed
into the slowest child as long as that takes at least half of its parent's time.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from lab_emulators.aws.xray.model import Segment, ServiceId
from lab_emulators.aws.xray.trace_graph import Family

MAX_CAUSES = 10
"""Causes of one kind that are kept of a trace."""

MAX_PATH = 100
_HALF = 0.5

Failure = Literal["fault", "error"]
RootCauseException = tuple[str, str]
"""Name and message."""


class Entity(NamedTuple):
    """A segment or subsegment on the way; `coverage` of the root's time, 0 to 1."""

    name: str
    remote: bool
    exceptions: tuple[RootCauseException, ...] = ()
    coverage: float | None = None


class CauseService(NamedTuple):
    """A service on the way, and the entities passed in it."""

    service: ServiceId
    inferred: bool
    path: tuple[Entity, ...]


class Cause(NamedTuple):
    """The services passed, and whether the client felt it."""

    services: tuple[CauseService, ...]
    client_impacting: bool


def failures(family: Family, kind: Failure) -> tuple[Cause, ...]:
    """The causes of faults or errors, at most `MAX_CAUSES`."""
    failed = [s for s in family.all if getattr(s, kind)]
    if not failed:
        return ()
    ids = {segment.id for segment in failed}
    found: list[Cause] = []
    for segment in failed:
        parent = family.by_id.get(segment.parent_id or "")
        if parent is None or parent.id not in ids or parent is segment:
            for path in _paths(family, segment, ids):
                found.append(_failure(family, path, kind))
                if len(found) == MAX_CAUSES:
                    return tuple(found)
    return tuple(found)


def slowest_path(family: Family) -> tuple[Cause, ...]:
    """The one cause of the response time, none while the root is in progress."""
    whole = family.root.duration
    if family.root.end is None or whole <= 0:
        return ()
    path, least = [family.root], _HALF * whole
    while len(path) < MAX_PATH:
        below = [s for s in family.below(path[-1]) if s.last - s.start >= least]
        if not below:
            break
        path.append(max(below, key=lambda s: s.duration))
        least = _HALF * path[-1].duration
    entities = [
        Entity(s.name, _remote(s), coverage=round(min(s.duration / whole, 1.0), 6))
        for s in path
    ]
    return (Cause(_by_service(family, path, entities), client_impacting=True),)


def _paths(family: Family, top: Segment, ids: set[str]) -> Iterator[list[Segment]]:
    """Every way from `top` down through failed ones to one with none below."""
    waiting = [[top]]
    while waiting:
        path = waiting.pop()
        fresh = ids - {segment.id for segment in path}
        below = [s for s in family.below(path[-1]) if s.id in fresh]
        if below and len(path) < MAX_PATH:
            waiting += [[*path, segment] for segment in reversed(below)]
        else:
            yield path


def _failure(family: Family, path: list[Segment], kind: Failure) -> Cause:
    entities = [Entity(s.name, _remote(s), _exceptions(s)) for s in path]
    return Cause(
        _by_service(family, path, entities), client_impacting=path[0] is family.root
    )


def _by_service(
    family: Family, path: list[Segment], entities: list[Entity]
) -> tuple[CauseService, ...]:
    found: list[tuple[Segment, list[Entity]]] = []
    for segment, entity in zip(path, entities, strict=True):
        owner = family.owner[segment.id]
        if not found or found[-1][0] is not owner:
            found.append((owner, []))
        found[-1][1].append(entity)
    return tuple(
        CauseService(family.service(owner), owner.inferred, tuple(passed))
        for owner, passed in found
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
