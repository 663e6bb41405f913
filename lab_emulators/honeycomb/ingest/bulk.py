"""Many spans of one dataset, read at once: built-in columns, attributes, rates."""

from dataclasses import dataclass

import numpy as np

from lab_emulators.honeycomb.ingest import attributes, builtin
from lab_emulators.honeycomb.ingest.attributes import INTEGER, STRING, TYPES, UNREAD
from lab_emulators.honeycomb.ingest.columns import Columns
from lab_emulators.honeycomb.ingest.lockstep import FieldRanges, walk
from lab_emulators.honeycomb.ingest.sampling import MAX_RATE, RATE_KEYS
from lab_emulators.honeycomb.ingest.strings import check_utf8
from lab_emulators.honeycomb.ingest.wire import Flags, Ints, Wire, Words
from lab_emulators.otlp import OtlpError


@dataclass(frozen=True, slots=True)
class Tagged:
    """Attributes sorted by key, then span: the span, type and cell of each.

    `keys` says which name stands from where to where.
    """

    keys: list[tuple[str, slice]]
    spans: Ints
    types: Ints
    cells: Words

    def put(self, columns: Columns, rows: Ints) -> None:
        """Puts the attributes, those of span i into row `rows[i]`, but for rates."""
        for name, index in self.keys:
            if name in RATE_KEYS:
                continue
            owners, cells = rows[self.spans[index]], self.cells[index]
            for kind, chosen in _by_type(self.types[index]):
                some = cells[chosen] if kind == STRING else cells[chosen, 0]
                columns.put(name, TYPES[kind], owners[chosen], some)

    def rates(self, spans: int) -> Ints:
        """Returns the sample rate of each span, 0 where no attribute says it."""
        rates = np.zeros(spans, np.int64)
        slices = dict(self.keys)
        for name in reversed(RATE_KEYS):  # the preferred spelling last, to stay
            if name in slices:
                values = self.cells[slices[name], 0].view(np.int64)
                rates[self.spans[slices[name]]] = np.clip(values, 1, MAX_RATE)
        return rates


def _by_type(types: Ints) -> list[tuple[int, slice | Ints]]:
    """Returns the types that occur, each with where it does: mostly one, everywhere."""
    first = int(types[0])
    if (types == first).all():
        return [(first, slice(None))]
    indexes = [(kind, np.flatnonzero(types == kind)) for kind in range(len(TYPES))]
    return [(kind, positions) for kind, positions in indexes if len(positions)]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Columns of many spans; `rare` marks those that must be read otherwise."""

    built_in: builtin.BuiltIn
    tagged: Tagged
    rare: Flags


def read(wire: Wire, starts: Ints, ends: Ints) -> Bulk:
    """Reads the spans that lie from `starts` to `ends`.

    Raises OtlpError for strings that are not UTF-8.
    """
    walked = walk(wire, starts, ends)
    rare = walked.rare
    built_in = builtin.read(wire, walked.once, rare)
    tagged = _tag(wire, walked.attributes, walked.attribute_spans, rare)
    strings = tagged.cells.take(np.flatnonzero(tagged.types == STRING), axis=0)
    check_utf8(wire, np.concatenate([strings, *built_in.texts(~rare)]))
    return Bulk(built_in, tagged, rare)


def _tag(wire: Wire, ranges: FieldRanges, spans: Ints, rare: Flags) -> Tagged:
    """Reads, numbers and sorts the attributes; marks spans with odd ones as rare."""
    # The attributes of all spans are one table here; sorted by key, the rows of one
    # key are a slice of it, which is a column.
    pairs = attributes.read(wire, ranges)
    rare[spans[pairs.types == UNREAD]] = True
    usual = np.flatnonzero(~rare[spans])
    numbers, examples, usable = attributes.interned(wire, pairs.keys.pick(usual))
    rare[spans[usual[~usable]]] = True
    names = [_name(wire, pairs.keys, index) for index in usual[examples].tolist()]

    order = _order(numbers, spans[usual])
    usual, numbers = usual[order], numbers[order]
    _mark_repeated(numbers, spans[usual], rare)
    for name in set(RATE_KEYS) & set(names):
        rate_rows = usual[numbers == names.index(name)]
        rare[spans[rate_rows[pairs.types[rate_rows] != INTEGER]]] = True

    bad = rare[spans[usual]]
    if bad.any():
        usual, numbers = usual[~bad], numbers[~bad]
    return Tagged(
        [(names[numbers[index.start]], index) for index in _runs(numbers)],
        spans[usual],
        pairs.types[usual],
        pairs.cells.take(usual, axis=0),
    )


def _name(wire: Wire, keys: FieldRanges, index: int) -> str:
    start, end = keys.starts[index], keys.ends[index]
    try:
        return wire.octets[start:end].tobytes().decode()
    except UnicodeDecodeError as error:
        raise OtlpError(f"an attribute key is not UTF-8: {error}") from error


def _order(numbers: Ints, spans: Ints) -> Ints:
    """Returns the order by number, then span."""
    return np.lexsort((spans, numbers))


def _mark_repeated(numbers: Ints, spans: Ints, rare: Flags) -> None:
    again = (numbers[1:] == numbers[:-1]) & (spans[1:] == spans[:-1])
    rare[spans[1:][again]] = True


def _runs(numbers: Ints) -> list[slice]:
    """Returns where each run of equal numbers stands."""
    if not len(numbers):
        return []
    changes = (np.flatnonzero(np.diff(numbers)) + 1).tolist()
    return [
        slice(start, end)
        for start, end in zip([0, *changes], [*changes, len(numbers)], strict=True)
    ]
