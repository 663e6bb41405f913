"""The rows a pipeline begins with: its tables brought to one shape, and their JSON.

All fields of a JSON column are taken out in one reading of the document, into a list;
a value is settled when it is first read, which may be after most rows are gone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from lab_emulators.store.query.live_steps import Atom, Json, Reading, RowPart
from lab_emulators.store.query.pipeline import Rows
from lab_emulators.store.query.render import (
    SQL_TYPES,
    Params,
    as_text,
    extraction,
    settled,
)
from lab_emulators.store.schema.batch import ColumnType
from lab_emulators.store.schema.model import ColumnInfo

Alias = Callable[[], str]
"""Gives a name that no other column has."""

_PARTS = {RowPart.TIME: "_time", RowPart.SAMPLE_RATE: "_rate"}


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan of `rows`: columns under aliases, and values to read of their JSON."""

    rows: Rows
    aliases: Mapping[str, str]
    parts: Sequence[RowPart]
    json: Sequence[Json]

    @classmethod
    def of(cls, rows: Rows, needed: Iterable[Atom], alias: Alias) -> "Scan":
        """A scan with the atoms that are needed of the rows."""
        atoms = set(needed)
        json = sorted((a for a in atoms if isinstance(a, Json)), key=repr)
        names = {a for a in atoms if isinstance(a, str)}
        columns = sorted(names | {atom.document for atom in json})
        parts = [part for part in _PARTS if part in atoms]
        return cls(rows, {name: alias() for name in columns}, parts, json)

    @property
    def scope(self) -> dict[Atom, str]:
        """The names of the columns of `sql`."""
        parts = ((part, _PARTS[part]) for part in self.parts)
        return dict[Atom, str]([*parts, *self.aliases.items()])

    def sql(self, params: Params) -> str:
        """A selection of the rows that has the needed columns."""
        rows = self.rows
        if not rows.tables:
            return _nothing(rows, self.scope)
        end = params.bind(rows.end_ns)
        starts = rows.starts_ns or (rows.start_ns,) * len(rows.tables)
        return " UNION ALL ".join(
            f"SELECT {', '.join(self._cells(index, params)) or '1 AS nothing'} "
            f"FROM {quoted(table.physical)} "
            f"WHERE _time >= {params.bind(starts[index])} AND _time < {end}"
            for index, table in enumerate(rows.tables)
        )

    def readings(self, scope: Mapping[Atom, str], params: Params) -> dict[Atom, str]:
        """SQL of the lists with all values to read of each document."""
        return {
            reading: extraction(
                atom.op,
                scope[atom.document],
                [_path(pointer, params) for pointer in self._pointers(reading)],
            )
            for reading, atom in {atom.reading: atom for atom in self.json}.items()
        }

    def value(self, atom: Json, scope: Mapping[Atom, str], params: Params) -> str:
        """The text of one value, from the list it is in and the document."""
        pointers = self._pointers(atom.reading)
        values = [
            settled(
                atom.op,
                scope[atom.document],
                _path(pointer, params),
                f"{scope[atom.reading]}[{pointers.index(pointer) + 1}]",
            )
            for pointer in atom.pointers
        ]
        return f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]

    def _pointers(self, reading: Reading) -> list[str]:
        """JSON pointers to the values of a list in the document."""
        alike = (atom.pointers for atom in self.json if atom.reading == reading)
        return list(dict.fromkeys(chain.from_iterable(alike)))

    def _cells(self, index: int, params: Params) -> Iterable[str]:
        """The columns of one of the tables."""
        rows = self.rows
        yield from (_PARTS[part] for part in self.parts)
        for name, alias in self.aliases.items():
            if name in rows.origins:
                origin = params.bind(rows.origins[name][index])
                yield f"CAST({origin} AS VARCHAR) AS {alias}"
            else:
                info = rows.tables[index].columns.get(name)
                yield f"{cell(info, rows.columns[name])} AS {alias}"


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def cell(column: ColumnInfo | None, kind: ColumnType) -> str:
    """A column of a table read as `kind`; null where the table has none."""
    if column is None:
        return f"CAST(NULL AS {SQL_TYPES[kind]})"
    name = quoted(column.physical)
    if column.type is kind:
        return name
    if kind is ColumnType.STRING:
        return as_text(name, column.type)
    return f"TRY_CAST({name} AS {SQL_TYPES[kind]})"


def _path(pointer: str, params: Params) -> str:
    return f"CAST({params.bind(pointer)} AS VARCHAR)"


def _nothing(rows: Rows, scope: Mapping[Atom, str]) -> str:
    cells = []
    for atom, alias in scope.items():
        kind = "VARCHAR"  # of a column of origins
        if isinstance(atom, RowPart):
            kind = "BIGINT"
        elif isinstance(atom, str) and atom in rows.columns:
            kind = SQL_TYPES[rows.columns[atom]]
        cells.append(f"CAST(NULL AS {kind}) AS {alias}")
    return f"SELECT {', '.join(cells) or '1 AS nothing'} WHERE FALSE"
