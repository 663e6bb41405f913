"""The catalog: all tables and their columns, as one immutable value.

Changes are functions from one catalog to the next; `schema` brings the file after.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lab_emulators.store.schema.batch import ColumnType, plain_text
from lab_emulators.store.schema.model import (
    ColumnExistsError,
    ColumnInfo,
    NoSuchColumnError,
    NoSuchTableError,
    Properties,
    TableExistsError,
    TableInfo,
    TooManyColumnsError,
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All tables by name.

    `version` counts changes of structure. `next_number` is the next free number
    for a physical name: numbers are never used twice, so that what is left of a
    deleted column can never be taken for a new one.
    """

    version: int = 0
    next_number: int = 1
    tables: Mapping[str, TableInfo] = field(default_factory=dict)

    def require(self, name: str) -> TableInfo:
        """The table of that name; NoSuchTableError if there is none."""
        if name not in self.tables:
            raise NoSuchTableError(f"there is no table {name!r}")
        return self.tables[name]

    def with_table(self, info: TableInfo, *, taken: int = 0) -> "Catalog":
        """The catalog with `info` added or replaced, `taken` more numbers in use."""
        return replace(
            self,
            tables={**self.tables, info.name: info},
            next_number=self.next_number + taken,
        )

    def without_table(self, name: str) -> "Catalog":
        """The catalog without the table of that name."""
        self.require(name)
        others = {key: info for key, info in self.tables.items() if key != name}
        return replace(self, tables=others)

    def without_tables(self) -> "Catalog":
        """The catalog without tables, which never uses a physical name again."""
        return replace(self, tables={})


def create_table(
    catalog: Catalog, name: str, *, label: str, properties: Properties, now_ns: int
) -> Catalog:
    """The catalog with a new, empty table; TableExistsError if the name is taken."""
    name, label = plain_text(name), plain_text(label)
    if name in catalog.tables:
        raise TableExistsError(f"there is already a table {name!r}")
    physical = f"t{catalog.next_number}"
    info = TableInfo(name, label, physical, now_ns, properties=dict(properties))
    return catalog.with_table(info, taken=1)


def update_table(
    catalog: Catalog, name: str, *, label: str | None, properties: Properties | None
) -> Catalog:
    """The catalog with a table's label or properties changed; None keeps them."""
    info = catalog.require(name)
    changes: dict[str, Any] = {}
    if label is not None:
        changes["label"] = plain_text(label)
    if properties is not None:
        changes["properties"] = dict(properties)
    return catalog.with_table(replace(info, **changes))


def create_column(
    catalog: Catalog, table: str, column: ColumnInfo, *, limit: int
) -> Catalog:
    """The catalog with a new column; ColumnExistsError if the table has its key."""
    info = catalog.require(table)
    if column.key in info.columns:
        raise ColumnExistsError(f"table {table!r} has a column {column.key!r} already")
    return catalog.with_table(with_columns(info, [column], limit=limit), taken=1)


def find_column(info: TableInfo, identity: str) -> ColumnInfo:
    """The column of that id; NoSuchColumnError if the table has none."""
    for column in info.columns.values():
        if column.id == identity:
            return column
    raise NoSuchColumnError(f"table {info.name!r} has no column with id {identity!r}")


def update_column(
    catalog: Catalog,
    table: str,
    identity: str,
    *,
    kind: ColumnType | None,
    properties: Properties | None,
    now_ns: int,
) -> Catalog:
    """The catalog with a column changed; a new type comes with a new physical name."""
    info = catalog.require(table)
    column = find_column(info, identity)
    changes: dict[str, Any] = {"updated_ns": now_ns}
    taken = 0
    if properties is not None:
        changes["properties"] = dict(properties)
    if kind is not None and kind is not column.type:
        changes |= {"type": kind, "physical": f"c{catalog.next_number}"}
        taken = 1
    changed = with_columns(info, [replace(column, **changes)])
    return catalog.with_table(changed, taken=taken)


def delete_column(catalog: Catalog, table: str, identity: str) -> Catalog:
    """The catalog without a column; NoSuchColumnError if `table` lacks that id."""
    info = catalog.require(table)
    gone = find_column(info, identity)
    others = {key: column for key, column in info.columns.items() if column is not gone}
    return catalog.with_table(replace(info, columns=others))


def with_columns(
    info: TableInfo, columns: Iterable[ColumnInfo], *, limit: int | None = None
) -> TableInfo:
    """`info` with columns added, each instead of the column of its key, if any.

    TooManyColumnsError if it then has more than `limit`.
    """
    grown = {**info.columns, **{column.key: column for column in columns}}
    if limit is not None and len(grown) > max(limit, len(info.columns)):
        raise TooManyColumnsError(info.name, limit)
    return replace(info, columns=grown)


def written(info: TableInfo, keys: Iterable[str], now_ns: int) -> TableInfo:
    """`info` after rows with values for these keys were stored at `now_ns`."""
    marked = [replace(info.columns[key], last_written_ns=now_ns) for key in keys]
    return replace(with_columns(info, marked), last_written_ns=now_ns)
