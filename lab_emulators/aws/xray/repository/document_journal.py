"""The journal of documents: in their order of arrival, in tables of bounded size."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lab_emulators.store import Batch, ColumnType, Store

TABLE = "xray segments"
CHUNKS = 8
_KEYS = {
    "number": ColumnType.INTEGER,
    "trace_id": ColumnType.STRING,
    "id": ColumnType.STRING,
    "in_progress": ColumnType.BOOLEAN,
    "document": ColumnType.STRING,
}
_ARROW = (pa.int64(), pa.string(), pa.string(), pa.bool_(), pa.string())


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of storage: documents, and bytes of their text."""

    documents: int = 100_000
    bytes: int = 128 * 2**20


Entry = tuple[int, str, str, bool, str]
"""(number, trace id, segment id, in progress, text); numbers only grow."""


@dataclass(slots=True)
class _Chunk:
    name: str
    first: int
    documents: int = 0
    bytes: int = 0


class DocumentJournal:
    """Documents by number, in one store; the owner serializes the calls.

    Beyond `bounds` the oldest eighth goes at once: a table is dropped, and no row is
    ever changed.
    """

    def __init__(self, store: Store, bounds: Bounds) -> None:
        self._store = store
        self._bounds = bounds
        self._chunks: list[_Chunk] = []

    def append(self, entries: Sequence[Entry]) -> "Future[None]":
        """Stores `entries`; the future is done when they are durable."""
        chunk = self._chunk_for(entries[0][0])
        done = self._store.submit([_batch(chunk.name, entries)])
        _count(chunk, entries)
        return done

    def overflow(self) -> int | None:
        """Drops the oldest table if there are too many; the first remaining number."""
        if len(self._chunks) <= CHUNKS:
            return None
        self._store.delete_table(self._chunks.pop(0).name)
        return self._chunks[0].first

    def entries(self) -> Iterator[Entry]:
        """All entries by number; `append` continues after them."""
        self._chunks.clear()
        names = [t.name for t in self._store.tables() if t.name.startswith(TABLE)]
        for name in sorted(names):
            with self._store.reader() as reader:
                rows = reader.rows(name, list(_KEYS))
            columns = [rows.column(key).to_pylist() for key in _KEYS]
            entries: list[Entry] = list(zip(*columns, strict=True))
            if entries:
                self._chunks.append(_Chunk(name, entries[0][0]))
                _count(self._chunks[-1], entries)
                yield from entries

    def forget(self) -> None:
        """Forgets the tables, after the store has been emptied."""
        self._chunks.clear()

    def _chunk_for(self, number: int) -> _Chunk:
        if not self._chunks or self._full(self._chunks[-1]):
            # The number in its name keeps the tables in order.
            self._chunks.append(_Chunk(f"{TABLE} {number:020}", number))
        return self._chunks[-1]

    def _full(self, chunk: _Chunk) -> bool:
        return (
            chunk.documents * CHUNKS >= self._bounds.documents
            or chunk.bytes * CHUNKS >= self._bounds.bytes
        )


def _count(chunk: _Chunk, entries: Sequence[Entry]) -> None:
    chunk.documents += len(entries)
    chunk.bytes += sum(len(entry[4]) for entry in entries)


def _batch(table: str, entries: Sequence[Entry]) -> Batch:
    columns = dict(zip(_KEYS, zip(*entries, strict=True), strict=True))
    return Batch(
        table,
        table,
        np.array(columns["number"], dtype=np.int64),
        np.ones(len(entries), dtype=np.int32),
        {
            (key, kind): pa.array(columns[key], arrow)
            for (key, kind), arrow in zip(_KEYS.items(), _ARROW, strict=True)
        },
    )
