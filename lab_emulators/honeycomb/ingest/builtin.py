"""The columns every span has, for many spans at once: ids, name, times, status."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lab_emulators.honeycomb.ingest.columns import Columns
from lab_emulators.honeycomb.ingest.datasets import LATEST_NS
from lab_emulators.honeycomb.ingest.lockstep import FieldRanges, Tag
from lab_emulators.honeycomb.ingest.plain import KINDS, NS_PER_MS
from lab_emulators.honeycomb.ingest.strings import (
    HEX,
    hexadecimal,
    inline_cells,
    string_cells,
)
from lab_emulators.honeycomb.ingest.wire import Flags, Ints, Wire, Words
from lab_emulators.store import ColumnType

_ERROR = 2  # Status.STATUS_CODE_ERROR
_MESSAGE_TAG, _CODE_TAG = 0x12, 0x18  # of a Status (trace.proto)
_KIND_CELLS = inline_cells(KINDS)
_HEX_START = 4  # a string needs four bytes before it


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """Built-in columns of many spans; those of rare spans are not to be used."""

    trace_ids: Words
    span_ids: Words
    parent_ids: Words
    has_parent: Flags
    names: Words
    kinds: Ints
    starts: Words
    ends: Words
    codes: Ints
    messages: Words
    has_message: Flags
    digits: Wire

    def times_ns(self) -> Ints:
        """Returns the starts of the spans, in ns since the epoch."""
        return np.minimum(self.starts, np.uint64(LATEST_NS)).astype(np.int64)

    def texts(self, chosen: Flags) -> tuple[Words, Words]:
        """Returns the cells of all strings that lie in the wire, of chosen spans."""
        return self.names[chosen], self.messages[chosen & self.has_message]

    def put(self, columns: Columns, spans: Ints, rows: Ints) -> None:
        """Puts the columns of the chosen `spans` where no attribute came before."""
        string = ColumnType.STRING
        kinds = _KIND_CELLS.take(self.kinds[spans], axis=0)
        columns.put("trace.trace_id", string, rows, self.trace_ids.take(spans, axis=0))
        columns.put("trace.span_id", string, rows, self.span_ids.take(spans, axis=0))
        columns.put("name", string, rows, self.names.take(spans, axis=0))
        columns.put("span.kind", string, rows, kinds)
        columns.put("type", string, rows, kinds)
        codes = self.codes[spans].view(np.uint64)
        columns.put("status_code", ColumnType.INTEGER, rows, codes)
        columns.put_value("span.num_events", rows, value=0)
        columns.put_value("span.num_links", rows, value=0)
        columns.put_value("meta.signal_type", rows, value="trace")
        columns.put_value("error", rows[self.codes[spans] == _ERROR], value=True)
        self._put_optional(columns, spans, rows)
        self._put_duration(columns, spans, rows)

    def _put_optional(self, columns: Columns, spans: Ints, rows: Ints) -> None:
        optional = (
            ("trace.parent_id", self.parent_ids, self.has_parent),
            ("status_message", self.messages, self.has_message),
        )
        for key, cells, has in optional:
            some = has[spans]
            columns.put(
                key, ColumnType.STRING, rows[some], cells.take(spans[some], axis=0)
            )

    def _put_duration(self, columns: Columns, spans: Ints, rows: Ints) -> None:
        starts, ends = self.starts[spans], self.ends[spans]
        known = (starts > 0) & (ends > 0)
        backwards = known & (ends < starts)
        elapsed_ns = np.where(known & ~backwards, ends - starts, np.uint64(0))
        cells = (elapsed_ns / NS_PER_MS).view(np.uint64)
        columns.put("duration_ms", ColumnType.FLOAT, rows, cells)
        columns.put_value("meta.invalid_duration", rows[backwards], value=True)


def read(wire: Wire, once: Mapping[Tag, FieldRanges], rare: Flags) -> BuiltIn:
    """Reads the built-in columns of spans; marks those with odd ones as rare."""
    trace, span, parent = (once[t] for t in (Tag.TRACE_ID, Tag.SPAN_ID, Tag.PARENT_ID))
    digits, (trace_ids, span_ids, parent_ids) = _ids(wire, (trace, span, parent), rare)
    codes, messages = _statuses(wire, once[Tag.STATUS], rare)
    kinds = np.where(once[Tag.KIND].present(), wire.at(once[Tag.KIND].starts), 0)
    return BuiltIn(
        trace_ids,
        span_ids,
        parent_ids,
        has_parent=parent.sizes() > 0,
        names=_strings(wire, once[Tag.NAME]),
        kinds=np.where(kinds < len(KINDS), kinds, 0),
        starts=_times(wire, once[Tag.START]),
        ends=_times(wire, once[Tag.END]),
        codes=codes,
        messages=_strings(wire, messages),
        has_message=messages.sizes() > 0,
        digits=digits,
    )


def _times(wire: Wire, ranges: FieldRanges) -> Words:
    return np.where(ranges.present(), wire.words_at(ranges.starts), np.uint64(0))


def _strings(wire: Wire, ranges: FieldRanges) -> Words:
    """Returns the cells of strings; an absent one is the empty string."""
    starts = np.maximum(ranges.starts, _HEX_START)
    return string_cells(wire, starts, ranges.sizes())


def _ids(
    wire: Wire, ids: tuple[FieldRanges, FieldRanges, FieldRanges], rare: Flags
) -> tuple[Wire, tuple[Words, Words, Words]]:
    """Returns the hex digits of trace, span and parent ids, and the cells into them."""
    digits = bytes(_HEX_START)
    cells: list[tuple[Ints, Ints]] = []
    for ranges, width in zip(ids, (16, 8, 8), strict=True):
        sizes = ranges.sizes()
        rare |= (sizes > 0) & (sizes != width)
        starts = len(digits) + np.arange(len(sizes)) * 2 * width
        raw = np.ascontiguousarray(wire.pairs_at(ranges.starts)[:, : width // 8])
        if width == 16:
            zeros = 16 * ((sizes == 16) & (raw[:, 0] == 0))
            cells.append((starts + zeros, 2 * sizes - zeros))
        else:
            cells.append((starts, 2 * sizes))
        digits += hexadecimal(raw.view(np.uint8).reshape(-1, width))
    text = Wire.of(digits)
    trace, span, parent = (string_cells(text, *cell, HEX) for cell in cells)
    return text, (trace, span, parent)


def _statuses(wire: Wire, ranges: FieldRanges, rare: Flags) -> tuple[Ints, FieldRanges]:
    """Returns status codes and where the messages are (message first, then code)."""
    starts, ends = ranges.starts, ranges.ends
    sizes, texts = wire.lengths(starts + 1)
    has_text = (ends > starts) & (wire.at(starts) == _MESSAGE_TAG)
    rest = np.where(has_text, texts + sizes, starts)
    bad = rest > ends
    rest = np.where(bad, ends, rest)
    codes = wire.at(rest + 1)
    has_code = rest < ends
    bad |= has_code & ((wire.at(rest) != _CODE_TAG) | (rest + 2 != ends))
    bad |= has_code & (codes > 0x7F)
    rare |= bad
    nowhere = ~has_text | bad
    message = FieldRanges(
        np.where(nowhere, 0, texts), np.where(nowhere, 0, texts + sizes)
    )
    return np.where(has_code, codes, 0), message
