"""What filters and summaries need of a trace, in a form small enough to keep."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from lab_helpers.emulators.aws.xray.causes import Cause, failures, slowest_path
from lab_helpers.emulators.aws.xray.family import Family
from lab_helpers.emulators.aws.xray.model import (
    EMPTY,
    AnnotationValue,
    Json,
    Segment,
    ServiceId,
    Trace,
)

MAX_ANNOTATIONS = 50
"""Indexed annotations of one trace (X-Ray quotas)."""


@dataclass(frozen=True, slots=True)
class Facts:
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
    status: int | float | None
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


@dataclass(frozen=True, slots=True)
class Edge:
    """A call from one service to another, as the caller saw it."""

    source: ServiceId
    target: ServiceId
    facts: Facts


Tagged = tuple[tuple[AnnotationValue, tuple[ServiceId, ...]], ...]
"""Distinct values, each with the services that set it."""


@dataclass(frozen=True, slots=True)
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
    tops = sorted(family.tops, key=lambda top: top is not root)
    nodes = [_facts(top, family.service(top), family) for top in tops]
    return Digest(
        id=trace.id,
        start=trace.start,
        end=trace.end,
        updated=trace.updated,
        revision=trace.revision,
        partial=family.partial,
        inferred=any(top.inferred for top in family.tops),
        nodes=tuple(nodes),
        edges=tuple(_edges(family)),
        annotations=_annotations(family),
        users=_tagged([(s.user, family.service(s)) for s in family.all if s.user]),
        faults=failures(family, "fault"),
        errors=failures(family, "error"),
        slow=slowest_path(family),
    )


def _facts(segment: Segment, service: ServiceId, family: Family) -> Facts:
    request, response = segment.request, segment.response
    ec2 = _object(segment.aws.get("ec2"))
    status = response.get("status")
    return Facts(
        service=service,
        error=segment.error,
        fault=segment.fault,
        throttle=segment.throttle,
        partial=segment.in_progress,
        inferred=segment.inferred,
        root=segment is family.root,
        response_time=None if segment.end is None else segment.duration,
        status=None if isinstance(status, bool | str | list | dict) else status,
        url=_text(request.get("url")),
        method=_text(request.get("method")),
        user_agent=_text(request.get("user_agent")),
        client_ip=_text(request.get("client_ip")),
        user=_text(segment.user),
        zone=_text(ec2.get("availability_zone")),
        instance=_text(ec2.get("instance_id")),
        arn=_text(segment.resource_arn or segment.aws.get("resource_arn")),
    )


def _edges(family: Family) -> Iterator[Edge]:
    """The client's edge into the root, then one for each call."""
    for top in family.tops:
        target = family.service(top)
        caller = family.parent(top)
        if caller is not None:
            whole = family.owner[caller.id] is caller
            call = top if whole else caller
            source = family.service(caller)
            yield Edge(source, target, _facts(call, target, family))
        elif not (top.inferred or top.independent):
            client = ServiceId(top.name, "client")
            yield Edge(client, target, _facts(top, target, family))


def _annotations(family: Family) -> Mapping[str, Tagged]:
    found: dict[str, list[tuple[AnnotationValue, ServiceId]]] = {}
    for segment in family.all:
        for key, value in segment.annotations.items():
            if key in found or len(found) < MAX_ANNOTATIONS:
                values = found.setdefault(intern(key), [])
                values.append((value, family.service(segment)))
    return {key: _tagged(values) for key, values in found.items()} if found else EMPTY


def _tagged(pairs: list[tuple[Any, ServiceId]]) -> Tagged:
    services: dict[tuple[type, Any], dict[ServiceId, None]] = {}
    for value, service in pairs:
        services.setdefault((type(value), value), {})[service] = None
    return tuple((value, tuple(by)) for (_, value), by in services.items())


def _text(value: object) -> str:
    return intern(value) if isinstance(value, str) else ""


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else EMPTY
