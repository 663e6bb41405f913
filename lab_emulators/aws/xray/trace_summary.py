"""What filters and summaries need of a trace, in a form small enough to keep."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any, NamedTuple

from lab_emulators.aws.xray.model import (
    EMPTY,
    AnnotationValue,
    Json,
    Segment,
    ServiceId,
    Trace,
)
from lab_emulators.aws.xray.root_causes import Cause, failures, slowest_path
from lab_emulators.aws.xray.trace_graph import Family

MAX_ANNOTATIONS = 50
"""Indexed annotations of one trace (X-Ray quotas)."""


class Facts(NamedTuple):
    """One request at one service, or one call along an edge: how it went.

    `response_time` is in seconds, None while in progress; texts are "" if absent.
    """

    service: ServiceId
    error: bool
    fault: bool
    throttle: bool
    partial: bool
    inferred: bool
    root: bool
    response_time: float | None
    status: int | None
    url: str
    method: str
    user_agent: str
    client_ip: str
    user: str
    zone: str
    instance: str
    arn: str

    @property
    def ok(self) -> bool:
        """Neither error, fault nor throttle."""
        return not (self.error or self.fault or self.throttle)


class Edge(NamedTuple):
    """A call from one service to another, as the caller saw it."""

    source: ServiceId
    target: ServiceId
    facts: Facts


Tagged = tuple[tuple[AnnotationValue, tuple[ServiceId, ...]], ...]
"""Distinct values, each with the services that set it."""


@dataclass(frozen=True, slots=True, eq=False)
class Digest:
    """One trace: times in seconds, the root's facts first among `nodes`."""

    id: str
    start: float
    end: float
    updated: float
    revision: int
    partial: bool
    inferred: bool
    nodes: tuple[Facts, ...]
    edges: tuple[Edge, ...]
    annotations: Mapping[str, Tagged]
    users: Tagged
    faults: tuple[Cause, ...]
    errors: tuple[Cause, ...]
    slow: tuple[Cause, ...]

    @property
    def root(self) -> Facts:
        """The entry's facts."""
        return self.nodes[0]

    @property
    def duration(self) -> float:
        """Seconds from the earliest start to the latest end."""
        return self.end - self.start


def digest(trace: Trace) -> Digest:
    """The digest of a trace."""
    family = Family.of(trace)
    root = family.root
    nodes = {root.id: _facts(root, family.service(root), family)}
    for top in family.tops:
        if top is not root:
            nodes[top.id] = _facts(top, family.service(top), family)
    return Digest(
        id=trace.id,
        start=trace.start,
        end=trace.end,
        updated=trace.updated,
        revision=trace.revision,
        partial=family.partial,
        inferred=any(top.inferred for top in family.tops),
        nodes=tuple(nodes.values()),
        edges=tuple(_edges(family, nodes)),
        annotations=_annotations(family),
        users=_tagged([(s.user, family.service(s)) for s in family.all if s.user]),
        faults=failures(family, "fault"),
        errors=failures(family, "error"),
        slow=slowest_path(family),
    )


def _facts(segment: Segment, service: ServiceId, family: Family) -> Facts:
    http, aws = segment.http, segment.aws
    request = segment.request if http else EMPTY
    status = segment.response.get("status") if http else None
    ec2 = _object(aws.get("ec2")) if aws else EMPTY
    return Facts(
        service,
        segment.error,
        segment.fault,
        segment.throttle,
        segment.in_progress,
        segment.inferred,
        segment is family.root,
        None if segment.end is None else segment.end - segment.start,
        status if status.__class__ is int else None,
        _text(request.get("url")),
        _text(request.get("method")),
        _text(request.get("user_agent")),
        _text(request.get("client_ip")),
        _text(segment.user),
        _text(ec2.get("availability_zone")),
        _text(ec2.get("instance_id")),
        _text(segment.resource_arn or aws.get("resource_arn")),
    )


def _edges(family: Family, nodes: Mapping[str, Facts]) -> Iterator[Edge]:
    """The client's edge into the root, then one for each call."""
    for top in family.tops:
        facts = nodes[top.id]
        caller = family.parent(top)
        if caller is not None:
            if not top.inferred and family.owner[caller.id] is not caller:
                facts = _facts(caller, facts.service, family)
            yield Edge(family.service(caller), facts.service, facts)
        elif not (top.inferred or top.independent):
            yield Edge(ServiceId(top.name, "client"), facts.service, facts)


def _annotations(family: Family) -> Mapping[str, Tagged]:
    found: dict[str, list[tuple[AnnotationValue, ServiceId]]] = {}
    annotated = [segment for segment in family.all if segment.annotations]
    for segment in annotated:
        for key, value in segment.annotations.items():
            if key in found or len(found) < MAX_ANNOTATIONS:
                values = found.setdefault(intern(key), [])
                values.append((value, family.service(segment)))
    return {key: _tagged(values) for key, values in found.items()} if found else EMPTY


def _tagged(pairs: list[tuple[Any, ServiceId]]) -> Tagged:
    if not pairs:
        return ()
    services: dict[tuple[type, Any], dict[ServiceId, None]] = {}
    for value, service in pairs:
        services.setdefault((type(value), value), {})[service] = None
    return tuple((value, tuple(by)) for (_, value), by in services.items())


def _text(value: object) -> str:
    return intern(value) if value and isinstance(value, str) else ""


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else EMPTY
