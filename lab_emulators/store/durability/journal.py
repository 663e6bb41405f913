"""The journal: what was acknowledged, on disk before the database has it.

Two files take turns, so that one can be emptied while the other grows. Each begins
with a header that names the database they belong to, followed by records:

    magic, sequence, length (8 bytes each) | CRC of payload, CRC of this head (4 each)
    payload

A record is written and fsynced before the next one begins. So only the very last one
can be torn by a crash, and it was never acknowledged; a broken record that an intact
one follows is damage, and is reported.
"""

import os
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from lab_emulators.store.durability.packing import Bytes
from lab_emulators.store.schema.model import ForeignStoreError

FILE_BYTES = 32 * 2**20
"""A file that has grown beyond gives its turn to the other one, if that is empty."""

_MAGIC = b"\x93lab-rec"
_FILE_MAGIC = b"lab-journal-1\n\0\0"
_HEAD = struct.Struct("<8sQQII")
_CHECKED = _HEAD.size - 4  # the head without its own CRC
_OWNER_BYTES = 16
_FIRST = len(_FILE_MAGIC) + _OWNER_BYTES  # where records begin


@dataclass(frozen=True, slots=True)
class RecordPosition:
    """An intact record: its sequence number, and the position of its payload."""

    sequence: int
    offset: int
    length: int

    @property
    def end(self) -> int:
        """The offset of the next record."""
        return self.offset + self.length


class _File:
    """One file of the journal; `size` is its end, `last` its last record's number."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self.raw: BinaryIO = path.open("r+b", buffering=0)
        self.size = _FIRST
        self.last = 0

    def begin(self, owner: bytes) -> None:
        """Empties the file and names its `owner`, a database."""
        self.raw.seek(0)
        self.raw.truncate()
        _write(self.raw, _FILE_MAGIC + owner)
        os.fsync(self.raw.fileno())
        self.empty()

    def empty(self) -> None:
        """Drops the records. Without fsync: only applied records can come back."""
        self.raw.truncate(_FIRST)
        self.size, self.last = _FIRST, 0

    def append(self, record: bytes, sequence: int) -> None:
        """Writes and syncs; OSError leaves the file without any part of the record."""
        self.raw.seek(self.size)
        try:
            _write(self.raw, record)
            os.fsync(self.raw.fileno())
        except OSError:
            self.raw.truncate(self.size)
            raise
        self.size += len(record)
        self.last = sequence

    def belongs(self, owner: bytes) -> bool:
        """True for a file of `owner`; ForeignStoreError for another's with records."""
        self.raw.seek(0)
        header = self.raw.read(_FIRST)
        if len(header) < _FIRST:
            return False  # a process was killed while it made the file
        if header == _FILE_MAGIC + owner:
            return True
        if header.startswith(_FILE_MAGIC) and not self.raw.read(1):
            return False  # empty, left by a database that is gone
        raise ForeignStoreError(self.path, "is the journal of another database")

    def scan(self) -> list[RecordPosition]:
        """The intact records; ForeignStoreError if one follows a broken one."""
        positions: list[RecordPosition] = []
        end = self.raw.seek(0, os.SEEK_END)
        position = _record_at(self.raw, _FIRST)
        while position:
            positions.append(position)
            position = _record_at(self.raw, position.end)
        # Only the last record can be torn: one that follows a broken one was written
        # after an fsync that had covered both, so the file itself is damaged.
        self.size = positions[-1].end if positions else _FIRST
        self.last = positions[-1].sequence if positions else 0
        if self.size < end and _any_record_after(self.raw, self.size):
            raise ForeignStoreError(self.path, f"is damaged at byte {self.size}")
        return positions

    def payload(self, position: RecordPosition) -> bytes:
        """The payload of that record."""
        self.raw.seek(position.offset)
        return _read(self.raw, position.length)


