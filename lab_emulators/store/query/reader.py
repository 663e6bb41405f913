"""Snapshots: the catalog and all rows at one moment, and queries over them."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa
from duckdb import DuckDBPyConnection

from lab_emulators.store.query.compile import TALLY, THERE, compile_pipeline
from lab_emulators.store.query.pipeline import Pipeline
from lab_emulators.store.query.scan import quoted
from lab_emulators.store.schema.catalog import Catalog
from lab_emulators.store.schema.model import (
    DiskFullError,
    NoSuchColumnError,
    QueryInterruptedError,
    QueryMemoryError,
    TableInfo,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a pipeline: a column for each name, and its tally, if any."""

    table: pa.Table
    tally: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """A snapshot of the store: what is written later is not seen."""

    _con: DuckDBPyConnection
    _catalog: Catalog
    _interrupted: threading.Event = field(default_factory=threading.Event)

    def tables(self) -> list[TableInfo]:
        """Every table, the oldest first."""
        return list(self._catalog.tables.values())

    def table(self, name: str) -> TableInfo | None:
        """The table of that name, None if there is none."""
        return self._catalog.tables.get(name)

    def rows(self, table: str, keys: Sequence[str]) -> pa.Table:
        """The cells of those columns for every row, by event time, as a table.

        Raises NoSuchTableError, NoSuchColumnError.
        """
        info = self._catalog.require(table)
        cells = ", ".join(_named(info, key) for key in keys)
        return self.execute(f"SELECT {cells} FROM {info.physical} ORDER BY _time")

    def run(self, pipeline: Pipeline) -> Outcome:
        """Runs a pipeline over the rows of the snapshot.

        Raises SizeError for an expression that is too large, and what `execute` does.
        """
        statement = compile_pipeline(pipeline)
        table = self.execute(statement.sql, statement.params)
        names = list(pipeline.show)
        if pipeline.tally is None:
            return Outcome(table.select(range(len(names))).rename_columns(names))
        tally = table.column(TALLY)[0].as_py()
        there = table.filter(table.column(THERE).is_valid())
        shown = there.select([f"s{index}" for index in range(len(names))])
        return Outcome(shown.rename_columns(names), tally)

    def execute(
        self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()
    ) -> pa.Table:
        """The rows of one SELECT; `?` takes a sequence, `$name` a mapping.

        Raises QueryMemoryError where memory does not suffice, and
        QueryInterruptedError after `interrupt`.
        """
        if self._interrupted.is_set():
            raise QueryInterruptedError
        try:
            return self._con.sql(sql, params=params or None).to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            raise QueryMemoryError from error
        except duckdb.InterruptException as error:
            raise QueryInterruptedError from error
        except duckdb.Error as error:
            raise DiskFullError.of(error) or error from error

    def interrupt(self) -> None:
        """Interrupts `execute`, from another thread, and refuses its later calls.

        A statement that is just about to begin may escape: call until it is over.
        """
        self._interrupted.set()
        self._con.interrupt()


def _named(info: TableInfo, key: str) -> str:
    column = info.columns.get(key)
    if column is None:
        raise NoSuchColumnError(f"table {info.name!r} has no column {key!r}")
    return f"{column.physical} AS {quoted(key)}"
