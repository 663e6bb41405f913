"""The file's side of the catalog: making the tables of the database follow it."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from lab_helpers.emulators.store.batch import ColumnType
from lab_helpers.emulators.store.catalog import Catalog
from lab_helpers.emulators.store.coerce import (
    EXACT,
    SQL_TYPES,
    fitted,
    misfit,
    moved_misfits,
    originals,
)
from lab_helpers.emulators.store.model import ColumnInfo, TableInfo

FORMAT = 1
"""Version of the layout of the file; another number is another, unreadable layout."""

LAYOUT = f"""
CREATE SCHEMA lab;
CREATE TABLE lab.meta (format INTEGER, version BIGINT, next_number BIGINT);
INSERT INTO lab.meta VALUES ({FORMAT}, 0, 1);
CREATE TABLE lab.tables (
    physical VARCHAR, name VARCHAR, label VARCHAR,
    created_ns BIGINT, last_written_ns BIGINT, properties VARCHAR
);
CREATE TABLE lab.columns (
    physical VARCHAR, in_table VARCHAR, id VARCHAR, key VARCHAR, type VARCHAR,
    created_ns BIGINT, updated_ns BIGINT, last_written_ns BIGINT, properties VARCHAR
);
CREATE TABLE lab.written (in_table VARCHAR, at_ns BIGINT, columns VARCHAR[]);
CREATE TABLE lab.documents (seq BIGINT, collection VARCHAR, id VARCHAR, body VARCHAR);
"""


def load(con: DuckDBPyConnection) -> Catalog:
    """The catalog as the open transaction of `con` sees it."""
    version, number = con.execute(
        "SELECT version, next_number FROM lab.meta"
    ).fetchall()[0]
    columns: dict[str, dict[str, ColumnInfo]] = {}
    for row in con.execute(
        "SELECT in_table, id, key, type, physical, created_ns, updated_ns, "
        "last_written_ns, properties FROM lab.columns ORDER BY rowid"
    ).fetchall():
        owner, identity, key, kind, *rest, properties = row
        column = ColumnInfo(
            identity, key, ColumnType(kind), *rest, json.loads(properties)
        )
        columns.setdefault(owner, {})[key] = column
    tables = {}
    for row in con.execute(
        "SELECT name, label, physical, created_ns, last_written_ns, properties "
        "FROM lab.tables ORDER BY created_ns, rowid"
    ).fetchall():
        *plain, properties = row
        own = columns.get(row[2], {})
        tables[row[0]] = TableInfo(*plain, json.loads(properties), own)
    return Catalog(version, number, tables)


def follow(con: DuckDBPyConnection, before: Catalog, after: Catalog) -> None:
    """Bring tables and catalog rows from `before` to `after`, in the open transaction."""
    con.execute(
        "UPDATE lab.meta SET version = ?, next_number = ?",
        [after.version, after.next_number],
    )
    old = {info.physical: info for info in before.tables.values()}
    new = {info.physical: info for info in after.tables.values()}
    for physical in old.keys() - new.keys():
        con.execute(f"DROP TABLE {physical}")
    for physical, info in new.items():
        if physical not in old:
            _create(con, info)
        elif old[physical] is not info:
            _alter(con, old[physical], info)
    _save(con, old, new)


def _create(con: DuckDBPyConnection, info: TableInfo) -> None:
    columns = ["_time BIGINT", "_rate INTEGER", "_misfits VARCHAR"]
    columns += [_declaration(column) for column in info.columns.values()]
    con.execute(f"CREATE TABLE {info.physical} ({', '.join(columns)})")


def _declaration(column: ColumnInfo) -> str:
    return f"{column.physical} {SQL_TYPES[column.type]}"


def _alter(con: DuckDBPyConnection, old: TableInfo, new: TableInfo) -> None:
    was = {column.id: column for column in old.columns.values()}
    now = {column.id: column for column in new.columns.values()}
    for identity in was.keys() - now.keys():
        con.execute(f"ALTER TABLE {new.physical} DROP COLUMN {was[identity].physical}")
    for identity, column in now.items():
        if identity not in was:
            con.execute(f"ALTER TABLE {new.physical} ADD COLUMN {_declaration(column)}")
        elif was[identity].type is not column.type:
            _retype(con, new.physical, was[identity], column)


def _retype(
    con: DuckDBPyConnection, table: str, old: ColumnInfo, new: ColumnInfo
) -> None:
    if old.physical == new.physical and _exact(con, table, old.physical):
        con.execute(
            f"ALTER TABLE {table} ALTER {new.physical} TYPE {SQL_TYPES[new.type]}"
        )
    else:
        _rebuild(con, table, old, new)


def _exact(con: DuckDBPyConnection, table: str, column: str) -> bool:
    """Whether every integer of the column is a float without loss."""
    query = f"SELECT min({column}), max({column}) FROM {table}"
    low, high = con.execute(query).fetchall()[0]
    return low is None or (low >= -EXACT and high <= EXACT)


def _rebuild(
    con: DuckDBPyConnection, table: str, old: ColumnInfo, new: ColumnInfo
) -> None:
    """Rewrite the table with the column's originals fitted to the new type."""
    sources = originals(old.physical, old.type)
    kept = misfit(sources, new.type) or "NULL"
    con.execute(f"ALTER TABLE {table} RENAME TO rebuilt")
    con.execute(
        f"CREATE TABLE {table} AS SELECT * EXCLUDE ({old.physical}) "
        f"REPLACE ({moved_misfits(old.physical, new.physical, kept)} AS _misfits), "
        f"{fitted(sources, new.type)} AS {new.physical} FROM rebuilt"
    )
    con.execute("DROP TABLE rebuilt")


