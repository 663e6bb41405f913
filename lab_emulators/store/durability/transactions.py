"""Transactions: the one connection that writes, and the catalog it has committed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from lab_emulators.store.durability import records
from lab_emulators.store.durability.packing import Entry
from lab_emulators.store.durability.rows import insert
from lab_emulators.store.schema import ddl
from lab_emulators.store.schema.batch import Batch, ColumnType, plain_text
from lab_emulators.store.schema.catalog import Catalog, written
from lab_emulators.store.schema.fit import Fitter
from lab_emulators.store.schema.model import (
    ColumnInfo,
    DiskFullError,
    OverloadedError,
    Properties,
)

T = TypeVar("T")

VERSIONS_KEPT = 64
"""Catalogs remembered for readers; a reader of an older one loads it from the file."""

RETRY_AFTER_S = 1.0
"""Seconds before a commit that ran out of memory is tried again."""

NOTES_KEPT = 256
"""Commits between two foldings of the notes of what was written when."""


@dataclass(slots=True)
class Transaction:
    """An open transaction, with the catalog as it will be when it commits."""

    con: DuckDBPyConnection
    catalog: Catalog
    now_ns: int
    new_id: Callable[[], str]
    max_columns: int

    def evolve(self, after: Catalog) -> None:
        """Changes the tables to those of `after`, which was made from `catalog`."""
        if after is self.catalog:
            return
        after = replace(after, version=after.version + 1)
        ddl.follow(self.con, self.catalog, after)
        records.save(self.con, self.catalog, after)
        self.catalog = after

    def new_column(
        self, key: str, kind: ColumnType, properties: Properties
    ) -> ColumnInfo:
        """A column made now, with the next free physical name."""
        physical = f"c{self.catalog.next_number}"
        now, identity = self.now_ns, self.new_id()
        return ColumnInfo(
            identity,
            plain_text(key),
            kind,
            physical,
            now,
            now,
            properties=dict(properties),
        )

    def store(self, entries: Sequence[Entry]) -> None:
        """Stores the rows of entries, which `Transactions.plan` has admitted."""
        catalog, by_table = self.catalog, dict[str, list[Batch]]()
        for entry in entries:
            fitter = Fitter(entry.now_ns, self.new_id, self.max_columns)
            catalog = fitter.fit(catalog, entry.batches)
            for batch in entry.batches:
                if len(batch):
                    by_table.setdefault(batch.table, []).append(batch)
        self.evolve(catalog)
        for name, batches in by_table.items():
            insert(self.con, self.catalog.tables[name], batches)
        for (name, now_ns), keys in _last_written(entries).items():
            info = self.catalog.tables[name]
            records.note_written(self.con, info, keys, now_ns)
            self.catalog = self.catalog.with_table(written(info, keys, now_ns))

    def note_applied(self, sequence: int) -> None:
        """Notes that the records up to `sequence` are in this transaction."""
        records.note_applied(self.con, sequence)


class Transactions:
    """Runs transactions one after the other; only the writer thread runs them."""

    def __init__(
        self,
        con: DuckDBPyConnection,
        *,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        max_columns: int,
    ) -> None:
        self._con = con
        self._clock = clock
        self._new_id = new_id
        self._max_columns = max_columns
        with _transaction(con):
            records.fold_written(con)
            self.catalog = records.load(con)
            self.owner, self.applied = records.journal_state(con)
        self._versions = {self.catalog.version: self.catalog}
        self._notes = 0

    def now_ns(self) -> int:
        """The time of the clock, in nanoseconds since the epoch."""
        return self._clock()

    def run(self, change: Callable[[Transaction], T], now_ns: int | None = None) -> T:
        """Commits what `change` does, or, if it raises, none of it.

        OverloadedError where queries leave no memory for it, which passes;
        DiskFullError where the disk has no space left.
        """
        now = self._clock() if now_ns is None else now_ns
        work = Transaction(
            self._con, self.catalog, now, self._new_id, self._max_columns
        )
        try:
            with _transaction(self._con):
                result = change(work)
                self._fold_sometimes()
                # Known before it is visible: a reader may begin right after COMMIT.
                self._remember(work.catalog)
        except duckdb.OutOfMemoryException as error:
            raise OverloadedError(RETRY_AFTER_S) from error
        except duckdb.Error as error:
            raise DiskFullError.of(error) or error from error
        self.catalog = work.catalog
        return result

    def plan(self, catalog: Catalog, batches: Sequence[Batch]) -> Catalog:
        """The catalog that fits `batches`, as a check that they can be stored at all.

        Raises TooManyColumnsError over the limit. The catalog is not for readers:
        applying makes it again, with ids.
        """
        return Fitter(0, str, self._max_columns).fit(catalog, batches)

    def apply(self, entries: Sequence[Entry], sequence: int) -> None:
        """Commits entries, the last being record `sequence`, in one transaction."""

        def change(work: Transaction) -> None:
            work.store(entries)
            work.note_applied(sequence)

        self.run(change, now_ns=entries[-1].now_ns)
        self.applied = sequence

    def as_seen_by(self, con: DuckDBPyConnection) -> Catalog:
        """The catalog that matches the snapshot of the transaction open on `con`."""
        version = con.execute("SELECT version FROM lab.meta").fetchall()[0][0]
        return self._versions.get(version) or records.load(con)

    def close(self) -> None:
        """Closes the connection; the writer thread must have ended."""
        self._con.close()

    def _remember(self, catalog: Catalog) -> None:
        self._versions[catalog.version] = catalog
        for version in sorted(self._versions)[:-VERSIONS_KEPT]:
            del self._versions[version]

    def _fold_sometimes(self) -> None:
        self._notes += 1
        if self._notes >= NOTES_KEPT:
            records.fold_written(self._con)
            self._notes = 0


def _last_written(entries: Sequence[Entry]) -> dict[tuple[str, int], set[str]]:
    """Keys, by table and time, that got values then and not later."""
    latest: dict[str, dict[str | None, int]] = {}
    for entry in entries:
        for batch in entry.batches:
            if len(batch):
                own = latest.setdefault(batch.table, {})
                own[None] = entry.now_ns  # the table's own time, whatever its columns
                own.update((key, entry.now_ns) for key, _ in batch.columns)
    keys_by_time: dict[tuple[str, int], set[str]] = {}
    for table, own in latest.items():
        for key, now_ns in sorted(own.items(), key=lambda item: item[1]):
            keys = keys_by_time.setdefault((table, now_ns), set())
            keys |= {key} if key is not None else set()
    return keys_by_time


@contextmanager
def _transaction(con: DuckDBPyConnection) -> Iterator[None]:
    con.execute("BEGIN")
    try:
        yield
        con.execute("COMMIT")
    except BaseException:
        # A COMMIT that failed has ended the transaction itself.
        with suppress(duckdb.TransactionException):
            con.execute("ROLLBACK")
        raise
