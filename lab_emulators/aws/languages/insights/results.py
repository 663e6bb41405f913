"""Rows as GetQueryResults shows them: lists of fields, every value a text."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from lab_emulators.aws.languages.insights.values import ValueKind

Cells = list[dict[str, str]]
POINTER = "@ptr"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = 1e15


def rows_of(
    table: pa.Table, kinds: Mapping[str, ValueKind], pointers: Iterator[str] | None
) -> list[Cells]:
    """The rows of `table`, whose first columns are those of `kinds`, in order.

    What is missing is left out; with `pointers` each row ends with its `@ptr`.
    """
    rows: list[Cells] = [[] for _ in range(table.num_rows)]
    for index, (name, kind) in enumerate(kinds.items()):
        write = WRITERS[kind]
        for row, value in zip(rows, table.column(index).to_pylist(), strict=True):
            if value is not None:
                row.append({"field": name, "value": write(value)})
    if pointers is not None:
        for row, pointer in zip(rows, pointers, strict=True):
            row.append({"field": POINTER, "value": pointer})
    return rows


def number_text(value: float) -> str:
    """A number without needless zeros."""
    if value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    return repr(value)


def time_text(milliseconds: int) -> str:
    """A time in UTC as AWS writes it: `2026-01-31 23:59:59.000`."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.replace(tzinfo=None).isoformat(" ", "milliseconds")


WRITERS: Mapping[ValueKind, Callable[[Any], str]] = {
    ValueKind.TEXT: str,
    ValueKind.STRUCTURE: str,
    ValueKind.NUMBER: number_text,
    ValueKind.TIME: time_text,
    ValueKind.TRUTH: lambda value: "1" if value else "0",
}
