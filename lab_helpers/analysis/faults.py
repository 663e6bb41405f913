"""Parents and children of a trace's spans, and the faults of a trace."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab_helpers.analysis import words

MS = 1_000_000
SLACK_NS = 2_000
"""Starts may be rounded to the microsecond: less than this apart is no oddity."""


class FaultKind(StrEnum):
    """Kinds of faults that a trace can have."""

    NO_ROOT = "no_root"
    SEVERAL_ROOTS = "several_roots"
    MISSING_PARENT = "missing_parent"
    CYCLE = "cycle"
    DUPLICATE_ID = "duplicate_id"
    CLOCK_SKEW = "clock_skew"
    STARTS_BEFORE_PARENT = "starts_before_parent"
    ENDS_AFTER_PARENT = "ends_after_parent"
    ZERO_DURATION = "zero_duration"
    NEGATIVE_DURATION = "negative_duration"


@dataclass(frozen=True, slots=True)
class Record:
    """A span of a trace frame: start in ns since the epoch, duration in ms."""

    span_id: str
    parent_id: str | None
    name: str
    service: str
    kind: str
    start_ns: int
    duration_ms: float
    status: str
    error: bool
    attributes: Mapping[str, object]

    @property
    def bounds(self) -> tuple[int, int]:
        """Start and end in ns; a negative duration counts as none."""
        return self.start_ns, self.start_ns + round(max(self.duration_ms, 0.0) * MS)


@dataclass(frozen=True, slots=True, repr=False)
class TraceFault:
    """One fault: its kind, the index of the span it is about (or None), a sentence.

    `offset_ms` is, for clock skew, by how much the child's clock seems to be ahead.
    """

    kind: FaultKind
    span: int | None
    sentence: str
    offset_ms: float | None = None

    def __repr__(self) -> str:
        return f"{self.kind}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class TraceShape:
    """Parents and children by the spans' indexes, tops, orphans, findings."""

    parents: tuple[int | None, ...]
    children: tuple[tuple[int, ...], ...]
    tops: tuple[int, ...]
    orphans: frozenset[int]
    findings: tuple[TraceFault, ...]


def shape_of(spans: Sequence[Record]) -> TraceShape:
    """The shape of spans that are sorted by start; children keep that order."""
    first = {span.span_id: i for i, span in reversed(list(enumerate(spans)))}
    named = [first.get(span.parent_id or "") for span in spans]
    orphans = frozenset(
        i for i, span in enumerate(spans) if span.parent_id and named[i] is None
    )
    cuts = _cuts(named)
    parents = tuple(None if i in cuts else parent for i, parent in enumerate(named))
    children: list[list[int]] = [[] for _ in spans]
    for i, parent in enumerate(parents):
        if parent is not None:
            children[parent].append(i)
    tops = tuple(i for i, parent in enumerate(parents) if parent is None)
    findings = (
        *_root_findings(spans),
        *_id_findings(spans, orphans, cuts),
        *(
            fault
            for i in range(len(spans))
            for fault in _time_findings(spans, parents, i)
        ),
    )
    return TraceShape(parents, tuple(map(tuple, children)), tops, orphans, findings)


def _cuts(parents: Sequence[int | None]) -> frozenset[int]:
    """For each circle of parents, the span where it is cut: the earliest."""
    # Every span has at most one parent, so walking up from it either ends or comes back
    # to its own path. What one walk has passed is safe for all later ones.
    safe: set[int] = set()
    cuts: set[int] = set()
    for i in range(len(parents)):
        path: list[int] = []
        on_path: set[int] = set()
        at: int | None = i
        while at is not None and at not in safe and at not in on_path:
            path.append(at)
            on_path.add(at)
            at = parents[at]
        if at in on_path:
            assert at is not None
            cuts.add(min(path[path.index(at) :]))
        safe.update(path)
    return frozenset(cuts)


def _label(span: Record) -> str:
    return f"{span.name!r} ({span.service})"


def _root_findings(spans: Sequence[Record]) -> list[TraceFault]:
    roots = [i for i, span in enumerate(spans) if not span.parent_id]
    if spans and not roots:
        text = "No span is the root: each names a parent, so the first span is missing."
        return [TraceFault(FaultKind.NO_ROOT, None, text)]
    if len(roots) < 2:
        return []
    names = ", ".join(_label(spans[i]) for i in roots[:4])
    text = f"{len(roots)} spans have no parent, where a trace has one root: {names}."
    return [TraceFault(FaultKind.SEVERAL_ROOTS, None, text)]


def _id_findings(
    spans: Sequence[Record], orphans: frozenset[int], cuts: frozenset[int]
) -> list[TraceFault]:
    faults = []
    repeated = Counter(span.span_id for span in spans)
    for i, span in enumerate(spans):
        if i in orphans:
            text = (
                f"{_label(span)} names the parent {span.parent_id}, "
                "which is not in the trace."
            )
            faults.append(TraceFault(FaultKind.MISSING_PARENT, i, text))
        if i in cuts:
            text = f"{_label(span)} is, over its parents, its own ancestor."
            faults.append(TraceFault(FaultKind.CYCLE, i, text))
        if repeated[span.span_id] > 1:
            text = f"{_label(span)} shares its id {span.span_id} with another span."
            faults.append(TraceFault(FaultKind.DUPLICATE_ID, i, text))
    return faults


def _time_findings(
    spans: Sequence[Record], parents: Sequence[int | None], i: int
) -> list[TraceFault]:
    span, up = spans[i], parents[i]
    faults = _duration_findings(span, i)
    if up is None:
        return faults
    parent = spans[up]
    (start, end), (low, high) = span.bounds, parent.bounds
    if start < low - SLACK_NS and span.service != parent.service:
        faults.append(_skew(span, parent, i))
    elif start < low - SLACK_NS:
        early = words.duration((low - start) / MS)
        text = f"{_label(span)} starts {early} before its parent {_label(parent)}."
        faults.append(TraceFault(FaultKind.STARTS_BEFORE_PARENT, i, text))
    elif end > high + SLACK_NS:
        late = words.duration((end - high) / MS)
        text = (
            f"{_label(span)} ends {late} after its parent {_label(parent)}: work "
            "nobody waited for, or a clock that is off."
        )
        faults.append(TraceFault(FaultKind.ENDS_AFTER_PARENT, i, text))
    return faults


def _duration_findings(span: Record, i: int) -> list[TraceFault]:
    if span.duration_ms < 0:
        text = f"{_label(span)} ends before it starts."
        return [TraceFault(FaultKind.NEGATIVE_DURATION, i, text)]
    if span.duration_ms == 0:
        text = f"{_label(span)} took no time at all: was it ended where it was started?"
        return [TraceFault(FaultKind.ZERO_DURATION, i, text)]
    return []


def _skew(span: Record, parent: Record, i: int) -> TraceFault:
    """The offset that would put the child in the middle of its parent, as NTP does."""
    middle = sum(span.bounds) - sum(parent.bounds)
    offset = middle / 2 / MS
    early = words.duration((parent.start_ns - span.start_ns) / MS)
    side = "behind" if offset < 0 else "ahead"
    text = (
        f"{_label(span)} starts {early} before its parent {_label(parent)}: the clock "
        f"of {span.service} seems to be about {words.duration(abs(offset))} {side}."
    )
    return TraceFault(FaultKind.CLOCK_SKEW, i, text, offset)
