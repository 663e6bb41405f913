"""Tree of one trace, its faults, and its critical path."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import pandas as pd

from lab_helpers.analysis import faults, words
from lab_helpers.analysis.columns import TRACE_COLUMNS
from lab_helpers.analysis.faults import Record, TraceFault

MS = 1_000_000

STATUS_CODES = (
    "http.response.status_code",
    "http.status_code",
    "http.response.status",
)
"""Attributes that hold an HTTP status: OpenTelemetry's new and old, and X-Ray's."""


@dataclass(frozen=True, slots=True, repr=False)
class Annotation:
    """A span event or a link: its name (a link's may be empty), time and attributes."""

    kind: str
    name: str
    start_ns: int
    attributes: Mapping[str, object]

    def __repr__(self) -> str:
        return f"{self.kind.replace('_', ' ')} {self.name!r}"


@dataclass(frozen=True, slots=True, repr=False)
class Node:
    """A span of the tree: `index` identifies it, `depth` is 0 at the top.

    `parent` and `children` are indexes; children are in order of start. `self_ms` is
    the part of the span during which no child ran. `orphan` means that the span names a
    parent which is not in the trace.
    """

    index: int
    span_id: str
    parent_id: str | None
    name: str
    service: str
    kind: str
    start_ns: int
    duration_ms: float
    self_ms: float
    status: str
    error: bool
    depth: int
    parent: int | None
    children: tuple[int, ...]
    orphan: bool
    annotations: tuple[Annotation, ...]
    attributes: Mapping[str, object]

    @property
    def status_code(self) -> int | None:
        """The status of the HTTP response, if the span is about one."""
        # A column of a frame in which some are missing holds floats.
        codes = (str(self.attributes.get(name, "")) for name in STATUS_CODES)
        whole = (code.removesuffix(".0") for code in codes)
        return next((int(code) for code in whole if code.isdecimal()), None)

    @property
    def client_error(self) -> bool:
        """True if the answer was 4xx: the visitor's error, not the service's."""
        return self.status_code is not None and 400 <= self.status_code < 500

    @property
    def failed(self) -> bool:
        """True if the span is marked as an error, and not for a visitor's error."""
        return self.error and not self.client_error

    @property
    def events(self) -> tuple[Annotation, ...]:
        """The span events, in order of time."""
        return tuple(note for note in self.annotations if note.kind == "span_event")

    @property
    def end_ns(self) -> int:
        """The end of the span, nanoseconds since the epoch."""
        return self.start_ns + round(max(self.duration_ms, 0.0) * MS)

    def __repr__(self) -> str:
        trouble = ", error" if self.error else ""
        return (
            f"{self.name} in {self.service}, {words.duration(self.duration_ms)} "
            f"({words.duration(self.self_ms)} of its own){trouble}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Segment:
    """A stretch of the critical path: the span that was waited for, and how long."""

    node: Node
    ms: float

    def __repr__(self) -> str:
        return f"{words.duration(self.ms)} in {self.node.name} ({self.node.service})"


@dataclass(frozen=True, slots=True, repr=False)
class TraceTree:
    """One trace: its spans in drawing order (parents first) and its faults.

    A broken trace is drawn as far as it goes: orphans stand at the top, a circle of
    parents is cut at its earliest span, and each fault is one of `findings`.
    """

    trace_id: str
    nodes: tuple[Node, ...]
    findings: tuple[TraceFault, ...]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Self:
        """The tree of a frame with TRACE_COLUMNS holding the rows of one trace.

        Further columns become the spans' attributes. Raises ValueError if columns are
        missing or the frame holds several traces.
        """
        missing = [name for name in TRACE_COLUMNS if name not in frame]
        if missing:
            raise ValueError(f"a trace frame also has the columns {missing}")
        ids = sorted(frame["trace_id"].dropna().unique())
        if len(ids) > 1:
            raise ValueError(f"one trace at a time: the frame holds {len(ids)} traces")
        rows = [_known(row) for row in frame.to_dict("records")]
        spans = [_record(row) for row in rows if row["annotation"] == "span"]
        spans.sort(key=lambda span: (span.start_ns, -span.duration_ms, span.span_id))
        notes = _annotations(row for row in rows if row["annotation"] != "span")
        shape = faults.shape_of(spans)
        nodes = _nodes(spans, shape, notes)
        return cls(ids[0] if ids else "", nodes, shape.findings)

    @property
    def roots(self) -> tuple[Node, ...]:
        """The spans at the top, orphans among them, in order of start."""
        return tuple(node for node in self.nodes if node.parent is None)

    @property
    def start_ns(self) -> int:
        """The earliest start, nanoseconds since the epoch; 0 without spans."""
        return min((node.start_ns for node in self.nodes), default=0)

    @property
    def duration_ms(self) -> float:
        """Milliseconds from the earliest start to the latest end."""
        end = max((node.end_ns for node in self.nodes), default=self.start_ns)
        return (end - self.start_ns) / MS

    @property
    def services(self) -> tuple[str, ...]:
        """The services in order of their first appearance in the drawing."""
        return tuple(dict.fromkeys(node.service for node in self.nodes))

    @property
    def errors(self) -> tuple[Node, ...]:
        """The spans marked as errors, in drawing order."""
        return tuple(node for node in self.nodes if node.error)

    def node(self, index: int) -> Node:
        """The span of that index, as `parent` and `children` name it."""
        return next(node for node in self.nodes if node.index == index)

    def findings_of(self, node: Node) -> tuple[TraceFault, ...]:
        """The faults of this span."""
        return tuple(fault for fault in self.findings if fault.span == node.index)

    def critical_path(self) -> tuple[Segment, ...]:
        """The work that decided how long the first root took, longest stretch first.

        Walks back from the root's end: what counts is always the child that ended last
        before the point reached, and the span itself where no child ran.
        """
        by_index = {node.index: node for node in self.nodes}
        root = next((node for node in self.roots if not node.orphan), None)
        if root is None:
            return ()
        # Each entry is a span and the window of it that somebody waited for. Its last
        # child to end covers the window's end, so the child's part is an entry of its
        # own and the rest is split at the child's start; a child that ran beside it
        # was not what the root waited for.
        segments: list[Segment] = []
        stack = [(root, root.start_ns, root.end_ns)]
        while stack:
            node, start, end = stack.pop()
            children = [by_index[i] for i in node.children]
            _walk_back(node, children, (start, end), segments, stack)
        return tuple(sorted(segments, key=lambda part: (-part.ms, part.node.index)))

    def text(self) -> str:
        """The tree drawn with lines of text, one span a line, then the findings."""
        lines = [_line(prefix, node) for prefix, node in self._prefixes()]
        width = max((len(left) for left, _ in lines), default=0)
        drawn = [f"{left.ljust(width)}  {right}" for left, right in lines]
        notes = [f"! {finding.sentence}" for finding in self.findings]
        return "\n".join([*drawn, *notes])

    def _prefixes(self) -> Iterator[tuple[str, Node]]:
        by_index = {node.index: node for node in self.nodes}
        stack = [("", "", node) for node in reversed(self.roots)]
        while stack:
            prefix, below, node = stack.pop()
            yield prefix, node
            children = [by_index[i] for i in node.children]
            for i, child in reversed(list(enumerate(children))):
                last = i == len(children) - 1
                branch, trunk = ("└─ ", "   ") if last else ("├─ ", "│  ")
                stack.append((below + branch, below + trunk, child))

    def __repr__(self) -> str:
        if not self.nodes:
            return "trace without spans"
        odd = words.plural(len(self.findings), "finding") if self.findings else ""
        return (
            f"trace {short_id(self.trace_id)}: "
            f"{words.plural(len(self.nodes), 'span')} in "
            f"{words.plural(len(self.services), 'service')}, "
            f"{words.duration(self.duration_ms)}, "
            f"{words.plural(len(self.errors), 'error')}" + (odd and f"; {odd}")
        )


def short_id(trace_id: str) -> str:
    """The first eight digits of a trace id; of one of X-Ray's its first two parts.

    >>> short_id("4bf92f3577b34da6a3ce929d0e0e4736")
    '4bf92f35'
    >>> short_id("1-67891233-abcdef012345678912345678")
    '1-67891233'
    """
    return "-".join(trace_id.split("-")[:2]) if "-" in trace_id else trace_id[:8]


def _known(row: Mapping[Hashable, object]) -> dict[str, object]:
    return {str(k): v for k, v in row.items() if not _missing(v)}


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value


def _record(row: Mapping[str, object]) -> Record:
    start = row["start"]
    parent = row.get("parent_id")
    duration = row.get("duration_ms", 0.0)
    assert isinstance(start, pd.Timestamp)
    assert isinstance(duration, float | int)
    return Record(
        span_id=str(row.get("span_id", "")),
        parent_id=str(parent) if parent else None,
        name=str(row.get("name", "")),
        service=str(row.get("service", "")),
        kind=str(row.get("kind", "")),
        start_ns=start.as_unit("ns").value,
        duration_ms=float(duration),
        status=str(row.get("status", "unset")),
        error=bool(row.get("error", False)),
        attributes=_extras(row),
    )


def _extras(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in TRACE_COLUMNS}


def _annotations(
    rows: Iterator[dict[str, object]],
) -> dict[str, tuple[Annotation, ...]]:
    """Span events and links by the id of the span they belong to, in time order."""
    by_span: dict[str, list[Annotation]] = {}
    for row in rows:
        start = row["start"]
        assert isinstance(start, pd.Timestamp)
        note = Annotation(
            str(row["annotation"]),
            str(row.get("name", "")),
            start.as_unit("ns").value,
            _extras(row),
        )
        by_span.setdefault(str(row.get("parent_id", "")), []).append(note)
    return {
        key: tuple(sorted(notes, key=lambda note: (note.start_ns, note.name)))
        for key, notes in by_span.items()
    }


def _nodes(
    spans: list[Record],
    shape: faults.TraceShape,
    notes: Mapping[str, tuple[Annotation, ...]],
) -> tuple[Node, ...]:
    """The nodes in drawing order: depth first, children by start."""
    nodes = []
    stack = [(i, 0) for i in reversed(shape.tops)]
    while stack:
        i, depth = stack.pop()
        children = shape.children[i]
        nodes.append(_node(i, depth, spans, shape, notes))
        stack += [(child, depth + 1) for child in reversed(children)]
    return tuple(nodes)


def _node(
    i: int,
    depth: int,
    spans: list[Record],
    shape: faults.TraceShape,
    notes: Mapping[str, tuple[Annotation, ...]],
) -> Node:
    span, children = spans[i], shape.children[i]
    own = uncovered(span.bounds, [spans[child].bounds for child in children])
    return Node(
        index=i,
        span_id=span.span_id,
        parent_id=span.parent_id,
        name=span.name,
        service=span.service,
        kind=span.kind,
        start_ns=span.start_ns,
        duration_ms=span.duration_ms,
        self_ms=own / MS,
        status=span.status,
        error=span.error,
        depth=depth,
        parent=shape.parents[i],
        children=children,
        orphan=i in shape.orphans,
        annotations=notes.get(span.span_id, ()),
        attributes=span.attributes,
    )


def uncovered(whole: tuple[int, int], parts: Iterable[tuple[int, int]]) -> int:
    """Length of `whole` that none of the parts covers; overlap is not counted twice."""
    start, end = whole
    covered = 0
    reached = start
    for low, high in sorted(parts):
        low, high = max(low, reached), min(high, end)
        if high > low:
            covered += high - low
            reached = high
    return max(end - start, 0) - covered


def _walk_back(
    node: Node,
    children: list[Node],
    window: tuple[int, int],
    segments: list[Segment],
    stack: list[tuple[Node, int, int]],
) -> None:
    """Splits a window of a span into its own time and its last-ending children's."""
    # `point` moves from the window's end to its start; gaps between children are own.
    start, point = window
    own = 0
    for child in sorted(children, key=lambda child: -child.end_ns):
        end = min(child.end_ns, point)
        begin = max(child.start_ns, start)
        if begin < end:
            own += point - end
            stack.append((child, begin, end))
            point = begin
    own += point - start
    if own > 0:
        segments.append(Segment(node, own / MS))


def _line(prefix: str, node: Node) -> tuple[str, str]:
    label = f"{prefix}{node.name} ({node.service})"
    marks = (" ERROR" if node.error else "") + (" orphan" if node.orphan else "")
    return label, f"{words.duration(node.duration_ms)}{marks}"
