"""The catalog's own tables in the file: reading it, and saving what changed in it.

When something was last written changes with every commit, so it is not saved in
place: each commit adds small notes, in its own transaction, and now and then the
notes are folded into the catalog. So these times are exact even after `kill -9`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from lab_emulators.store.durability.rows import insert_from
from lab_emulators.store.schema.batch import ColumnType
from lab_emulators.store.schema.catalog import Catalog
from lab_emulators.store.schema.model import ColumnInfo, TableInfo

FORMAT = 3
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
    in_table VARCHAR, id VARCHAR, key VARCHAR, type VARCHAR, physical VARCHAR,
    created_ns BIGINT, updated_ns BIGINT, last_written_ns BIGINT, properties VARCHAR
);
CREATE TABLE lab.journal (owner VARCHAR, applied BIGINT);
INSERT INTO lab.journal VALUES (md5(CAST(uuid() AS VARCHAR)), 0);
CREATE TABLE lab.written (in_table VARCHAR, at_ns BIGINT, columns VARCHAR[]);
CREATE TABLE lab.documents (seq BIGINT, collection VARCHAR, id VARCHAR, body BLOB);
"""

FOLD_TABLES = """
UPDATE lab.tables SET last_written_ns = noted.at_ns FROM (
    SELECT in_table, max(at_ns) AS at_ns FROM lab.written GROUP BY in_table
) AS noted WHERE physical = noted.in_table
"""

FOLD_COLUMNS = """
UPDATE lab.columns SET last_written_ns = noted.at_ns FROM (
    SELECT name, max(at_ns) AS at_ns
    FROM (SELECT unnest(columns) AS name, at_ns FROM lab.written) GROUP BY name
) AS noted WHERE physical = noted.name
"""

Record = dict[str, Any]


def load(con: DuckDBPyConnection) -> Catalog:
    """The catalog as the open transaction of `con` sees it, notes not yet folded."""
    query = "SELECT version, next_number FROM lab.meta"
    version, number = con.execute(query).fetchall()[0]
    columns: dict[str, dict[str, ColumnInfo]] = {}
    for record in _rows(con, "SELECT * FROM lab.columns ORDER BY rowid"):
        column = _column(record)
        columns.setdefault(record["in_table"], {})[column.key] = column
    tables = {}
    for record in _rows(con, "SELECT * FROM lab.tables ORDER BY rowid"):
        own = columns.get(record["physical"], {})
        properties = json.loads(record.pop("properties"))
        info = TableInfo(**record, properties=properties, columns=own)
        tables[info.name] = info
    return Catalog(version, number, tables)


def save(con: DuckDBPyConnection, before: Catalog, after: Catalog) -> None:
    """Writes the differences of two catalogs, in the open transaction."""
    con.execute(
        "UPDATE lab.meta SET version = ?, next_number = ?",
        [after.version, after.next_number],
    )
    old = {info.physical: info for info in before.tables.values()}
    new = {info.physical: info for info in after.tables.values()}
    touched = old.keys() | new.keys()
    touched = {name for name in touched if old.get(name) is not new.get(name)}
    _save_tables(con, _only(old, touched), _only(new, touched))
    _save_columns(con, _only(old, touched), _only(new, touched))


def note_written(
    con: DuckDBPyConnection, info: TableInfo, keys: Iterable[str], now_ns: int
) -> None:
    """Notes that these columns of `info` got values at `now_ns`."""
    names = [info.columns[key].physical for key in keys]
    con.execute(
        "INSERT INTO lab.written VALUES (?, ?, ?)", [info.physical, now_ns, names]
    )


def journal_state(con: DuckDBPyConnection) -> tuple[str, int]:
    """The owner the journal must name (32 hex digits), and its last applied record."""
    owner, applied = con.execute("SELECT owner, applied FROM lab.journal").fetchall()[0]
    return str(owner), int(applied)


def note_applied(con: DuckDBPyConnection, sequence: int) -> None:
    """Notes that all records of the journal up to `sequence` are in the database."""
    con.execute("UPDATE lab.journal SET applied = ?", [sequence])


