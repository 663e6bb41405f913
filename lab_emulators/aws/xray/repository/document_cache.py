"""The documents of every trace in memory, by trace and id."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lab_emulators.aws.xray.model import Segment, Trace
from lab_emulators.aws.xray.repository.document_journal import Entry
from lab_emulators.aws.xray.segment_documents import parse_document
from lab_emulators.aws.xray.trace_assembly import assemble

TRACE_BYTES = 500_000
"""AWS's quota for the documents of one trace; what goes beyond is not kept."""

PARSED_BYTES = 2 * 2**20
"""Text of the documents whose parsed form is remembered."""


@dataclass(slots=True)
class _Held:
    """One trace: number, state and text of its documents by id."""

    documents: dict[str, tuple[int, bool, str]] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    size: int = 0
    exceeded: bool = False


class Shelf:
    """What is kept of each trace; the owner serializes the calls.

    Of documents with one id the last one wins, but one in progress never replaces a
    complete one: datagrams overtake each other.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._parsed: OrderedDict[str, dict[str, Segment]] = OrderedDict()
        self._parsed_bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, trace_id: str) -> bool:
        return trace_id in self._held

    def trace_ids(self) -> Iterable[str]:
        """The ids of all traces."""
        return self._held.keys()

    def is_complete(self, trace_id: str, identity: str) -> bool:
        """Whether there is such a segment, and it has ended."""
        held = self._held.get(trace_id)
        known = held.documents.get(identity) if held else None
        return known is not None and not known[1]

    def take(self, entry: Entry) -> None:
        """Keep one document."""
        number, trace_id, identity, in_progress, text = entry
        held = self._held.get(trace_id)
        if held is None:
            held = self._held[trace_id] = _Held()
        held.numbers.append(number)
        before = held.documents.get(identity)
        grown = len(text) - (len(before[2]) if before else 0)
        if held.size + grown > TRACE_BYTES:
            held.exceeded = True
            return
        held.size += grown
        held.documents[identity] = number, in_progress, text
        parsed = self._parsed.get(trace_id)
        if parsed is not None:
            parsed.pop(identity, None)
            self._parsed_bytes += grown

    def trace(self, trace_id: str) -> Trace:
        """The trace put together from its documents; KeyError."""
        held = self._held[trace_id]
        return replace(
            assemble(trace_id, self._segments(trace_id, held).values()),
            revision=len(held.numbers),
            limit_exceeded=held.exceeded,
            updated=held.numbers[-1] / 1e9,
        )

    def give_up(self, first: int) -> list[str]:
        """Forget documents numbered before `first`; the traces that had some."""
        touched = [t for t, held in self._held.items() if held.numbers[0] < first]
        for trace_id in touched:
            held = self._held[trace_id]
            self._forget_parsed(trace_id, held)
            held.numbers = [n for n in held.numbers if n >= first]
            held.documents = {
                i: document
                for i, document in held.documents.items()
                if document[0] >= first
            }
            held.size = sum(len(text) for _, _, text in held.documents.values())
            if not held.documents:
                del self._held[trace_id]
        return touched

    def clear(self) -> None:
        """Forget everything."""
        self._held.clear()
        self._parsed.clear()
        self._parsed_bytes = 0

    def _segments(self, trace_id: str, held: _Held) -> dict[str, Segment]:
        parsed = self._parsed.get(trace_id)
        if parsed is None:
            parsed = self._parsed[trace_id] = {}
            self._parsed_bytes += held.size
        else:
            self._parsed.move_to_end(trace_id)
        for identity, (_, _, text) in held.documents.items():
            if identity not in parsed:
                parsed[identity] = parse_document(text)
        self._shrink()
        return {identity: parsed[identity] for identity in held.documents}

    def _forget_parsed(self, trace_id: str, held: _Held) -> None:
        if self._parsed.pop(trace_id, None) is not None:
            self._parsed_bytes -= held.size

    def _shrink(self) -> None:
        while self._parsed_bytes > PARSED_BYTES and len(self._parsed) > 1:
            oldest = next(iter(self._parsed))
            self._forget_parsed(oldest, self._held[oldest])