class Journal:
    """Records in two files beside the database; one thread writes, any may release."""

    def __init__(
        self,
        database: Path,
        files: tuple[_File, _File],
        positions: list[list[RecordPosition]],
    ) -> None:
        self.database = database
        self._files = files
        self._lock = threading.Lock()
        self._positions = positions
        self._turn = 0 if files[0].last > files[1].last else 1
        self.last = max(file.last for file in files)

    @classmethod
    def open(cls, database: Path, owner: str, applied: int) -> Self:
        """The journal of that database, made if it is not there; `owner` is hex.

        `applied` is the last record the database has: those after it must be there
        without a gap. Raises ForeignStoreError if one is missing or damaged, or if the
        files belong to another database; nothing is changed then.
        """
        paths = [database.with_name(f"{database.name}.journal-{n}") for n in "ab"]
        files = (_File(paths[0]), _File(paths[1]))
        try:
            mine = [file.belongs(bytes.fromhex(owner)) for file in files]
            positions = [
                file.scan() if own else []
                for file, own in zip(files, mine, strict=True)
            ]
            _check_complete(paths[0], positions, applied)
        except ForeignStoreError:
            for file in files:
                file.raw.close()
            raise
        for file, own in zip(files, mine, strict=True):
            if own:
                file.raw.truncate(file.size)  # without what a crash has torn
            else:
                file.begin(bytes.fromhex(owner))
        _sync_folder(database.parent)
        journal = cls(database, files, positions)
        journal.last = max(journal.last, applied)
        return journal

    def after(self, applied: int) -> Iterator[tuple[int, bytes]]:
        """Pairs (sequence, payload) of the records at opening beyond `applied`."""
        records = [
            (position, file)
            for file, positions in zip(self._files, self._positions, strict=True)
            for position in positions
            if position.sequence > applied
        ]
        for position, file in sorted(records, key=lambda one: one[0].sequence):
            yield position.sequence, file.payload(position)

    def write(self, payload: Iterable[Bytes]) -> int:
        """Appends a durable record, returns its number; OSError: nothing is written."""
        record = _record(self.last + 1, b"".join(payload))
        with self._lock:
            file, other = self._files[self._turn], self._files[1 - self._turn]
            if file.size > FILE_BYTES and not other.last:
                self._turn, file = 1 - self._turn, other
            file.append(record, self.last + 1)
        self.last += 1
        return self.last

    def release(self, applied: int) -> None:
        """Empties each file whose records are all in the database, up to `applied`."""
        with self._lock:
            for file in self._files:
                if 0 < file.last <= applied:
                    with suppress(OSError):  # it stays, and is tried again
                        file.empty()

    def close(self) -> None:
        """Closes the files; what is in them is there at the next opening."""
        for file in self._files:
            file.raw.close()


def _record(sequence: int, payload: bytes) -> bytes:
    sizes = (_MAGIC, sequence, len(payload), zlib.crc32(payload))
    head = _HEAD.pack(*sizes, 0)[:_CHECKED]
    return head + struct.pack("<I", zlib.crc32(head)) + payload


def _record_at(raw: BinaryIO, offset: int) -> RecordPosition | None:
    """The intact record that begins at `offset`, None if there is none."""
    raw.seek(offset)
    head = raw.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    magic, sequence, length, payload_crc, head_crc = _HEAD.unpack(head)
    if magic != _MAGIC or zlib.crc32(head[:_CHECKED]) != head_crc:
        return None
    payload = _read(raw, length)
    if len(payload) < length or zlib.crc32(payload) != payload_crc:
        return None
    return RecordPosition(sequence, offset + _HEAD.size, length)


def _any_record_after(raw: BinaryIO, offset: int) -> bool:
    """True if an intact record begins anywhere beyond `offset`."""
    raw.seek(offset)
    rest = _read(raw, -1)
    index = rest.find(_MAGIC, 1)
    while index > 0:
        if _record_at(raw, offset + index):
            return True
        index = rest.find(_MAGIC, index + 1)
    return False


def _check_complete(
    path: Path, positions: list[list[RecordPosition]], applied: int
) -> None:
    """Raises ForeignStoreError if a record between database and journal is missing."""
    numbers = sorted(position.sequence for own in positions for position in own)
    expected = applied + 1
    for number in numbers:
        if number > expected:
            raise ForeignStoreError(path, f"is damaged: record {expected} is missing")
        expected = max(expected, number + 1)


def _write(raw: BinaryIO, data: bytes) -> None:
    """Writes all of `data`: a raw file may take less at a time."""
    left = memoryview(data)
    while left:
        left = left[raw.write(left) :]


def _read(raw: BinaryIO, length: int) -> bytes:
    """Reads up to `length` bytes, all that are left for -1."""
    if length < 0:
        return raw.read()
    pieces: list[bytes] = []
    while length > 0 and (piece := raw.read(min(length, 2**28))):
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def _sync_folder(folder: Path) -> None:
    """Syncs the folder, so that new names are durable, where folders can be synced."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
