"""Queries run over the store, one statement each, and their results."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from lab_emulators.lang import nodes
from lab_emulators.rollbar.items.model import Item
from lab_emulators.rollbar.items.repository import COLUMNS, ID, TABLE
from lab_emulators.rollbar.languages.rql import deploys, schema
from lab_emulators.rollbar.languages.rql import nodes as tree
from lab_emulators.rollbar.languages.rql.check import is_grouped
from lab_emulators.rollbar.languages.rql.columns import (
    Finder,
    OccurrenceColumns,
    Project,
)
from lab_emulators.rollbar.languages.rql.compile import (
    CompiledSelect,
    RowSource,
    compiled,
)
from lab_emulators.rollbar.languages.rql.values import RqlType, RqlValue
from lab_emulators.store import ColumnType, Reader
from lab_emulators.store.query import Expr, Pipeline, Rows, Step

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
END_NS = 2**63 - 1
_EXACT = 2.0**53
_TRACED = ("item.counter", "occurrence_id")


@dataclass(frozen=True, slots=True)
class RqlSnapshot:
    """The data of a query: a reader of the store, the items, the project, the time."""

    reader: Reader
    items: Callable[[], Sequence[Item]]
    project: Project
    now_s: int


@dataclass(frozen=True, slots=True)
class RqlResult:
    """The result of a query: its columns by name, and rows of JSON-ready values.

    `selected` names the columns of SELECT: rows that are no groups
    come with their item's counter and their occurrence's id as well.
    """

    columns: list[str]
    selected: list[str]
    rows: list[list[Any]]
    warnings: list[str] = field(default_factory=list)
    is_simple: bool = True
    seconds: float = 0.0

    def document(self, snapshot: RqlSnapshot) -> dict[str, Any]:
        """The result as Rollbar's API has it."""
        return {
            "isSimpleSelect": self.is_simple,
            "errors": [],
            "warnings": self.warnings,
            "executionTime": self.seconds,
            "effectiveTimestamp": snapshot.now_s,
            "rowcount": len(self.rows),
            "rows": self.rows,
            "selectionColumns": self.selected,
            "projectIds": [snapshot.project.id],
            "columns": self.columns,
        }


@dataclass(frozen=True, slots=True)
class _Table:
    rows: Rows
    column: Finder
    newest: tuple[Expr, ...]
    steps: tuple[Step, ...] = ()


def run(query: tree.RqlQuery, snapshot: RqlSnapshot) -> RqlResult:
    """Answers a query. Raises store.SizeError, store.QueryMemoryError."""
    began = time.perf_counter()
    names, values = _columns(query)
    selected_count = len(names)
    if not is_grouped(query) and query.table == schema.OCCURRENCES:
        more = [name for name in _TRACED if name not in names]
        names, values = [*names, *more], [*values, *map(nodes.Field, more)]
    table = _table(query.table, snapshot)
    limit = min(DEFAULT_LIMIT if query.limit is None else query.limit, MAX_LIMIT)
    setting = RowSource(table.column, table.newest, snapshot.now_s, limit)
    select = compiled(query, tuple(values), setting)
    steps = table.steps + select.steps
    outcome = snapshot.reader.run(Pipeline(table.rows, steps, _output_columns(select)))
    return RqlResult(
        names,
        names[:selected_count],
        list(_rows(select.values, outcome.table)),
        list(_warnings(query)),
        not is_grouped(query),
        time.perf_counter() - began,
    )


def _columns(query: tree.RqlQuery) -> tuple[list[str], list[tree.Expression]]:
    if not query.selected:
        names = list(schema.EVERYTHING[query.table])
        return names, [nodes.Field(name) for name in names]
    chosen = query.selected
    return [column.name for column in chosen], [column.value for column in chosen]


def _table(name: str, snapshot: RqlSnapshot) -> _Table:
    if name == schema.DEPLOYS:
        rows = _read(snapshot.reader, deploys.TABLE, deploys.COLUMNS)
        finder = deploys.DeployColumns(snapshot.project)
        return _Table(rows, finder, (deploys.ID,), deploys.LATEST)
    rows = _read(snapshot.reader, TABLE, COLUMNS)
    return _Table(rows, OccurrenceColumns(snapshot.project, snapshot.items), (ID,))


def _read(reader: Reader, name: str, columns: Mapping[str, ColumnType]) -> Rows:
    info = reader.table(name)
    return Rows(() if info is None else (info,), columns, 0, END_NS)


def _output_columns(select: CompiledSelect) -> dict[str, Expr]:
    columns: dict[str, Expr] = {}
    for index, value in enumerate(select.values):
        columns[f"{index}"] = value.expr
        if value.type is not None:
            columns[f"{index} type"] = value.type
    return columns


def _rows(values: Sequence[RqlValue], table: pa.Table) -> Iterator[list[Any]]:
    columns = []
    for index, value in enumerate(values):
        cells = table.column(f"{index}").to_pylist()
        if value.type is None:
            columns.append([_plain(cell, value.kind) for cell in cells])
        else:
            kinds = table.column(f"{index} type").to_pylist()
            columns.append(list(map(_unpacked, cells, kinds)))
    for row in zip(*columns, strict=True):
        yield list(row)


def _plain(cell: Any, kind: RqlType) -> Any:
    if isinstance(cell, bool):
        return int(cell)
    if kind is RqlType.NUMBER and isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < _EXACT else cell
    return cell


def _unpacked(cell: str | None, kind: str) -> Any:
    if cell is None or kind == "VARCHAR":
        return cell
    return json.loads(cell)


def _warnings(query: tree.RqlQuery) -> Iterator[str]:
    where = [] if query.where is None else list(nodes.walk(query.where))
    if query.table == schema.OCCURRENCES and nodes.Field("timestamp") not in where:
        yield "No timestamp filter."
    if query.limit is not None and query.limit > MAX_LIMIT:
        yield f"At most {MAX_LIMIT} rows are returned, LIMIT {query.limit} or not."
