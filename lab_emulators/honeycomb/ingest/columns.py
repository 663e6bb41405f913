"""Nullable typed columns, filled cell by cell in order of precedence."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from lab_emulators.honeycomb.ingest.datasets import check_width
from lab_emulators.honeycomb.ingest.strings import Texts, string_array
from lab_emulators.honeycomb.ingest.wire import Flags, Ints, Words, scatter
from lab_emulators.store import ARROW_TYPES, ColumnType, Key, Row, Value

_TYPE_OF = {
    str: ColumnType.STRING,
    bool: ColumnType.BOOLEAN,
    int: ColumnType.INTEGER,
    float: ColumnType.FLOAT,
}


@dataclass(slots=True)
class _Column:
    cells: Words
    valid: Flags


@dataclass(slots=True)
class Columns:
    """The columns of some rows of one dataset.

    What is put first stays: a row that has a value under a key, of whatever type,
    keeps it. A cell is one word, the bits of a number or boolean, or for strings two.
    """

    rows: int
    texts: Texts = field(default_factory=Texts)
    _keys: dict[str, dict[ColumnType, _Column]] = field(default_factory=dict)

    def put(self, key: str, kind: ColumnType, rows: Ints, cells: Words) -> None:
        """Gives each of `rows` its cell, except where the key has a value already."""
        if not len(rows):
            return
        # A key has a column per type, as its values may differ in type from row to row;
        # a row that has a value in any of them is not written again.
        columns = self._keys.get(key)
        if columns is None:
            columns = self._keys[key] = {}
            check_width(self.rows, len(self._keys))
        else:
            free = ~_has_value(columns)[rows]
            rows, cells = rows[free], cells[free]
            if not len(rows):
                return
        if kind not in columns:
            shape = (self.rows, *cells.shape[1:])
            valid = np.zeros(self.rows, np.bool_)
            columns[kind] = _Column(np.zeros(shape, np.uint64), valid)
        column = columns[kind]
        if kind is ColumnType.STRING:
            scatter(column.cells, rows, cells)
        else:
            column.cells[rows] = cells
        column.valid[rows] = True

    def put_value(self, key: str, rows: Ints, *, value: Value) -> None:
        """Gives all of `rows` the same value."""
        kind = _TYPE_OF[type(value)]
        cell = self._cells(kind, [value])
        self.put(key, kind, rows, np.broadcast_to(cell, (len(rows), *cell.shape[1:])))

    def put_rows(self, rows: Sequence[Row], positions: Ints) -> None:
        """Puts whole rows, each at its position."""
        by_key: dict[Key, tuple[list[int], list[Value]]] = {}
        for row, position in zip(rows, positions.tolist(), strict=True):
            for key, value in row.values.items():
                at, values = by_key.setdefault((key, _TYPE_OF[type(value)]), ([], []))
                at.append(position)
                values.append(value)
        for (key, kind), (at, values) in by_key.items():
            self.put(key, kind, np.array(at), self._cells(kind, values))

    def _cells(self, kind: ColumnType, values: Sequence[Value]) -> Words:
        if kind is ColumnType.STRING:
            return np.array([self.texts.cell(str(v)) for v in values], np.uint64)
        if kind is ColumnType.FLOAT:
            return np.array(values, np.float64).view(np.uint64)
        return np.array(values, np.int64).view(np.uint64)

    def arrays(self, buffers: list[pa.Buffer]) -> dict[Key, pa.Array]:
        """Returns the columns; `buffers` are those string cells may point into."""
        return {
            (key, kind): _array(kind, column, buffers)
            for key, columns in self._keys.items()
            for kind, column in columns.items()
        }


def _has_value(columns: dict[ColumnType, _Column]) -> Flags:
    first, *others = (column.valid for column in columns.values())
    for other in others:
        first = first | other
    return first


def _array(kind: ColumnType, column: _Column, buffers: list[pa.Buffer]) -> pa.Array:
    validity = None if column.valid.all() else _bits(column.valid)
    if kind is ColumnType.STRING:
        return string_array(column.cells, validity, buffers)
    if kind is ColumnType.BOOLEAN:
        data = _bits(column.cells != 0)
    else:
        data = pa.py_buffer(column.cells)
    return pa.Array.from_buffers(ARROW_TYPES[kind], len(column.valid), [validity, data])


def _bits(flags: Flags) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))
