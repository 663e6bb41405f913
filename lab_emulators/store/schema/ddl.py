"""The tables of the database: creating them and bringing them after the catalog."""

from collections.abc import Iterable
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from lab_emulators.store.schema.batch import ColumnType
from lab_emulators.store.schema.catalog import Catalog
from lab_emulators.store.schema.coerce import (
    EXACT,
    SQL_TYPES,
    fitted,
    misfit,
    moved_misfits,
    originals,
)
from lab_emulators.store.schema.model import ColumnInfo, TableInfo

BYTES_A_CELL = {
    ColumnType.STRING: 5,
    ColumnType.INTEGER: 9,
    ColumnType.FLOAT: 9,
    ColumnType.BOOLEAN: 2,
}
"""Memory ADD COLUMN takes for each row until the next checkpoint, as measured."""

HEAVY_BYTES = 128 * 2**20
HEAVY_STEPS = 100_000
"""Adding columns costs memory by the row, and time by the columns there are already;
beyond either, rewriting the table once is better: bounded memory, one step. The bytes
are a quarter of the default memory limit, the rest is for readers."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """A change of one table: columns added, dropped, and given another type.

    `total` is the number of columns afterwards.
    """

    total: int
    added: list[ColumnInfo]
    dropped: list[ColumnInfo]
    retyped: list[tuple[ColumnInfo, ColumnInfo]]

    @classmethod
    def between(cls, old: TableInfo, new: TableInfo) -> "Alteration":
        """The change that leads from `old` to `new`."""
        was = {column.id: column for column in old.columns.values()}
        now = {column.id: column for column in new.columns.values()}
        return cls(
            len(now),
            [column for identity, column in now.items() if identity not in was],
            [column for identity, column in was.items() if identity not in now],
            [
                (was[identity], column)
                for identity, column in now.items()
                if identity in was and was[identity].type is not column.type
            ],
        )


def follow(con: DuckDBPyConnection, before: Catalog, after: Catalog) -> None:
    """Creates, alters and drops tables so that they are as `after` says."""
    old = {info.physical: info for info in before.tables.values()}
    new = {info.physical: info for info in after.tables.values()}
    for physical in old.keys() - new.keys():
        con.execute(f"DROP TABLE {physical}")
    for physical, info in new.items():
        if physical not in old:
            _create(con, info)
        elif old[physical] is not info:
            _alter(con, physical, Alteration.between(old[physical], info))


def _create(con: DuckDBPyConnection, info: TableInfo) -> None:
    columns = ["_time BIGINT", "_rate INTEGER", "_misfits VARCHAR"]
    columns += [_declaration(column) for column in info.columns.values()]
    con.execute(f"CREATE TABLE {info.physical} ({', '.join(columns)})")


def _declaration(column: ColumnInfo) -> str:
    return f"{column.physical} {SQL_TYPES[column.type]}"


def _alter(con: DuckDBPyConnection, table: str, change: Alteration) -> None:
    for column in change.dropped:
        con.execute(f"ALTER TABLE {table} DROP COLUMN {column.physical}")
    moved = [pair for pair in change.retyped if not _widen(con, table, *pair)]
    if moved or _heavy(con, table, change):
        _rewrite(con, table, change.added, moved)
        return
    for column in change.added:
        con.execute(f"ALTER TABLE {table} ADD COLUMN {_declaration(column)}")


def _widen(
    con: DuckDBPyConnection, table: str, old: ColumnInfo, new: ColumnInfo
) -> bool:
    """Turns integers into floats in place; False where that is not enough."""
    name = old.physical
    if new.physical != name or not _is_plain(con, table, name):
        return False
    con.execute(f"ALTER TABLE {table} ALTER {name} TYPE {SQL_TYPES[new.type]}")
    return True


def _is_plain(con: DuckDBPyConnection, table: str, column: str) -> bool:
    """True if every integer of `column` is a float without loss and none a misfit."""
    low, high, misfits = con.execute(
        f"SELECT min({column}), max({column}), "
        f"count(*) FILTER (contains(_misfits, '\"{column}\":')) FROM {table}"
    ).fetchall()[0]
    return misfits == 0 and (low is None or (low >= -EXACT and high <= EXACT))


def _heavy(con: DuckDBPyConnection, table: str, change: Alteration) -> bool:
    if not change.added:
        return False
    rows = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    size = rows * sum(BYTES_A_CELL[column.type] for column in change.added)
    return size > HEAVY_BYTES or len(change.added) * change.total > HEAVY_STEPS


def _rewrite(
    con: DuckDBPyConnection,
    table: str,
    added: Iterable[ColumnInfo],
    moved: Iterable[tuple[ColumnInfo, ColumnInfo]],
) -> None:
    """Copies the table with columns added and some fitted anew from their originals."""
    select = [f"CAST(NULL AS {SQL_TYPES[new.type]}) AS {new.physical}" for new in added]
    misfits, gone = "_misfits", []
    for old, new in moved:
        sources = originals(old.physical, old.type)
        select.append(f"{fitted(sources, new.type)} AS {new.physical}")
        original = misfit(sources, new.type) or "NULL"
        misfits = moved_misfits(misfits, old.physical, new.physical, original)
        gone.append(old.physical)
    exclude = f"EXCLUDE ({', '.join(gone)}) " if gone else ""
    con.execute(f"ALTER TABLE {table} RENAME TO rewritten")
    con.execute(
        f"CREATE TABLE {table} AS SELECT * {exclude}"
        f"REPLACE ({misfits} AS _misfits), {', '.join(select)} FROM rewritten"
    )
    con.execute("DROP TABLE rewritten")
