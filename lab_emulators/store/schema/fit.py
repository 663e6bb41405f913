"""Tables and columns that a batch needs, worked out before anything is written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from lab_emulators.store.schema.batch import Batch, ColumnType
from lab_emulators.store.schema.catalog import Catalog, create_table, with_columns
from lab_emulators.store.schema.model import ColumnInfo, TableInfo

Arrays = Mapping[ColumnType, pa.Array]


@dataclass(frozen=True, slots=True)
class Fitter:
    """Grows a catalog so that batches fit it: new tables, new and wider columns."""

    now_ns: int
    new_id: Callable[[], str]
    max_columns: int

    def fit(self, catalog: Catalog, batches: Iterable[Batch]) -> Catalog:
        """The catalog that fits `batches`; TooManyColumnsError over the limit."""
        for batch in batches:
            if len(batch):
                catalog = self._fit_one(catalog, batch)
        return catalog

    def _fit_one(self, catalog: Catalog, batch: Batch) -> Catalog:
        if batch.table not in catalog.tables:
            catalog = create_table(
                catalog,
                batch.table,
                label=batch.label,
                properties={},
                now_ns=self.now_ns,
            )
        info = catalog.tables[batch.table]
        changed = list(self._changed(info, batch, catalog.next_number))
        if not changed:
            return catalog
        grown = with_columns(info, changed, limit=self.max_columns)
        taken = len(grown.columns) - len(info.columns)
        return catalog.with_table(grown, taken=taken)

    def _changed(
        self, info: TableInfo, batch: Batch, number: int
    ) -> Iterator[ColumnInfo]:
        for key, arrays in cells_by_key(batch).items():
            column = info.columns.get(key)
            if column is None:
                kind = _widened(_earliest(arrays), arrays)
                yield self._new_column(key, kind, number)
                number += 1
            elif _widened(column.type, arrays) is not column.type:
                yield replace(column, type=ColumnType.FLOAT, updated_ns=self.now_ns)

    def _new_column(self, key: str, kind: ColumnType, number: int) -> ColumnInfo:
        now = self.now_ns
        return ColumnInfo(self.new_id(), key, kind, f"c{number}", now, now)


def cells_by_key(batch: Batch) -> dict[str, dict[ColumnType, pa.Array]]:
    """The arrays of a batch by key and type, without those that are all null."""
    by_key: dict[str, dict[ColumnType, pa.Array]] = {}
    for (key, kind), cells in batch.columns.items():
        if cells.null_count < len(cells):
            by_key.setdefault(key, {})[kind] = cells
    return by_key


def _widened(kind: ColumnType, arrays: Arrays) -> ColumnType:
    if kind is ColumnType.INTEGER and ColumnType.FLOAT in arrays:
        return ColumnType.FLOAT
    return kind


def _earliest(arrays: Arrays) -> ColumnType:
    """The type of the first row with a value, which a new column takes."""
    if len(arrays) == 1:
        return next(iter(arrays))
    return min(arrays, key=lambda kind: _first_index(arrays[kind]))


def _first_index(cells: pa.Array) -> int:
    return int(pc.index(pc.is_valid(cells), pa.scalar(value=True)).as_py())
