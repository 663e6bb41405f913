"""Columns on their way into the store: `Batch`, and `Row`, its plain form."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Value = str | int | float | bool
"""The value of one cell; an absent cell is absent, never None."""


class ColumnType(StrEnum):
    """The four types of a column, by Honeycomb's names for them."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"


Key = tuple[str, ColumnType]

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    ColumnType.STRING: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.FLOAT: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One event in plain form: nanoseconds since the epoch, rate (>= 1), values."""

    time_ns: int
    sample_rate: int
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one table, as columns.

    `columns` maps (key, type) to an array of `len(time_ns)` cells, null where the
    row has no such value. One key may come with several types, but a row has a
    value under at most one of them. Strings may be any Arrow string layout.
    `label` is the display name the table gets when these rows create it.
    """

    table: str
    label: str
    time_ns: npt.NDArray[np.int64]
    sample_rate: npt.NDArray[np.int32]
    columns: Mapping[Key, pa.Array]

    def __post_init__(self) -> None:
        rows = len(self.time_ns)
        if len(self.sample_rate) != rows or any(
            len(cells) != rows for cells in self.columns.values()
        ):
            raise ValueError(f"columns of {self.table!r} differ in length")

    @classmethod
    def from_rows(cls, table: str, label: str, rows: Sequence[Row]) -> "Batch":
        """A batch of `rows` as columns; integers beyond 64 bits become floats."""
        cells: dict[Key, list[Value | None]] = {}
        for index, row in enumerate(rows):
            for name, value in row.values.items():
                kind, plain = _typed(value)
                key = (plain_text(name), kind)
                if key not in cells:
                    cells[key] = [None] * len(rows)
                cells[key][index] = plain
        return cls(
            plain_text(table),
            plain_text(label),
            np.array([row.time_ns for row in rows], dtype=np.int64),
            np.array([row.sample_rate for row in rows], dtype=np.int32),
            {
                key: pa.array(column, ARROW_TYPES[key[1]])
                for key, column in cells.items()
            },
        )

    def __len__(self) -> int:
        return len(self.time_ns)

    def byte_size(self) -> int:
        """Bytes of memory held, each shared buffer counted once."""
        arrays = list(self.columns.values())
        held = self.time_ns.nbytes + self.sample_rate.nbytes
        if arrays:
            names = [str(index) for index in range(len(arrays))]
            table = pa.Table.from_arrays(arrays, names=names)
            held += table.get_total_buffer_size()
        return held


def _typed(value: Value) -> tuple[ColumnType, Value]:
    if isinstance(value, str):
        return ColumnType.STRING, plain_text(value)
    if isinstance(value, bool):
        return ColumnType.BOOLEAN, value
    if isinstance(value, float):
        return ColumnType.FLOAT, value
    if -(2**63) <= value < 2**63:
        return ColumnType.INTEGER, value
    return ColumnType.FLOAT, _nearest_float(value)


def _nearest_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def plain_text(text: str) -> str:
    """`text` with lone surrogates, which JSON allows and UTF-8 does not, replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
