"""The table of log events: durable rows of the store, a table for each group.

A row has the event's time, the `message` exactly as it was sent, its `stream`, the
time it was `ingested` (ms) and `seq`, its sequence number over all groups. A message
is not parsed when it is written.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lab_emulators.aws.logs.model import EventPosition, LogEvent, LogEvents
from lab_emulators.store import Batch, ColumnType, NoSuchTableError, Reader, Store
from lab_emulators.store.query import (
    TRUE,
    Aggregate,
    By,
    Column,
    EventTime,
    Expr,
    Fold,
    Keep,
    Limit,
    Measure,
    Op,
    Pipeline,
    Rows,
    Sort,
    Step,
    all_of,
    any_of,
    literal,
    predicate,
)

MESSAGE = Column("message", ColumnType.STRING)
STREAM = Column("stream", ColumnType.STRING)
INGESTED = Column("ingested", ColumnType.INTEGER)
SEQ = Column("seq", ColumnType.INTEGER)
COLUMNS = {column.key: column for column in (MESSAGE, STREAM, INGESTED, SEQ)}
TYPES = {key: column.type for key, column in COLUMNS.items()}

NS_PER_MS = 1_000_000
END_MS = 2**62 // NS_PER_MS
"""Later than any event."""


@dataclass(frozen=True, slots=True)
class EventSelection:
    """A time range of events, from `start_ms` up to, not including, `end_ms`.

    `where` is a condition. `beyond` leaves out everything up to and including that
    position in the order of reading, which is that of time, backward if `descending`.
    """

    start_ms: int = 0
    end_ms: int = END_MS
    where: Expr = TRUE
    beyond: EventPosition | None = None
    descending: bool = False
    limit: int | None = None


class EventsTable:
    """All log events; what `append` has stored when it returns survives `kill -9`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._writes: dict[str, int] = {}
        self.reload()

    def append(
        self, group: str, stream: str, events: LogEvents, ingested_ms: int
    ) -> int:
        """Stores events of one stream, all or none; store.OverloadedError.

        Returns the `seq` of the first one; the others have the numbers that follow.
        """
        count = len(events)
        first = self._numbers(count)
        columns = {
            (MESSAGE.key, MESSAGE.type): events.messages,
            (STREAM.key, STREAM.type): pa.array([stream] * count, pa.string()),
            (INGESTED.key, INGESTED.type): pa.array(np.full(count, ingested_ms)),
            (SEQ.key, SEQ.type): pa.array(np.arange(first, first + count)),
        }
        rates = np.ones(count, dtype=np.int32)
        times = events.times_ms * NS_PER_MS
        self._store.append([Batch(group, group, times, rates, columns)])
        self._count(group)
        return first

    def read(self, group: str, selection: EventSelection) -> list[LogEvent]:
        """The events of a selection, in the order of reading."""
        return list(_events(self.table(group, selection)))

    def table(
        self,
        group: str,
        selection: EventSelection,
        columns: Mapping[str, Expr] = COLUMNS,
    ) -> pa.Table:
        """Columns of a selection: `_time` (ns) and `columns`."""
        with self._store.reader() as reader:
            show = {"_time": EventTime(), **columns}
            rows = _rows(reader, group, selection)
            return reader.run(Pipeline(rows, tuple(_steps(selection)), show)).table

    def measured(
        self, group: str, selection: EventSelection, measures: Mapping[str, Measure]
    ) -> pa.Table:
        """Measures by name of a selection for each `stream`."""
        steps = (Keep(selection.where), Aggregate({STREAM.key: STREAM}, measures))
        show: dict[str, Expr] = {STREAM.key: STREAM}
        show |= {name: Column(name, ColumnType.INTEGER) for name in measures}
        with self._store.reader() as reader:
            rows = _rows(reader, group, selection)
            return reader.run(Pipeline(rows, steps, show)).table

    def writes(self, group: str) -> int:
        """Count of the writes to a group by this process."""
        return self._writes.get(group, 0)

    def remove(self, group: str, where: Expr) -> None:
        """Deletes the events of a group that fulfill `where`, if the group exists."""
        with suppress(NoSuchTableError):
            self._store.delete_rows(group, where)
        self._count(group)

    def reload(self) -> None:
        """Continues the sequence numbers of the stored events."""
        with self._store.reader() as reader:
            rows = Rows(tuple(reader.tables()), TYPES, 0, END_MS * NS_PER_MS)
            last = Aggregate({}, {SEQ.key: Measure(Fold.MAX, SEQ)})
            table = reader.run(Pipeline(rows, (last,), {SEQ.key: SEQ})).table
        self._next = int(table[SEQ.key][0].as_py() or 0) + 1

    def _count(self, group: str) -> None:
        with self._lock:
            self._writes[group] = self._writes.get(group, 0) + 1

    def _numbers(self, count: int) -> int:
        with self._lock:
            first = self._next
            self._next += count
            return first


def in_stream(*names: str) -> Expr:
    """Condition: an event is of one of these streams."""
    return predicate(Op.IS_IN, STREAM, *(literal(name) for name in names))


def before(time_ms: int) -> Expr:
    """Condition: an event is older than that."""
    return predicate(Op.LT, EventTime(), literal(time_ms * NS_PER_MS))


def _rows(reader: Reader, group: str, selection: EventSelection) -> Rows:
    info = reader.table(group)
    start, end = selection.start_ms * NS_PER_MS, selection.end_ms * NS_PER_MS
    return Rows(() if info is None else (info,), TYPES, start, end)


def _steps(selection: EventSelection) -> Iterator[Step]:
    yield Keep(selection.where)
    if selection.beyond is not None:
        yield Keep(_beyond(selection.beyond, Op.LT if selection.descending else Op.GT))
    order = (EventTime(), SEQ)
    yield Sort(tuple(By(value, descending=selection.descending) for value in order))
    if selection.limit is not None:
        yield Limit(selection.limit)


def _beyond(position: EventPosition, op: Op) -> Expr:
    time = literal(position.time_ms * NS_PER_MS)
    same = predicate(Op.EQ, EventTime(), time)
    later = predicate(op, SEQ, literal(position.seq))
    return any_of([predicate(op, EventTime(), time), all_of([same, later])])


def _events(table: pa.Table) -> Iterator[LogEvent]:
    columns = [table[name].to_pylist() for name in ("_time", *TYPES)]
    for time_ns, message, stream, ingested, seq in zip(*columns, strict=True):
        yield LogEvent(
            EventPosition(time_ns // NS_PER_MS, seq), message, stream, ingested
        )
