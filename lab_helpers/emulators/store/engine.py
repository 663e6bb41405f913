"""Transactions: the one connection that writes, and the catalog it has committed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from lab_helpers.emulators.store import ddl, records
from lab_helpers.emulators.store.batch import Batch, ColumnType, plain_text
from lab_helpers.emulators.store.catalog import Catalog, written
from lab_helpers.emulators.store.fit import Fitter
from lab_helpers.emulators.store.model import (
    ColumnInfo,
    Overloaded,
    Properties,
    StoreError,
)
from lab_helpers.emulators.store.rows import insert

T = TypeVar("T")

VERSIONS_KEPT = 64
"""Catalogs remembered for readers; a reader of an older one loads it from the file."""

BREATH_S = 1.0
"""How long to wait before a commit that found no memory is tried again."""

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
        """Make the tables follow `after`, which was made from `catalog`."""
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

    def fit(
        self, appends: Sequence[Sequence[Batch]]
    ) -> tuple[list[Batch], list[StoreError | None]]:
        """Make room for the appends: the batches that fit, and who was refused why."""
        fitter = Fitter(self.now_ns, self.new_id, self.max_columns)
        catalog, taken = self.catalog, list[Batch]()
        refused: list[StoreError | None] = []
        for batches in appends:
            try:
                catalog = fitter.fit(catalog, batches)
            except StoreError as error:
                refused.append(error)
            else:
                taken.extend(batches)
                refused.append(None)
        self.evolve(catalog)
        return taken, refused

    def insert(self, batches: Iterable[Batch]) -> None:
        """Store the rows; the catalog must have room for them."""
        by_table: dict[str, list[Batch]] = {}
        for batch in batches:
            if len(batch):
                by_table.setdefault(batch.table, []).append(batch)
        for name, own in by_table.items():
            info = self.catalog.tables[name]
            keys = insert(self.con, info, own)
            records.note_written(self.con, info, keys, self.now_ns)
            self.catalog = self.catalog.with_table(written(info, keys, self.now_ns))


class Engine:
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
        self._versions = {self.catalog.version: self.catalog}
        self._notes = 0

    def run(self, change: Callable[[Transaction], T]) -> T:
        """Commit what `change` does, or, if it raises, none of it.

        Overloaded where queries leave no memory for it, which passes.
        """
        work = Transaction(
            self._con, self.catalog, self._clock(), self._new_id, self._max_columns
        )
        try:
            with _transaction(self._con):
                result = change(work)
                self._fold_sometimes()
                # Known before it is visible: a reader may begin right after COMMIT.
                self._remember(work.catalog)
        except duckdb.OutOfMemoryException as error:
            raise Overloaded(BREATH_S) from error
        self.catalog = work.catalog
        return result

    def append(self, appends: Sequence[Sequence[Batch]]) -> list[StoreError | None]:
        """Commit appends together; for each None, or why it alone was refused."""

        def change(work: Transaction) -> list[StoreError | None]:
            taken, refused = work.fit(appends)
            work.insert(taken)
            return refused

        return self.run(change)

    def as_seen_by(self, con: DuckDBPyConnection) -> Catalog:
        """The catalog that matches the snapshot of the transaction open on `con`."""
        version = con.execute("SELECT version FROM lab.meta").fetchall()[0][0]
        return self._versions.get(version) or records.load(con)

    def close(self) -> None:
        """Give up the connection; the writer thread must have ended."""
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