def fold_written(con: DuckDBPyConnection) -> None:
    """Moves the notes into the catalog."""
    if con.execute("SELECT count(*) FROM lab.written").fetchall() == [(0,)]:
        return
    con.execute(FOLD_TABLES)
    con.execute(FOLD_COLUMNS)
    con.execute("DELETE FROM lab.written")


def forget(con: DuckDBPyConnection) -> None:
    """Deletes the notes and all documents."""
    con.execute("DELETE FROM lab.written")
    con.execute("DELETE FROM lab.documents")


def _rows(con: DuckDBPyConnection, query: str) -> list[Record]:
    rows: list[Record] = con.sql(query).to_arrow_table().to_pylist()
    return rows


def _column(record: Mapping[str, Any]) -> ColumnInfo:
    return ColumnInfo(
        record["id"],
        record["key"],
        ColumnType(record["type"]),
        record["physical"],
        record["created_ns"],
        record["updated_ns"],
        record["last_written_ns"],
        json.loads(record["properties"]),
    )


def _only(infos: dict[str, TableInfo], names: set[str]) -> dict[str, TableInfo]:
    return {name: info for name, info in infos.items() if name in names}


def _save_tables(
    con: DuckDBPyConnection, old: dict[str, TableInfo], new: dict[str, TableInfo]
) -> None:
    for physical in old.keys() - new.keys():
        con.execute("DELETE FROM lab.tables WHERE physical = ?", [physical])
        con.execute("DELETE FROM lab.columns WHERE in_table = ?", [physical])
    for physical in old.keys() & new.keys():
        con.execute(
            "UPDATE lab.tables SET label = ?, properties = ? WHERE physical = ?",
            [new[physical].label, json.dumps(new[physical].properties), physical],
        )
    added = [info for name, info in new.items() if name not in old]
    _insert(con, "lab.tables", [_table_record(info) for info in added])


def _save_columns(
    con: DuckDBPyConnection, old: dict[str, TableInfo], new: dict[str, TableInfo]
) -> None:
    added: list[Record] = []
    for physical, info in new.items():
        was = _by_id(old.get(physical))
        for column in info.columns.values():
            known = was.pop(column.id, None)
            if known is None:
                added.append(_column_record(physical, column))
            elif known is not column:
                _update_column(con, physical, column)
        for identity in was:
            con.execute(
                "DELETE FROM lab.columns WHERE in_table = ? AND id = ?",
                [physical, identity],
            )
    _insert(con, "lab.columns", added)


def _by_id(info: TableInfo | None) -> dict[str, ColumnInfo]:
    return {column.id: column for column in info.columns.values()} if info else {}


def _update_column(con: DuckDBPyConnection, physical: str, column: ColumnInfo) -> None:
    con.execute(
        "UPDATE lab.columns SET type = $type, physical = $physical, "
        "updated_ns = $updated_ns, last_written_ns = $last_written_ns, "
        "properties = $properties WHERE in_table = $in_table AND id = $id",
        {
            "type": str(column.type),
            "physical": column.physical,
            "updated_ns": column.updated_ns,
            "last_written_ns": column.last_written_ns,
            "properties": json.dumps(column.properties),
            "in_table": physical,
            "id": column.id,
        },
    )


def _insert(con: DuckDBPyConnection, table: str, added: Sequence[Record]) -> None:
    if added:
        sql = f"INSERT INTO {table} BY NAME SELECT * FROM incoming"
        insert_from(con, sql, pa.Table.from_pylist(list(added)))


def _table_record(info: TableInfo) -> Record:
    return {
        "physical": info.physical,
        "name": info.name,
        "label": info.label,
        "created_ns": info.created_ns,
        "properties": json.dumps(info.properties),
    }


def _column_record(physical: str, column: ColumnInfo) -> Record:
    return {
        "in_table": physical,
        "id": column.id,
        "key": column.key,
        "type": str(column.type),
        "physical": column.physical,
        "created_ns": column.created_ns,
        "updated_ns": column.updated_ns,
        "properties": json.dumps(column.properties),
    }
