"""Summary of a trace: all that filters and GetTraceSummaries read, in little memory."""

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
from lab_emulators.aws.xray.trace_graph import TraceGraph

MAX_ANNOTATIONS = 50
"""Indexed annotations of one trace (X-Ray quotas)."""


class Facts(NamedTuple):
    """Facts about one request at one service, or about one call along an edge.

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
        """True if there is neither error, fault nor throttle."""
        return not (self.error or self.fault or self.throttle)


class TraceEdge(NamedTuple):
    """A call from one service to another, as its caller recorded it."""

    source: ServiceId
    target: ServiceId
    facts: Facts


ValuesByService = tuple[tuple[AnnotationValue, tuple[ServiceId, ...]], ...]
"""Distinct values, each with the services that set it."""


@dataclass(frozen=True, slots=True, eq=False)
class TraceSummary:
    """Summary of one trace: times in seconds, the root's facts first in `nodes`."""

    id: str
    start: float
    end: float
    updated: float
    revision: int
    partial: bool
    inferred: bool
    nodes: tuple[Facts, ...]
    edges: tuple[TraceEdge, ...]
    annotations: Mapping[str, ValuesByService]
    users: ValuesByService
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


def summarize(trace: Trace) -> TraceSummary:
    """The summary of a trace."""
    graph = TraceGraph.of(trace)
    root = graph.root
    nodes = {root.id: _facts(root, graph.service(root), graph)}
    for top in graph.tops:
        if top is not root:
            nodes[top.id] = _facts(top, graph.service(top), graph)
    return TraceSummary(
        id=trace.id,
        start=trace.start,
        end=trace.end,
        updated=trace.updated,
        revision=trace.revision,
        partial=graph.partial,
        inferred=any(top.inferred for top in graph.tops),
        nodes=tuple(nodes.values()),
        edges=tuple(_edges(graph, nodes)),
        annotations=_annotations(graph),
        users=_by_service([(s.user, graph.service(s)) for s in graph.all if s.user]),
        faults=failures(graph, "fault"),
        errors=failures(graph, "error"),
        slow=slowest_path(graph),
    )


def _facts(segment: Segment, service: ServiceId, graph: TraceGraph) -> Facts:
    http, aws = segment.http, segment.aws
    request = segment.request if http else EMPTY
    status = segment.response.get("status") if http else None
    ec2 = _object(aws.get("ec2")) if aws else EMPTY
    return Facts(
        service=service,
        error=segment.error,
        fault=segment.fault,
        throttle=segment.throttle,
        partial=segment.in_progress,
        inferred=segment.inferred,
        root=segment is graph.root,
        response_time=None if segment.end is None else segment.end - segment.start,
        status=status if status.__class__ is int else None,
        url=_text(request.get("url")),
        method=_text(request.get("method")),
        user_agent=_text(request.get("user_agent")),
        client_ip=_text(request.get("client_ip")),
        user=_text(segment.user),
        zone=_text(ec2.get("availability_zone")),
        instance=_text(ec2.get("instance_id")),
        arn=_text(segment.resource_arn or aws.get("resource_arn")),
    )


def _edges(graph: TraceGraph, nodes: Mapping[str, Facts]) -> Iterator[TraceEdge]:
    """The client's edge into the root, then one for each call."""
    for top in graph.tops:
        facts = nodes[top.id]
        caller = graph.parent(top)
        if caller is not None:
            # Timed by the caller's subsegment: it has what the network took, too.
            if not top.inferred and graph.owner[caller.id] is not caller:
                facts = _facts(caller, facts.service, graph)
            yield TraceEdge(graph.service(caller), facts.service, facts)
        elif not (top.inferred or top.independent):
            yield TraceEdge(ServiceId(top.name, "client"), facts.service, facts)


def _annotations(graph: TraceGraph) -> Mapping[str, ValuesByService]:
    annotations: dict[str, list[tuple[AnnotationValue, ServiceId]]] = {}
    annotated = [segment for segment in graph.all if segment.annotations]
    for segment in annotated:
        for key, value in segment.annotations.items():
            if key in annotations or len(annotations) < MAX_ANNOTATIONS:
                values = annotations.setdefault(intern(key), [])
                values.append((value, graph.service(segment)))
    return (
        {key: _by_service(values) for key, values in annotations.items()}
        if annotations
        else EMPTY
    )


def _by_service(pairs: list[tuple[Any, ServiceId]]) -> ValuesByService:
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
