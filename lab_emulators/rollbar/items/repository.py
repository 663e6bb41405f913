"""Occurrences as rows of the store, and the items they add up to.

An occurrence is stored as one row, in one piece, and items are always derived from
rows (`item_index`), so there is nothing that could be half stored. What people change
of an item is a document of its own.
"""

import concurrent.futures
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from lab_emulators.rollbar.items.item_index import ItemIndex
from lab_emulators.rollbar.items.model import Item, Occurrence, OccurrenceData
from lab_emulators.store import Batch, ColumnType, Reader, Row, Store
from lab_emulators.store.query import (
    TRUE,
    By,
    Column,
    EventTime,
    Expr,
    Keep,
    Limit,
    Pipeline,
    Rows,
    Sort,
    Step,
)

TABLE = "occurrences"
EDITS = "rollbar edits"

STRING, INTEGER = ColumnType.STRING, ColumnType.INTEGER
COLUMNS: Mapping[str, ColumnType] = {
    "id": INTEGER,
    "item": INTEGER,
    "uuid": STRING,
    "environment": STRING,
    "level": INTEGER,
    "title": STRING,
    "fingerprint": STRING,
    "person": STRING,
    "address": STRING,
    "code_version": STRING,
    "platform": STRING,
    "framework": STRING,
    "language": STRING,
    "ingested_ns": INTEGER,
    "reactivates": ColumnType.BOOLEAN,
    "payload": STRING,
}
"""The columns of `occurrences`, besides `_time`: when it happened. A row has no value
where the payload says nothing."""

ID = Column("id", INTEGER)
ITEM = Column("item", INTEGER)
UUID = Column("uuid", STRING)
PAYLOAD = Column("payload", STRING)

END_NS = 2**63 - 1
_NEWEST = Sort((By(ID, descending=True),))
_LIGHT = tuple(name for name in COLUMNS if name != "payload")


class ItemRepository:
    """All items and occurrences; what `add` has stored survives `kill -9`."""

    def __init__(self, store: Store, clock: Callable[[], int] = time.time_ns) -> None:
        self.store = store
        self.clock = clock
        self._lock = threading.RLock()
        self._index = ItemIndex()
        self._loaded = False
        self._written: Future[None] | None = None

    def add(self, draft: OccurrenceData) -> bool:
        """Stores an occurrence; False if its uuid is stored. store.OverloadedError."""
        with self._lock:
            self._load()
            if draft.uuid in self._index:
                self._settle()  # the other one may still be on its way
            if draft.uuid in self._index:
                return False
            occurrence = self._index.assign_ids(draft)
            pending = self.store.submit([_batch(occurrence)])
            pending.add_done_callback(self._doubt_if_failed)
            self._index.take(occurrence)
            self._written = pending
        pending.result()
        return True

    def items(self) -> list[Item]:
        """Every item, the oldest first."""
        with self._lock:
            self._settle()
            return list(self._index.items())

    def item(self, identity: int) -> Item | None:
        """The item of that id, None if there is none."""
        with self._lock:
            self._settle()
            return self._index.item(identity)

    def edit(self, identity: int, changes: Mapping[str, Any]) -> Item | None:
        """Changes fields of an item, durably; None if there is no such item.

        `changes` may have status, title, level (a number), assigned_user_id,
        resolved_in_version and whatever else the API shall show again.
        """
        with self._lock:
            self._settle()
            item = self._index.item(identity)
            if item is None:
                return None
            edits = {**item.edits, **changes}
            if "status" in changes:
                edits["after"] = self._index.last()
            self.store.documents.put(EDITS, str(identity), edits)
            self._index.edit(identity, edits)
            return self._index.item(identity)

    def occurrences(
        self, where: Expr = TRUE, *, limit: int, skip: int = 0
    ) -> list[Occurrence]:
        """Occurrences that fulfill `where`, the newest first, with their payloads."""
        steps = (Keep(where), _NEWEST, Limit(limit, skip))
        with self.store.reader() as reader:
            return list(_read(reader, steps, tuple(COLUMNS)))

    def empty(self) -> None:
        """Removes everything in the store, and the index of it."""
        with self._lock:
            self.store.reset()
            self._loaded, self._written = False, None

    def _settle(self) -> None:
        """Waits until all is durable: commits end in the order of their requests."""
        if self._written is not None:
            concurrent.futures.wait([self._written])
            self._doubt_if_failed(self._written)
        self._load()

    def _doubt_if_failed(self, future: "Future[None]") -> None:
        """Discards the index if a row did not reach the store after all."""
        if future.exception() is not None:
            self._loaded = False

    def _load(self) -> None:
        if self._loaded:
            return
        if self._written is not None:
            concurrent.futures.wait([self._written])
        self._index = ItemIndex()
        with self.store.reader() as reader:
            for occurrence in _read(reader, (Sort((By(ID),)),), _LIGHT):
                self._index.take(occurrence)
        for identity, edits in self.store.documents.list(EDITS):
            self._index.edit(int(identity), edits)
        self._loaded, self._written = True, None


def _batch(occurrence: Occurrence) -> Batch:
    values = {name: getattr(occurrence, name) for name in COLUMNS}
    cells = {n: v for n, v in values.items() if v != "" and v is not False}
    return Batch.from_rows(TABLE, TABLE, [Row(occurrence.time_ns, 1, cells)])


def _read(
    reader: Reader, steps: Sequence[Step], names: Sequence[str]
) -> Iterator[Occurrence]:
    info = reader.table(TABLE)
    rows = Rows(() if info is None else (info,), COLUMNS, 0, END_NS)
    columns: dict[str, Expr] = {name: Column(name, COLUMNS[name]) for name in names}
    pipeline = Pipeline(rows, tuple(steps), {"time_ns": EventTime(), **columns})
    table = reader.run(pipeline).table
    for cells in zip(*(column.to_pylist() for column in table.columns), strict=True):
        row = dict(zip(("time_ns", *names), cells, strict=True))
        row = {name: value for name, value in row.items() if value is not None}
        yield Occurrence(**{"title": "", "environment": "", **row})
