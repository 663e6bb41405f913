"""Queries run over the store: one statement for the rows, one for what was read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from lab_emulators.aws.languages.insights.check import DEFAULT_LIMIT
from lab_emulators.aws.languages.insights.compile import CompiledCommands, compiled
from lab_emulators.aws.languages.insights.names import (
    COLUMNS,
    GROUP,
    LOG,
    MESSAGE,
    MS,
    SEQ,
)
from lab_emulators.aws.languages.insights.nodes import InsightsQuery
from lab_emulators.aws.languages.insights.results import Cells, rows_of
from lab_emulators.contract import ACCOUNT_ID
from lab_emulators.store import ColumnType, Reader
from lab_emulators.store.query import (
    Aggregate,
    Column,
    Expr,
    Fold,
    Measure,
    Op,
    Pipeline,
    Rows,
    whole,
)

NS_PER_MS = 1_000_000

Pointer = Callable[[str, int, int], str]
"""From an event's group, time (ms) and number to its `@ptr`."""


@dataclass(frozen=True, slots=True)
class QueryOutput:
    """The results of a query: rows of `{"field": …, "value": …}`, and statistics.

    `statistics` has recordsMatched, recordsScanned and bytesScanned.
    """

    rows: list[Cells]
    statistics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LogRange:
    """The events a query is about: of log groups, times in [start_ms, end_ms).

    `since_ms` says of groups that no longer have what came before.
    """

    groups: Sequence[str]
    start_ms: int
    end_ms: int
    since_ms: Mapping[str, int] = field(default_factory=dict)

    def start_ns(self, group: str) -> int:
        """The beginning of the time range of a group."""
        return max(self.start_ms, self.since_ms.get(group, 0)) * NS_PER_MS


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of a run: the time now (s), the account of the groups, the most rows."""

    pointer: Pointer
    now_s: int
    account: str = ACCOUNT_ID
    limit: int = DEFAULT_LIMIT


def run(
    query: InsightsQuery, reader: Reader, span: LogRange, setting: RunSettings
) -> QueryOutput:
    """Answers a query from what `reader` sees; a group without events has no table.

    Raises store.QueryMemoryError, or store.QueryInterruptedError after
    `reader.interrupt()`.
    """
    rows = _rows(reader, span, setting.account)
    commands = compiled(query, now_s=setting.now_s, limit=setting.limit)
    outcome = reader.run(
        Pipeline(rows, commands.steps, _output_columns(commands), commands.tally)
    )
    records, size = _scanned(reader, rows)
    matched = records if outcome.tally is None else outcome.tally
    kinds = {name: value.kind for name, value in commands.columns.items()}
    pointers = _pointers(outcome.table, setting.pointer) if commands.events else None
    return QueryOutput(
        rows_of(outcome.table, kinds, pointers),
        {
            "recordsMatched": float(matched),
            "recordsScanned": float(records),
            "bytesScanned": float(size),
        },
    )


def _rows(reader: Reader, span: LogRange, account: str) -> Rows:
    tables = [table for name in span.groups if (table := reader.table(name))]
    names = tuple(table.name for table in tables)
    logs = tuple(f"{account}:{name}" for name in names)
    return Rows(
        tuple(tables),
        COLUMNS,
        span.start_ms * NS_PER_MS,
        span.end_ms * NS_PER_MS,
        {GROUP.key: names, LOG.key: logs},
        tuple(span.start_ns(name) for name in names),
    )


def _output_columns(commands: CompiledCommands) -> dict[str, Expr]:
    """Columns by number, since names may be anything; for events what `@ptr` needs."""
    shown = {str(i): value.expr for i, value in enumerate(commands.columns.values())}
    if commands.events:
        shown |= {"group": GROUP, "ms": MS, "seq": SEQ}
    return shown


def _pointers(table: pa.Table, pointer: Pointer) -> Iterator[str]:
    columns = (table.column(name).to_pylist() for name in ("group", "ms", "seq"))
    return map(pointer, *columns)


def _scanned(reader: Reader, rows: Rows) -> tuple[int, int]:
    """Events and bytes of messages in the time range."""
    measures = {
        "records": Measure(Fold.COUNT),
        "bytes": Measure(Fold.SUM, whole(Op.BYTES, MESSAGE)),
    }
    shown = {name: Column(name, ColumnType.INTEGER) for name in measures}
    table = reader.run(Pipeline(rows, (Aggregate({}, measures),), shown)).table
    return int(table["records"][0].as_py()), int(table["bytes"][0].as_py() or 0)
