"""What a pipeline begins with: the rows of its tables, and the values of their JSON.

All fields of a JSON column are taken out in one reading of the document, into a list;
a value is settled when it is first read, which may be after most rows are gone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from lab_emulators.store.query.live_steps import TIME, Atom, Json, Reading
from lab_emulators.store.query.pipeline import Rows
from lab_emulators.store.query.render import SQL_TYPES, Params, extraction, settled
from lab_emulators.store.query.scan import cell, quoted

Alias = Callable[[], str]
"""Gives a name that no other column has."""


@dataclass(frozen=True, slots=True)
class First:
    """The rows of `rows`: columns under aliases, and what is wanted of their JSON."""

    rows: Rows
    aliases: Mapping[str, str]
    json: Sequence[Json]

    @classmethod
    def of(cls, rows: Rows, needed: Iterable[Atom], alias: Alias) -> "First":
        """What is needed of the rows."""
        wanted = set(needed) - {TIME}
        json = sorted((a for a in wanted if isinstance(a, Json)), key=repr)
        names = {a for a in wanted if isinstance(a, str)}
        columns = sorted(names | {atom.document for atom in json})
        return cls(rows, {name: alias() for name in columns}, json)

    @property
    def scope(self) -> dict[Atom, str]:
        """What the columns of `scan` are called."""
        return dict[Atom, str]([(TIME, "_time"), *self.aliases.items()])

    def scan(self, params: Params) -> str:
        """A selection of the rows, their times and columns."""
        rows = self.rows
        if not rows.tables:
            return _nothing(rows, self.aliases)
        end = params.bind(rows.end_ns)
        starts = rows.starts_ns or (rows.start_ns,) * len(rows.tables)
        return " UNION ALL ".join(
            f"SELECT {', '.join(self._cells(place, params))} "
            f"FROM {quoted(table.physical)} "
            f"WHERE _time >= {params.bind(starts[place])} AND _time < {end}"
            for place, table in enumerate(rows.tables)
        )

    def readings(self, scope: Mapping[Atom, str], params: Params) -> dict[Atom, str]:
        """Lists with all that is wanted of each document."""
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
        """Where the values of a list are in the document."""
        alike = (atom.pointers for atom in self.json if atom.reading == reading)
        return list(dict.fromkeys(chain.from_iterable(alike)))

    def _cells(self, place: int, params: Params) -> Iterable[str]:
        """The columns of one of the tables."""
        rows = self.rows
        yield "_time"
        for name, alias in self.aliases.items():
            if name in rows.origins:
                origin = params.bind(rows.origins[name][place])
                yield f"CAST({origin} AS VARCHAR) AS {alias}"
            else:
                info = rows.tables[place].columns.get(name)
                yield f"{cell(info, rows.columns[name])} AS {alias}"


def _path(pointer: str, params: Params) -> str:
    return f"CAST({params.bind(pointer)} AS VARCHAR)"


def _nothing(rows: Rows, aliases: Mapping[str, str]) -> str:
    cells = ["CAST(NULL AS BIGINT) AS _time"]
    for name, alias in aliases.items():
        kind = SQL_TYPES[rows.columns[name]] if name in rows.columns else "VARCHAR"
        cells.append(f"CAST(NULL AS {kind}) AS {alias}")
    return f"SELECT {', '.join(cells)} WHERE FALSE"
