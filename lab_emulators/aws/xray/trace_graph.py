"""The graph of a trace: parents and children, and the service of every segment.

Two kinds of links make one graph: a subsegment lies inside the document of its parent,
a segment of another service names the subsegment that called it by its id.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from lab_emulators.aws.xray.model import Segment, ServiceId, Trace


@dataclass(frozen=True)
class TraceGraph:
    """All segments of one trace by id, with the links between them.

    `tops` are the top-level segments, `all` every segment and subsegment, parents
    first; `owner` maps the id of each to its top-level segment, `callees` the id of a
    caller to the top-level segments that name it as their parent.
    """

    root: Segment
    tops: tuple[Segment, ...]
    all: tuple[Segment, ...]
    by_id: dict[str, Segment]
    owner: dict[str, Segment]
    callees: dict[str, list[Segment]]

    @classmethod
    def of(cls, trace: Trace) -> "TraceGraph":
        """The graph of a trace."""
        # First all ids, then the links: a segment may come before its parent.
        by_id: dict[str, Segment] = {}
        owner: dict[str, Segment] = {}
        callees: dict[str, list[Segment]] = {}
        for top in trace.segments:
            for segment in top.walk():
                by_id[segment.id] = segment
                owner[segment.id] = top
        for top in trace.segments:
            if top.parent_id in by_id and top.parent_id != top.id:
                callees.setdefault(str(top.parent_id), []).append(top)
        root = _root(trace, by_id)
        return cls(root, trace.segments, tuple(by_id.values()), by_id, owner, callees)

    def service(self, segment: Segment) -> ServiceId:
        """The service a segment or subsegment belongs to."""
        return self._services[self.owner[segment.id].id]

    def parent(self, top: Segment) -> Segment | None:
        """The caller of a top-level segment, None if unknown."""
        return self.by_id.get(top.parent_id) if top.parent_id else None

    def below(self, segment: Segment) -> Iterator[Segment]:
        """Children of a segment: its subsegments, then the segments it called."""
        yield from segment.subsegments
        yield from self.callees.get(segment.id, ())

    @cached_property
    def _services(self) -> dict[str, ServiceId]:
        return {top.id: top.service_id() for top in self.tops}

    @property
    def partial(self) -> bool:
        """Tells whether a segment is in progress, or a parent or a callee is absent.

        `traced` on a call says that the callee sends a segment of its own.
        """
        return any(map(self._unfinished, self.all))

    def _unfinished(self, segment: Segment) -> bool:
        if segment.in_progress:
            return True
        if segment.independent and self.owner[segment.id] is segment:
            return True
        if not segment.http or segment.request.get("traced") is not True:
            return False
        answers = self.callees.get(segment.id, ())
        return all(answer.inferred for answer in answers)


def _root(trace: Trace, by_id: dict[str, Segment]) -> Segment:
    """The earliest sent segment whose parent is not in the trace, else the first."""
    for segment in trace.segments:
        alone = segment.inferred or segment.independent
        if not alone and segment.parent_id not in by_id:
            return segment
    return trace.segments[0]
