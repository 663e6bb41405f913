"""The cache of segment documents: those of every trace, by trace and id."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lab_emulators.aws.xray.model import Segment, Trace
from lab_emulators.aws.xray.repository.document_journal import Entry
from lab_emulators.aws.xray.segment_documents import parse_document
from lab_emulators.aws.xray.trace_assembly import assemble

TRACE_BYTES = 500_000
"""AWS's quota for the documents of one trace; more are lost."""

PARSED_BYTES = 2 * 2**20
"""Bytes of the documents whose parsed form is remembered."""


@dataclass(slots=True)
class _TraceDocuments:
    """One trace: number, state and text of its documents by id."""

    documents: dict[str, tuple[int, bool, str]] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    size: int = 0
    exceeded: bool = False


class DocumentCache:
    """The documents of each trace; the owner serializes the calls.

    Of documents with one id the last one wins, but one in progress never replaces a
    complete one: datagrams overtake each other.
    """

    def __init__(self) -> None:
        self._by_trace: dict[str, _TraceDocuments] = {}
        self._parsed: OrderedDict[str, dict[str, Segment]] = OrderedDict()
        self._parsed_bytes = 0

    def __len__(self) -> int:
        return len(self._by_trace)

    def __contains__(self, trace_id: str) -> bool:
        return trace_id in self._by_trace

    def trace_ids(self) -> Iterable[str]:
        """The ids of all traces."""
        return self._by_trace.keys()

    def is_complete(self, trace_id: str, identity: str) -> bool:
        """Tells whether the segment is known, and has ended."""
        documents_of = self._by_trace.get(trace_id)
        known = documents_of.documents.get(identity) if documents_of else None
        return known is not None and not known[1]

    def add(self, entry: Entry) -> None:
        """Adds one document, unless the trace exceeds its quota."""
        number, trace_id, identity, in_progress, text = entry
        documents_of = self._by_trace.get(trace_id)
        if documents_of is None:
            documents_of = self._by_trace[trace_id] = _TraceDocuments()
        documents_of.numbers.append(number)
        known = documents_of.documents.get(identity)
        grown = len(text) - (len(known[2]) if known else 0)
        if documents_of.size + grown > TRACE_BYTES:
            documents_of.exceeded = True
            return
        documents_of.size += grown
        documents_of.documents[identity] = number, in_progress, text
        parsed = self._parsed.get(trace_id)
        if parsed is not None:
            parsed.pop(identity, None)
            self._parsed_bytes += grown

    def trace(self, trace_id: str) -> Trace:
        """The trace assembled from its documents; KeyError."""
        documents_of = self._by_trace[trace_id]
        return replace(
            assemble(trace_id, self._segments(trace_id, documents_of).values()),
            revision=len(documents_of.numbers),
            limit_exceeded=documents_of.exceeded,
            updated=documents_of.numbers[-1] / 1e9,
        )

    def drop_before(self, first: int) -> list[str]:
        """Forgets documents numbered before `first`; the ids of their traces."""
        touched = [
            t
            for t, documents_of in self._by_trace.items()
            if documents_of.numbers[0] < first
        ]
        for trace_id in touched:
            documents_of = self._by_trace[trace_id]
            self._forget_parsed(trace_id, documents_of)
            documents_of.numbers = [n for n in documents_of.numbers if n >= first]
            documents_of.documents = {
                i: document
                for i, document in documents_of.documents.items()
                if document[0] >= first
            }
            documents_of.size = sum(
                len(text) for _, _, text in documents_of.documents.values()
            )
            if not documents_of.documents:
                del self._by_trace[trace_id]
        return touched

    def clear(self) -> None:
        """Forgets everything."""
        self._by_trace.clear()
        self._parsed.clear()
        self._parsed_bytes = 0

    def _segments(
        self, trace_id: str, documents_of: _TraceDocuments
    ) -> dict[str, Segment]:
        parsed = self._parsed.get(trace_id)
        if parsed is None:
            parsed = self._parsed[trace_id] = {}
            self._parsed_bytes += documents_of.size
        else:
            self._parsed.move_to_end(trace_id)
        for identity, (_, _, text) in documents_of.documents.items():
            if identity not in parsed:
                parsed[identity] = parse_document(text)
        self._shrink()
        return {identity: parsed[identity] for identity in documents_of.documents}

    def _forget_parsed(self, trace_id: str, documents_of: _TraceDocuments) -> None:
        if self._parsed.pop(trace_id, None) is not None:
            self._parsed_bytes -= documents_of.size

    def _shrink(self) -> None:
        while self._parsed_bytes > PARSED_BYTES and len(self._parsed) > 1:
            oldest = next(iter(self._parsed))
            self._forget_parsed(oldest, self._by_trace[oldest])
