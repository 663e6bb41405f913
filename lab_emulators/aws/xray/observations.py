"""What one trace adds to a service graph: a row for each request and each call."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from lab_emulators.aws.xray.model import Segment, ServiceId, Trace
from lab_emulators.aws.xray.trace_graph import Family

CLIENT = "client"
"""The type of the node that stands for the callers of an entry."""


class Outcome(IntEnum):
    """How a request ended; each counts once, the gravest word for it."""

    OK = 0
    ERROR = 1
    THROTTLE = 2
    FAULT = 3
    IN_PROGRESS = 4

    @classmethod
    def of(cls, segment: Segment) -> "Outcome":
        """The outcome of a segment or a subsegment."""
        if segment.end is None:
            return cls.IN_PROGRESS
        if segment.fault:
            return cls.FAULT
        if segment.throttle:
            return cls.THROTTLE
        return cls.ERROR if segment.error else cls.OK


@dataclass(frozen=True, slots=True)
class Call:
    """An edge: `alias` is what the caller said where the callee has another name."""

    source: ServiceId
    target: ServiceId
    alias: str = ""


Subject = ServiceId | Call

ROW = np.dtype(
    [
        ("subject", np.int32),
        ("outcome", np.int8),
        ("sent", np.bool_),  # the service reported it itself
        ("entry", np.bool_),  # nobody in the trace called it
        ("start", np.float64),
        ("end", np.float64),
    ]
)
NO_ROWS: np.ndarray[Any, np.dtype[Any]] = np.empty(0, ROW)

Rows = np.ndarray[Any, np.dtype[Any]]


def joined(pieces: Iterable[bytes]) -> Rows:
    """The rows of many pieces in one array."""
    return np.frombuffer(b"".join(pieces), ROW)


class Subjects:
    """Nodes and edges by number, the same for as long as this object lives.

    Nodes are told apart by name and type alone; the account is that which was first
    seen with them.
    """

    def __init__(self) -> None:
        self._numbers: dict[Subject, int] = {}
        self._accounts: dict[ServiceId, str] = {}

    def all(self) -> list[Subject]:
        """Every subject, at the place of its number."""
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
        """The rows of a trace as one piece; `Archive.derive` calls it one at a time."""
        return np.array(list(_observed(Family.of(trace), self)), ROW).tobytes()


def _observed(family: Family, subjects: Subjects) -> Iterator[tuple[object, ...]]:
    """Nodes from the services' own segments, edges from their callers' subsegments.

    An independent subsegment whose segment has not arrived belongs to no service yet.
    """
    told: set[tuple[str, Call]] = set()
    for top in family.tops:
        if top.independent:
            continue
        node = subjects.node(family.service(top))
        caller = family.parent(top)
        entry = caller is None and not top.inferred
        yield _row(subjects.number(node), top, sent=not top.inferred, entry=entry)
        if entry:
            client = ServiceId(top.name, CLIENT)
            yield _row(subjects.number(Call(client, node)), top)
        elif caller is not None and not family.owner[caller.id].independent:
            segment, call = _call(family, caller, top, node, subjects)
            if (segment.id, call) not in told:
                told.add((segment.id, call))
                yield _row(subjects.number(call), segment)


def _call(
    family: Family, caller: Segment, top: Segment, node: ServiceId, subjects: Subjects
) -> tuple[Segment, Call]:
    """The edge into `top`, and the segment that times it: the caller's, if it can."""
    source = subjects.node(family.service(caller))
    if family.owner[caller.id] is caller:
        return top, Call(source, node)
    renamed = not top.inferred and caller.name != node.name
    return caller, Call(source, node, caller.name if renamed else "")


def _row(
    subject: int, segment: Segment, *, sent: bool = False, entry: bool = False
) -> tuple[object, ...]:
    outcome = Outcome.of(segment)
    return subject, outcome, sent, entry, segment.start, segment.last
