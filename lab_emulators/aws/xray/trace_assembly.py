"""Assembly of traces: subsegments attached, segments inferred that were not sent.

Documents come in any order, some twice, some without their parents. Of each id the
best segment is chosen first; then every child is attached below its parent, once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from lab_emulators.aws.xray.model import Segment, Trace, by_start

_ORIGINS = {"DynamoDB": ("table_name", "AWS::DynamoDB::Table")}
"""AWS services whose resource is the node when the call names it."""


def assemble(trace_id: str, documents: Iterable[Segment]) -> Trace:
    """The trace of `documents`, at most one for each id, in whatever order.

    A subsegment that came twice, alone and inside a segment, counts once: a
    complete one before one in progress, then the one that came alone.
    """
    tops = _nested(list(documents))
    segments = sorted(tops, key=by_start)
    segments += inferred_segments(segments)
    return Trace(trace_id, tuple(segments))


def inferred_segments(segments: Iterable[Segment]) -> list[Segment]:
    """A segment for every remote or aws subsegment without a callee that was sent."""
    sent = list(segments)
    parents = {s.parent_id for s in sent if not s.independent}
    calls = sorted(_calls(sent), key=by_start)
    return [_inferred(call) for call in calls if call.id not in parents]


def as_document(segment: Segment) -> dict[str, Any]:
    """The document of a segment as BatchGetTraces returns it, subsegments nested."""
    if segment.inferred:
        return _inferred_document(segment)
    document = {k: v for k, v in segment.sent.items() if k != "subsegments"}
    if segment.subsegments:
        document["subsegments"] = [as_document(s) for s in segment.subsegments]
    return document


def _nested(documents: list[Segment]) -> list[Segment]:
    """Top-level segments, with every subsegment below its parent."""
    if _complete(documents):
        return documents
    best = _best(documents)
    children: dict[str, list[Segment]] = {}
    tops = []
    for segment, inside in best.values():
        if inside or (segment.independent and segment.parent_id in best):
            children.setdefault(str(segment.parent_id), []).append(segment)
        else:
            tops.append(segment)
    attached = _Children(children)
    segments = [attached.below(top) for top in tops]
    # The rest has parents in a circle: each circle is cut open and kept.
    for identity in sorted(set(best) - attached.seen):
        if identity not in attached.seen:
            segments.append(attached.below(best[identity][0]))
    return segments


def _complete(documents: list[Segment]) -> bool:
    """Tells whether no subsegment came alone or twice: nothing is to be attached."""
    ids = [segment.id for document in documents for segment in document.walk()]
    alone = any(document.independent for document in documents)
    return not alone and len(set(ids)) == len(ids)


def _best(documents: list[Segment]) -> dict[str, tuple[Segment, bool]]:
    """The best segment of each id, and whether it is a nested one."""
    best: dict[str, tuple[Segment, bool]] = {}
    for document in documents:
        for segment in document.walk():
            inside = segment is not document
            previous = best.get(segment.id)
            if previous is None or _rank(segment, inside) > _rank(*previous):
                best[segment.id] = segment, inside
    return best


def _rank(segment: Segment, inside: bool) -> tuple[bool, bool, float, str]:  # noqa: FBT001
    """Rank among segments of one id, whatever the order they came in."""
    return (
        not segment.in_progress,
        not inside,
        segment.last,
        str(segment.parent_id),
    )


class _Children:
    """Attaches children to their parents, each once."""

    def __init__(self, children: dict[str, list[Segment]]) -> None:
        self._children = children
        self.seen: set[str] = set()

    def below(self, top: Segment) -> Segment:
        """`top` with everything below it, without recursion: chains may be long."""
        # Parents first while children are collected, then backward to build them: a
        # segment is frozen, so its subsegments must be complete before it is.
        order = [top]
        self.seen.add(top.id)
        for segment in order:
            fresh = [
                child
                for child in self._children.get(segment.id, ())
                if child.id not in self.seen
            ]
            self.seen.update(child.id for child in fresh)
            order += fresh
        done: dict[str, list[Segment]] = {}
        for segment in reversed(order):
            own = sorted(done.pop(segment.id, ()), key=by_start)
            complete = segment
            if list(map(id, own)) != list(map(id, segment.subsegments)):
                complete = replace(segment, subsegments=tuple(own))
            done.setdefault(str(segment.parent_id), []).append(complete)
            if segment is top:
                return complete
        raise AssertionError("the top is in the order")


def _calls(segments: list[Segment]) -> Iterator[Segment]:
    for top in segments:
        for segment in top.walk():
            called = segment is not top or segment.independent
            if called and segment.namespace in ("remote", "aws"):
                yield segment


def _inferred(call: Segment) -> Segment:
    name, origin = _callee(call)
    return Segment(
        id=blake2b(call.id.encode(), digest_size=8, person=b"inferred").hexdigest(),
        trace_id=call.trace_id,
        name=name,
        start=call.start,
        end=call.end,
        parent_id=call.id,
        origin=origin,
        http=call.http,
        aws=call.aws,
        error=call.error,
        fault=call.fault,
        throttle=call.throttle,
        cause=call.cause,
        sql=call.sql,
        resource_arn=call.resource_arn,
        in_progress=call.in_progress,
        inferred=True,
    )


def _callee(call: Segment) -> tuple[str, str]:
    """Name and origin of the callee; "" for an unknown host.

    AWS publishes examples only: a DynamoDB table is a node of its own, any other
    service is one `AWS::<name>`, a call with `sql` is a `Database::SQL`.
    """
    if call.namespace == "aws":
        key, origin = _ORIGINS.get(call.name, ("", ""))
        resource = call.aws.get(key)
        if isinstance(resource, str) and resource:
            return resource, origin
        return call.name, f"AWS::{call.name}"
    return call.name, "Database::SQL" if call.sql else ""


def _inferred_document(segment: Segment) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": segment.id,
        "name": segment.name,
        "start_time": segment.start,
        "parent_id": segment.parent_id,
        "inferred": True,
        "trace_id": segment.trace_id,
    }
    if segment.in_progress:
        document["in_progress"] = True
    else:
        document["end_time"] = segment.end
    for key in ("origin", "http", "aws", "error", "fault", "throttle", "cause", "sql"):
        if value := getattr(segment, key):
            document[key] = value
    return document
