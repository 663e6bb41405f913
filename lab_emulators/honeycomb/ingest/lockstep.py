"""Lock-step walk of the fields of many spans: a step reads one field of each.

A span whose bytes are not the plain ones an exporter writes is only marked as rare;
nothing here decides whether it is valid.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from lab_emulators.honeycomb.ingest.wire import TOO_LONG, Bytes, Flags, Ints, Wire

MAX_FIELDS = 192  # of one span; the SDKs stop at 128 attributes


class Tag(IntEnum):
    """First byte of the fields of a Span that are read in bulk (trace.proto)."""

    TRACE_ID = 0x0A
    SPAN_ID = 0x12
    PARENT_ID = 0x22
    NAME = 0x2A
    KIND = 0x30
    START = 0x39
    END = 0x41
    ATTRIBUTE = 0x4A
    DROPPED_ATTRIBUTES = 0x50
    DROPPED_EVENTS = 0x60
    DROPPED_LINKS = 0x70
    STATUS = 0x7A
    FLAGS = 0x85  # field 16: its tag has a second byte, 0x01


_COUNTS = (Tag.DROPPED_ATTRIBUTES, Tag.DROPPED_EVENTS, Tag.DROPPED_LINKS)
_SMALL = (Tag.KIND, *_COUNTS)  # varints that never need a second byte
_SIZED = (
    Tag.TRACE_ID,
    Tag.SPAN_ID,
    Tag.PARENT_ID,
    Tag.NAME,
    Tag.ATTRIBUTE,
    Tag.STATUS,
)
_ONCE = (
    Tag.TRACE_ID,
    Tag.SPAN_ID,
    Tag.PARENT_ID,
    Tag.NAME,
    Tag.KIND,
    Tag.START,
    Tag.END,
    Tag.STATUS,
)

_IS_SIZED = np.zeros(256, np.bool_)
_IS_SIZED[list(_SIZED)] = True
_WIDTH = np.full(256, TOO_LONG, np.int64)  # of tag and value together
_WIDTH[list(_SMALL)] = 2
_WIDTH[[Tag.START, Tag.END]] = 9
_WIDTH[Tag.FLAGS] = 6


@dataclass(frozen=True, slots=True)
class FieldRanges:
    """Byte ranges of one field, span by span: start and end of its value.

    An absent field starts and ends at 0.
    """

    starts: Ints
    ends: Ints

    def sizes(self) -> Ints:
        """Returns the number of bytes, 0 where the field is absent."""
        return self.ends - self.starts

    def present(self) -> Flags:
        """Says which spans have the field."""
        return self.ends > 0

    def pick(self, chosen: Ints) -> "FieldRanges":
        """Returns only the chosen ranges."""
        return FieldRanges(self.starts[chosen], self.ends[chosen])


@dataclass(frozen=True, slots=True)
class SpanFields:
    """The fields of all spans; `rare` marks the spans this must not be used for."""

    once: dict[Tag, FieldRanges]
    attributes: FieldRanges
    attribute_spans: Ints
    rare: Flags


def walk(wire: Wire, starts: Ints, ends: Ints) -> SpanFields:
    """Walks the spans that lie from `starts` to `ends`, all in lock-step."""
    rare = np.zeros(len(starts), np.bool_)
    rows, tags, ranges = _steps(wire, starts, ends, rare)
    once = {
        tag: _single(np.flatnonzero(tags == tag), rows, ranges, rare) for tag in _ONCE
    }
    attributes = np.flatnonzero(tags == Tag.ATTRIBUTE)
    return SpanFields(once, ranges.pick(attributes), rows[attributes], rare)


def _steps(
    wire: Wire, starts: Ints, ends: Ints, rare: Flags
) -> tuple[Ints, Bytes, FieldRanges]:
    """Reads a field of every unfinished span per step, until all are finished."""
    # A span's second field starts where its first one ends, so one span can only be
    # read field by field; but the n-th fields of all spans can be read at once.
    # `at` has, for each span still being read, where its next field starts.
    fields: list[tuple[Ints, Bytes, Ints, Ints]] = []
    rows = np.flatnonzero(starts < ends)
    at, ends = starts[rows], ends[rows]
    while rows.size and len(fields) < MAX_FIELDS:
        tags, values, after = _step(wire, at)
        good = after <= ends
        # spans leave when a field is odd (its end is TOO_LONG) or when they are over
        if not good.all():
            rare[rows[~good]] = True
            rows, tags, ends = rows[good], tags[good], ends[good]
            values, after = values[good], after[good]
        fields.append((rows, tags, values, after))
        at, going = after, after < ends
        if not going.all():
            rows, at, ends = rows[going], at[going], ends[going]
    rare[rows] = True
    if not fields:
        empty = np.zeros(0, np.int64)
        return empty, empty.astype(np.uint8), FieldRanges(empty, empty)
    rows_, tags_, values_, after_ = zip(*fields, strict=True)
    ranges = FieldRanges(np.concatenate(values_), np.concatenate(after_))
    return np.concatenate(rows_), np.concatenate(tags_), ranges


def _step(wire: Wire, at: Ints) -> tuple[Bytes, Ints, Ints]:
    """Returns tag, start and end of the value of the fields that start at `at`.

    A field that is not read in bulk ends nowhere.
    """
    tags = wire.octets[at]
    sized = _IS_SIZED[tags]
    # all spans of one exporter have their fields in one order: mostly all are sized
    if sized.all():
        sizes, values = wire.lengths(at + 1)
        return tags, values, values + sizes
    values, after = at + 1, at + _WIDTH[tags]
    following = wire.octets[values]
    after[(_WIDTH[tags] == 2) & (following > 0x7F)] = TOO_LONG
    after[(tags == Tag.FLAGS) & (following != 1)] = TOO_LONG
    some = np.flatnonzero(sized)
    sizes, values[some] = wire.lengths(at[some] + 1)
    after[some] = values[some] + sizes
    return tags, values, after


def _single(indexes: Ints, rows: Ints, ranges: FieldRanges, rare: Flags) -> FieldRanges:
    """Places a field that may come once; a span in which it comes again is rare."""
    starts, ends = np.zeros(len(rare), np.int64), np.zeros(len(rare), np.int64)
    # of a field that comes twice in a span, one end overwrites the other: fewer ends
    # than fields betray it
    owners = rows[indexes]
    starts[owners], ends[owners] = ranges.starts[indexes], ranges.ends[indexes]
    if np.count_nonzero(ends) < len(indexes):
        rare |= np.bincount(owners, minlength=len(rare)) > 1
    return FieldRanges(starts, ends)
