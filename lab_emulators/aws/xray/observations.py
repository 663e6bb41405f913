"""Observations: the rows that one trace adds to a service graph.

A request at a service is a row of its node, a call a row of its edge. Rows are numbers
only, so that the statistics of all nodes and edges are a few operations on arrays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from lab_emulators.aws.xray.model import Segment, ServiceId, Trace
from lab_emulators.aws.xray.trace_graph import TraceGraph

CLIENT = "client"
"""Type of the node that stands for the clients of an entry."""


class RequestOutcome(IntEnum):
    """Outcome of a request, by its most severe status."""

    OK = 0
    ERROR = 1
    THROTTLE = 2
    FAULT = 3
    IN_PROGRESS = 4

    @classmethod
    def of(cls, segment: Segment) -> "RequestOutcome":
        """The outcome of a segment or a subsegment."""
        if segment.end is None:
            return cls.IN_PROGRESS
        if segment.fault:
            return cls.FAULT
        if segment.throttle:
            return cls.THROTTLE
        return cls.ERROR if segment.error else cls.OK


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An edge; `alias` is the caller's name for a callee that has another name."""

    source: ServiceId
    target: ServiceId
    alias: str = ""


Subject = ServiceId | GraphEdge

ROW = np.dtype(
    [
        ("subject", np.int32),
        ("outcome", np.int8),
        ("sent", np.bool_),  # reported by the service itself
        ("entry", np.bool_),  # not called from within the trace
        ("start", np.float64),
        ("end", np.float64),
    ]
)
NO_ROWS: np.ndarray[Any, np.dtype[Any]] = np.empty(0, ROW)

Rows = np.ndarray[Any, np.dtype[Any]]


def joined(pieces: Iterable[bytes]) -> Rows:
    """The rows of many traces in one array."""
    return np.frombuffer(b"".join(pieces), ROW)


class Subjects:
    """Nodes and edges by number, the same for as long as this object lives.

    A node is identified by name and type alone; its account is the first one that was
    seen with it.
    """

    def __init__(self) -> None:
        self._numbers: dict[Subject, int] = {}
        self._accounts: dict[ServiceId, str] = {}

    def all(self) -> list[Subject]:
        """Every subject, at the index of its number."""
        return list(self._numbers)

    def account(self, node: ServiceId) -> str:
        """The account of a node, "" if it is not known."""
        return self._accounts.get(node, "")

    def node(self, service: ServiceId) -> ServiceId:
        """The node of a service."""
        node = ServiceId(service.name, service.type)
        if service.account:
            self._accounts.setdefault(node, service.account)
        return node

    def number(self, subject: Subject) -> int:
        """The number of a node or an edge, a new one if it is new."""
        return self._numbers.setdefault(subject, len(self._numbers))

    def rows(self, trace: Trace) -> bytes:
        """The rows of a trace as bytes; not safe for threads by itself."""
        return np.array(list(_observed(TraceGraph.of(trace), self)), ROW).tobytes()


def _observed(graph: TraceGraph, subjects: Subjects) -> Iterator[tuple[object, ...]]:
    """Nodes from the services' own segments, edges from their callers' subsegments.

    An independent subsegment whose segment has not arrived belongs to no service yet.
    """
    timed: set[tuple[str, GraphEdge]] = set()
    for top in graph.tops:
        if top.independent:
            continue
        node = subjects.node(graph.service(top))
        caller = graph.parent(top)
        entry = caller is None and not top.inferred
        yield _row(subjects.number(node), top, sent=not top.inferred, entry=entry)
        if entry:
            client = ServiceId(top.name, CLIENT)
            yield _row(subjects.number(GraphEdge(client, node)), top)
        elif caller is not None and not graph.owner[caller.id].independent:
            segment, call = _call(graph, caller, top, node, subjects)
            if (segment.id, call) not in timed:
                timed.add((segment.id, call))
                yield _row(subjects.number(call), segment)


def _call(
    graph: TraceGraph,
    caller: Segment,
    top: Segment,
    node: ServiceId,
    subjects: Subjects,
) -> tuple[Segment, GraphEdge]:
    """The edge into `top`, and the segment that times it: the caller's, if it can."""
    source = subjects.node(graph.service(caller))
    if graph.owner[caller.id] is caller:
        return top, GraphEdge(source, node)
    renamed = not top.inferred and caller.name != node.name
    return caller, GraphEdge(source, node, caller.name if renamed else "")


def _row(
    subject: int, segment: Segment, *, sent: bool = False, entry: bool = False
) -> tuple[object, ...]:
    outcome = RequestOutcome.of(segment)
    return subject, outcome, sent, entry, segment.start, segment.last
