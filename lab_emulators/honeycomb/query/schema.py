"""The columns and calculated fields a query may name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab_emulators.store import ColumnType, TableInfo

_NUMBERS = {ColumnType.INTEGER, ColumnType.FLOAT}


@dataclass(frozen=True, slots=True)
class Schema:
    """Columns (key to type) and calculated fields (alias to expression) in force."""

    columns: Mapping[str, ColumnType]
    calculated: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, tables: Iterable[TableInfo], calculated: Mapping[str, str] | None = None
    ) -> "Schema":
        """The union of the columns of `tables`.

        Where tables disagree about a column's type, integer and float make float and
        anything else makes string. (How `__all__` does it is unpublished.)
        """
        columns: dict[str, ColumnType] = {}
        for table in tables:
            for key, column in table.columns.items():
                columns[key] = _union(columns.get(key, column.type), column.type)
        return cls(columns, dict(calculated or {}))


def _union(one: ColumnType, other: ColumnType) -> ColumnType:
    if one == other:
        return one
    return ColumnType.FLOAT if {one, other} <= _NUMBERS else ColumnType.STRING
