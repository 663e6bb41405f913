"""A buffer of protobuf wire format, read at many offsets at once with NumPy."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

TOO_LONG = 1 << 40
"""Stands for a length of more than three bytes (2 MiB and more): it fits nowhere."""

_PADDING = 512  # more than any one read reaches beyond the last byte
_LOW = 0x7F


@dataclass(frozen=True, slots=True)
class Wire:
    """One buffer as single bytes, as 8-byte words and as 16-byte pairs of them.

    `words[i]` and `pairs[i]` start at byte i, whatever its alignment. Reads may run
    over the end of the body: zeros follow it.
    """

    data: pa.Buffer
    octets: Bytes
    words: npt.NDArray[np.void]
    pairs: npt.NDArray[np.void]

    @classmethod
    def of(cls, body: bytes) -> "Wire":
        """Prepares `body` for reading; costs one copy of it."""
        padded = body + bytes(_PADDING)
        return cls(
            pa.py_buffer(padded),
            np.frombuffer(padded, np.uint8),
            _overlapping(padded, 8),
            _overlapping(padded, 16),
        )

    def at(self, offsets: Ints) -> Ints:
        """Returns the bytes at `offsets`, wide enough to calculate with."""
        return self.octets[offsets].astype(np.int64)

    def words_at(self, offsets: Ints) -> Words:
        """Returns the little-endian 64-bit words that start at `offsets`."""
        return self.words[offsets].view("<u8")

    def pairs_at(self, offsets: Ints) -> Words:
        """Returns 16 bytes from each of `offsets`, as rows of two words."""
        return self.pairs[offsets].view("<u8").reshape(-1, 2)

    def lengths(self, offsets: Ints) -> tuple[Ints, Ints]:
        """Reads the length prefixes at `offsets`: the lengths, and where each ends."""
        sizes = self.at(offsets)
        after = offsets + 1
        longer = np.flatnonzero(sizes > _LOW)
        if longer.size:
            sizes[longer], after[longer] = self._long(offsets[longer])
        return sizes, after

    def _long(self, offsets: Ints) -> tuple[Ints, Ints]:
        first, second, third = (self.at(offsets + i) for i in range(3))
        sizes = (first & _LOW) | (second & _LOW) << 7
        three = second > _LOW
        sizes[three] |= third[three] << 14
        sizes[three & (third > _LOW)] = TOO_LONG
        return sizes, offsets + 2 + three


def _overlapping(padded: bytes, width: int) -> npt.NDArray[np.void]:
    count = len(padded) - width + 1
    return np.ndarray((count,), np.dtype(f"V{width}"), padded, strides=(1,))


def scatter(pairs: Words, offsets: Ints, values: Words) -> None:
    """Sets rows of two words; as 16-byte items that takes a fifth of the time."""
    items = np.ascontiguousarray(values).view("V16")
    pairs.view("V16")[:, 0][offsets] = items[:, 0]
