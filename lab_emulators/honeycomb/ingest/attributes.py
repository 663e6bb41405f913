"""Attributes in bulk: the KeyValue messages of many spans, all at the same time.

Read are those an exporter writes: a key, then one string, bool, integer or double.
"""

from dataclasses import dataclass

import numpy as np

from lab_emulators.honeycomb.ingest.lockstep import FieldRanges
from lab_emulators.honeycomb.ingest.strings import string_cells
from lab_emulators.honeycomb.ingest.wire import Flags, Ints, Wire, Words, scatter
from lab_emulators.store import ColumnType

TYPES = (
    ColumnType.STRING,
    ColumnType.BOOLEAN,
    ColumnType.INTEGER,
    ColumnType.FLOAT,
)
STRING, BOOLEAN, INTEGER, FLOAT = range(4)
UNREAD = -1

_KEY_TAG, _VALUE_TAG = 0x0A, 0x12  # of a KeyValue (common.proto)
_TYPE_OF_TAG = np.full(256, UNREAD, np.int8)
_TYPE_OF_TAG[[0x0A, 0x10, 0x18, 0x21]] = (STRING, BOOLEAN, INTEGER, FLOAT)

# Which bytes of a pair of words belong to a key of that many bytes or more.
_FIRST = np.array([(1 << 8 * min(n, 8)) - 1 for n in range(17)], np.uint64)
_SECOND = np.array([(1 << 8 * max(n - 8, 0)) - 1 for n in range(17)], np.uint64)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_SLOT_SHIFT = np.uint64(48)


@dataclass(frozen=True, slots=True)
class Attributes:
    """Attributes by the dozen: where keys lie, and types and cells of the values.

    `types` are indexes into TYPES, or UNREAD for what is not read in bulk. `cells` has
    two words per attribute: an Arrow string view, or a number's bits in the first.
    """

    keys: FieldRanges
    types: Ints
    cells: Words


def read(wire: Wire, ranges: FieldRanges) -> Attributes:
    """Reads the KeyValue messages at `ranges`."""
    keys, values, whole = _split(wire, ranges)
    tags = wire.octets[values.starts]
    types = np.where(whole, _TYPE_OF_TAG[tags], UNREAD).astype(np.int64)
    cells = np.zeros((len(types), 2), np.uint64)
    for kind, reader in _READERS.items():
        chosen = np.flatnonzero(types == kind)
        if chosen.size:
            inside = FieldRanges(values.starts[chosen] + 1, values.ends[chosen])
            decoded, good = reader(wire, inside)
            scatter(cells, chosen, decoded)
            types[chosen[~good]] = UNREAD
    return Attributes(keys, types, cells)


def _split(wire: Wire, ranges: FieldRanges) -> tuple[FieldRanges, FieldRanges, Flags]:
    """Returns keys, AnyValues, and which messages consist of exactly these two."""
    starts, ends = ranges.starts, ranges.ends
    key_sizes = wire.at(starts + 1)
    keys = FieldRanges(starts + 2, starts + 2 + key_sizes)
    whole = (wire.octets[starts] == _KEY_TAG) & (key_sizes > 0) & (key_sizes < 0x80)
    whole &= wire.octets[keys.ends] == _VALUE_TAG
    sizes, values = wire.lengths(keys.ends + 1)
    whole &= (sizes > 0) & (values + sizes == ends)
    return keys, FieldRanges(values, ends), whole


def _strings(wire: Wire, ranges: FieldRanges) -> tuple[Words, Flags]:
    sizes, starts = wire.lengths(ranges.starts)
    good = starts + sizes == ranges.ends
    return string_cells(wire, starts, np.where(good, sizes, 0)), good


def _booleans(wire: Wire, ranges: FieldRanges) -> tuple[Words, Flags]:
    octets = wire.octets[ranges.starts]
    return _numbers(octets != 0), (ranges.sizes() == 1) & (octets < 0x80)


def _doubles(wire: Wire, ranges: FieldRanges) -> tuple[Words, Flags]:
    return _numbers(wire.words_at(ranges.starts)), ranges.sizes() == 8


def _integers(wire: Wire, ranges: FieldRanges) -> tuple[Words, Flags]:
    """Decodes varints whose sizes are known, one byte of all of them per step."""
    # A varint has seven bits per byte, the lowest first; the top bit says whether
    # another byte follows, which here has to agree with the size of the range.
    sizes = ranges.sizes()
    good = (sizes > 0) & (sizes <= 10)
    numbers = np.zeros(len(sizes), np.uint64)
    for step in range(int(sizes[good].max(initial=0))):
        byte = wire.octets[ranges.starts + step].astype(np.uint64)
        inside = sizes > step
        good &= ~inside | ((byte > 0x7F) == (sizes > step + 1))
        if step == 9:
            good &= ~inside | (byte == 1)  # the 64th bit; there is no 65th
        part = (byte & np.uint64(0x7F)) << np.uint64(7 * step)
        numbers |= np.where(inside, part, np.uint64(0))
    return _numbers(numbers), good


def _numbers(bits: np.ndarray) -> Words:
    cells = np.zeros((len(bits), 2), np.uint64)
    cells[:, 0] = bits
    return cells


_READERS = {
    STRING: _strings,
    BOOLEAN: _booleans,
    INTEGER: _integers,
    FLOAT: _doubles,
}


def interned(wire: Wire, keys: FieldRanges) -> tuple[Ints, Ints, Flags]:
    """Numbers the distinct keys: each key's number, one example of each, and a flag.

    The flag is False for a key whose hash is another key's: it has no usable number.
    """
    # No key becomes a Python string: all are hashed eight bytes at a time, and each is
    # compared with one example of its hash. 16 bits nearly always do; else all 64.
    words = _words(wire, keys)
    hashes = keys.sizes().astype(np.uint64)
    for word in words:
        hashes = (hashes ^ word) * _MIX
        hashes ^= hashes >> _HALF
    hashes *= _MIX
    slots = (hashes >> _SLOT_SHIFT).astype(np.int64)
    examples = _last_in_slot(slots, 1 << 16)
    same = _equal(words, keys.sizes(), examples)
    if not same.all():
        slots = np.unique(hashes, return_inverse=True)[1]
        examples = _last_in_slot(slots, len(slots))
        same = _equal(words, keys.sizes(), examples)
    firsts = np.flatnonzero(examples == np.arange(len(examples)))
    numbers = np.zeros(len(examples), np.int64)
    numbers[firsts] = np.arange(len(firsts))
    return numbers[examples], firsts, same


def _words(wire: Wire, keys: FieldRanges) -> list[Words]:
    """Returns the bytes of the keys eight at a time, zeros beyond their ends."""
    sizes = keys.sizes()
    words = []
    for step in range(0, int(sizes.max(initial=0)), 16):
        pairs = wire.pairs_at(keys.starts + step)
        left = np.clip(sizes - step, 0, 16)
        words.append(pairs[:, 0] & _FIRST[left])
        words.append(pairs[:, 1] & _SECOND[left])
    return words


def _last_in_slot(slots: Ints, size: int) -> Ints:
    """Returns for each row the last row that has the same slot."""
    # of several assignments to one slot, NumPy keeps the last
    table = np.empty(size, np.int64)
    table[slots] = np.arange(len(slots))
    return table[slots]


def _equal(words: list[Words], sizes: Ints, others: Ints) -> Flags:
    same: Flags = sizes == sizes[others]
    for word in words:
        same &= word == word[others]
    return same