def _save(
    con: DuckDBPyConnection, old: dict[str, TableInfo], new: dict[str, TableInfo]
) -> None:
    """Replace the catalog rows of what changed."""
    fresh = [info for name, info in new.items() if old.get(name) is not info]
    stale = [*(old.keys() - new.keys()), *(info.physical for info in fresh)]
    _delete(con, "lab.tables", stale)
    _insert(con, "lab.tables", [_table_row(info) for info in fresh])
    was = {c.physical: c for info in old.values() for c in info.columns.values()}
    rows = [
        _column_row(info, column)
        for info in fresh
        for column in info.columns.values()
        if was.get(column.physical) is not column
    ]
    now = {c.physical for info in new.values() for c in info.columns.values()}
    _delete(
        con, "lab.columns", [*(was.keys() - now), *(row["physical"] for row in rows)]
    )
    _insert(con, "lab.columns", rows)


def _delete(con: DuckDBPyConnection, table: str, physical: Sequence[str]) -> None:
    if physical:
        con.execute(
            f"DELETE FROM {table} WHERE list_contains(?, physical)", [list(physical)]
        )


def _insert(
    con: DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]]
) -> None:
    if not rows:
        return
    con.register("incoming", pa.Table.from_pylist(list(rows)))
    try:
        con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    finally:
        con.unregister("incoming")


def _table_row(info: TableInfo) -> dict[str, Any]:
    return {
        "physical": info.physical,
        "name": info.name,
        "label": info.label,
        "created_ns": info.created_ns,
        "last_written_ns": info.last_written_ns,
        "properties": json.dumps(info.properties),
    }


def _column_row(info: TableInfo, column: ColumnInfo) -> dict[str, Any]:
    return {
        "physical": column.physical,
        "in_table": info.physical,
        "id": column.id,
        "key": column.key,
        "type": str(column.type),
        "created_ns": column.created_ns,
        "updated_ns": column.updated_ns,
        "last_written_ns": column.last_written_ns,
        "properties": json.dumps(column.properties),
    }


def note_written(
    con: DuckDBPyConnection, info: TableInfo, keys: Iterable[str], now_ns: int
) -> None:
    """Remember that these columns of `info` got values at `now_ns`: one small row."""
    names = [info.columns[key].physical for key in keys]
    con.execute(
        "INSERT INTO lab.written VALUES (?, ?, ?)", [info.physical, now_ns, names]
    )


def fold_written(con: DuckDBPyConnection) -> None:
    """Move what `note_written` noted into the catalog rows, and forget the notes."""
    con.execute(
        "UPDATE lab.tables SET last_written_ns = noted.at_ns FROM ("
        "SELECT in_table, max(at_ns) AS at_ns FROM lab.written GROUP BY in_table"
        ") AS noted WHERE physical = noted.in_table"
    )
    con.execute(
        "UPDATE lab.columns SET last_written_ns = noted.at_ns FROM ("
        "SELECT name, max(at_ns) AS at_ns FROM "
        "(SELECT unnest(columns) AS name, at_ns FROM lab.written) GROUP BY name"
        ") AS noted WHERE physical = noted.name"
    )
    con.execute("DELETE FROM lab.written")
