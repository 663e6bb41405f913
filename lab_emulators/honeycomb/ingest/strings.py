"""Strings without Python objects: Arrow string views into buffers that exist already.

A view is 16 bytes: the length, then either up to 12 bytes of text, or the first four
bytes, a buffer number and an offset (Arrow columnar format, "Variable-size Binary
View Layout"). Here it is two little-endian words, called a cell.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lab_emulators.honeycomb.ingest.wire import Ints, Wire, Words
from lab_emulators.otlp import OtlpError

WIRE, HEX, TEXTS = range(3)  # the buffers of every string column, in this order

_INLINE = 12
_HALF = np.uint64(32)
_HEX_PAIRS = np.frombuffer(bytes(range(256)).hex().encode(), "<u2")
# Which bytes of a cell are text, by length; 13 stands for all that is longer.
_FIRST = np.array(
    [(1 << 32 + 8 * min(n, 4)) - (1 << 32) for n in range(_INLINE + 2)], np.uint64
)
_SECOND = np.array(
    [(1 << 8 * max(n - 4, 0)) - 1 for n in range(_INLINE + 1)] + [0], np.uint64
)


def string_cells(wire: Wire, starts: Ints, sizes: Ints, buffer: int = WIRE) -> Words:
    """Returns the cells of strings in `wire`; `starts` must be at least 4."""
    # The four bytes before the text make room for its length; what the pair of words
    # has beyond a short text is masked off, beyond four bytes of a long one as well.
    cells = wire.pairs_at(starts - 4)
    lengths = np.minimum(sizes, _INLINE + 1)
    where = starts.astype(np.uint64) << _HALF | np.uint64(buffer)
    cells[:, 0] = cells[:, 0] & _FIRST[lengths] | sizes.astype(np.uint64)
    cells[:, 1] &= _SECOND[lengths]
    cells[:, 1] |= np.where(sizes > _INLINE, where, np.uint64(0))
    return cells


def inline_cells(texts: Sequence[str]) -> Words:
    """Returns the cells of strings of at most 12 bytes, which need no buffer."""
    views = b"".join(
        len(text).to_bytes(4, "little") + text.encode().ljust(_INLINE, b"\0")
        for text in texts
    )
    return np.frombuffer(views, "<u8").reshape(-1, 2)


def hexadecimal(ids: npt.NDArray[np.uint8]) -> bytes:
    """Returns rows of bytes as one long run of lower-case hex digits."""
    return _HEX_PAIRS[ids].tobytes()


class Texts:
    """Strings that are not in the wire, collected into a buffer of their own."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._cells: dict[str, tuple[int, int]] = {}

    def cell(self, text: str) -> tuple[int, int]:
        """Returns the cell of `text`, adding it unless it is there already."""
        cell = self._cells.get(text)
        if cell is None:
            cell = self._cells[text] = self._add(text.encode())
        return cell

    def _add(self, text: bytes) -> tuple[int, int]:
        first = len(text) | int.from_bytes(text[:4], "little") << 32
        if len(text) <= _INLINE:
            return first, int.from_bytes(text[4:], "little")
        second = TEXTS | self._size << 32
        self._pieces.append(text)
        self._size += len(text)
        return first, second

    def buffer(self) -> pa.Buffer:
        """Returns everything added so far."""
        return pa.py_buffer(b"".join(self._pieces))


def string_array(
    cells: Words, validity: pa.Buffer | None, buffers: list[pa.Buffer]
) -> pa.Array:
    """Returns an Arrow array of strings, sharing all the memory it is given."""
    views = pa.py_buffer(np.ascontiguousarray(cells))
    return pa.Array.from_buffers(
        pa.string_view(), len(cells), [validity, views, *buffers]
    )


def check_utf8(wire: Wire, cells: Words) -> None:
    """OtlpError unless all these strings in the wire are UTF-8, as protobuf demands."""
    try:
        string_array(cells, None, [wire.data]).validate(full=True)
    except pa.ArrowInvalid as error:
        raise OtlpError(f"a string is not UTF-8: {error}") from error
