"""The store: wide events in, columnar answers out; a DuckDB file and its journal."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

import duckdb
from duckdb import DuckDBPyConnection

from lab_emulators.store.durability import records
from lab_emulators.store.durability.applier import Applier, BatchPolicy
from lab_emulators.store.durability.database import DatabaseOptions, connect, unreadable
from lab_emulators.store.durability.documents import Documents
from lab_emulators.store.durability.journal import Journal
from lab_emulators.store.durability.replay import replay
from lab_emulators.store.durability.transactions import Transaction, Transactions
from lab_emulators.store.durability.writer import Limits, Writer
from lab_emulators.store.query.expr import Expr
from lab_emulators.store.query.reader import Reader
from lab_emulators.store.query.removal import compile_removal
from lab_emulators.store.schema import catalog as changes
from lab_emulators.store.schema.batch import Batch, ColumnType, plain_text
from lab_emulators.store.schema.catalog import Catalog
from lab_emulators.store.schema.model import (
    ColumnInfo,
    DiskFullError,
    Properties,
    StoreClosedError,
    TableInfo,
)

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def random_id() -> str:
    """Eleven random base58 characters."""
    return "".join(secrets.choice(_BASE58) for _ in range(11))


class Store:
    """One database of tables and documents; every method may be called from any thread.

    What a call has stored when it returns survives `kill -9`: rows are then in the
    journal, and every call that looks at them waits until they are in the database.
    Names of tables and keys of columns are any text, told apart by case.
    """

    def __init__(
        self,
        con: DuckDBPyConnection,
        engine: Transactions,
        journal: Journal,
        limits: Limits,
        policy: BatchPolicy,
    ) -> None:
        self.path = journal.database
        self._con = con
        self._engine = engine
        self._journal = journal
        self._applier = Applier(engine, journal, policy)
        self._writer = Writer(engine, journal, self._applier, limits)
        self._cursors = threading.Lock()
        self._closed = False
        self.documents = Documents(self._applier, self._snapshot)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], int] = time.time_ns,
        new_id: Callable[[], str] = random_id,
        limits: Limits | None = None,
        policy: BatchPolicy | None = None,
        max_columns: int = 10_000,
        database: DatabaseOptions | None = None,
    ) -> "Store":
        """The store in that file, which is made if it is not there.

        `clock` gives nanoseconds since the epoch, `new_id` the ids of new columns,
        `max_columns` is what one table may have, `policy` how much is applied at once.
        Raises ForeignStoreError (damaged or not ours) and StoreBusyError (another
        process has it).
        """
        with ExitStack() as opened:
            con = connect(path, database or DatabaseOptions())
            opened.callback(con.close)
            try:
                engine = Transactions(
                    con.cursor(), clock=clock, new_id=new_id, max_columns=max_columns
                )
                journal = Journal.open(path, engine.owner, engine.applied)
                opened.callback(journal.close)
                replay(journal, engine)
            except duckdb.Error as error:
                raise DiskFullError.of(error) or unreadable(path, error) from error
            opened.pop_all()
        return cls(con, engine, journal, limits or Limits(), policy or BatchPolicy())

    def append(self, batches: Sequence[Batch]) -> None:
        """Stores all rows of `batches` or none; returns when they are durable.

        Whoever reads later sees them.

        Raises OverloadedError when too much is waiting, and TooManyColumnsError over
        the limit.
        """
        self.submit(batches).result()

    def submit(self, batches: Sequence[Batch]) -> "Future[None]":
        """`append` without waiting: the future is done when `append` would return."""
        return self._writer.submit(batches)

    def tables(self) -> list[TableInfo]:
        """Every table, the oldest first."""
        self._applier.settle()
        return list(self._engine.catalog.tables.values())

    def table(self, name: str) -> TableInfo | None:
        """The table of that name, None if there is none."""
        self._applier.settle()
        return self._engine.catalog.tables.get(name)

    def known(self, name: str) -> TableInfo | None:
        """The table, without waiting for pending writes; None if there is none.

        Name, label and properties are exact; its columns and times may be those from
        before rows that are acknowledged and not yet applied.
        """
        return self._engine.catalog.tables.get(name) or self.table(name)

    def create_table(
        self, name: str, *, label: str, properties: Properties | None = None
    ) -> TableInfo:
        """Makes an empty table; TableExistsError if the name is taken."""
        after = self._evolve(
            lambda work: changes.create_table(
                work.catalog,
                name,
                label=label,
                properties=properties or {},
                now_ns=work.now_ns,
            )
        )
        return after.require(plain_text(name))

    def update_table(
        self,
        name: str,
        *,
        label: str | None = None,
        properties: Properties | None = None,
    ) -> TableInfo:
        """Changes a table's label or properties; NoSuchTableError."""
        after = self._evolve(
            lambda work: changes.update_table(
                work.catalog, name, label=label, properties=properties
            )
        )
        return after.require(name)

    def delete_table(self, name: str) -> None:
        """Removes a table and its rows; NoSuchTableError."""
        self._evolve(lambda work: work.catalog.without_table(name))

    def delete_rows(self, table: str, where: Expr) -> None:
        """Removes the rows of a table that fulfill `where`; NoSuchTableError."""

        def change(work: Transaction) -> Catalog:
            statement = compile_removal(work.catalog.require(table), where)
            if statement is not None:
                work.con.execute(statement.sql, statement.params)
            return work.catalog

        self._evolve(change)

    def create_column(
        self,
        table: str,
        key: str,
        kind: ColumnType,
        *,
        properties: Properties | None = None,
    ) -> ColumnInfo:
        """Makes a column; NoSuchTableError, ColumnExistsError, TooManyColumnsError."""
        after = self._evolve(
            lambda work: changes.create_column(
                work.catalog,
                table,
                work.new_column(key, kind, properties or {}),
                limit=work.max_columns,
            )
        )
        return after.require(table).columns[plain_text(key)]

    def update_column(
        self,
        table: str,
        column_id: str,
        *,
        kind: ColumnType | None = None,
        properties: Properties | None = None,
    ) -> ColumnInfo:
        """Changes properties, or the type: every original is fitted to it anew."""
        after = self._evolve(
            lambda work: changes.update_column(
                work.catalog,
                table,
                column_id,
                kind=kind,
                properties=properties,
                now_ns=work.now_ns,
            )
        )
        return changes.find_column(after.require(table), column_id)

    def delete_column(self, table: str, column_id: str) -> None:
        """Removes a column and its values; NoSuchTableError, NoSuchColumnError."""
        self._evolve(lambda work: changes.delete_column(work.catalog, table, column_id))

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """One snapshot for as many queries as needed."""
        self._applier.settle()
        with self._snapshot() as con:
            yield Reader(con, self._engine.as_seen_by(con))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pauses the writer: nothing is acknowledged, what is submitted waits."""
        with self._writer.paused():
            yield

    @contextmanager
    def applying_paused(self) -> Iterator[None]:
        """Pauses the applier: what is acknowledged is in the journal only.

        Reading waits, so do changes and documents.
        """
        with self._applier.held():
            yield

    def reset(self) -> None:
        """Removes every table and document stored so far; the store stays open.

        The file keeps its size; the space in it is used again.
        """

        def empty(work: Transaction) -> None:
            work.evolve(work.catalog.without_tables())
            records.forget(work.con)

        self._writer.empty(empty)

    def close(self) -> None:
        """Commits what waits and closes the files; later calls are refused."""
        self._writer.close()
        self._applier.close()
        with self._cursors:
            self._closed = True
            self._engine.close()
            self._con.close()
            self._journal.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"store in {self.path}, {len(self.tables())} tables"

    def _evolve(self, change: Callable[[Transaction], Catalog]) -> Catalog:
        def commit(work: Transaction) -> Catalog:
            work.evolve(change(work))
            return work.catalog

        return self._writer.change_catalog(commit)

    @contextmanager
    def _snapshot(self) -> Iterator[DuckDBPyConnection]:
        with self._cursors:
            if self._closed:
                raise StoreClosedError("the store is closed")
            con = self._con.cursor()
        try:
            con.execute("BEGIN TRANSACTION READ ONLY")
            yield con
        finally:
            con.close()
