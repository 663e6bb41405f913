"""What a pipeline begins with: the rows of its tables, and the values of their JSON.

All fields of a JSON column are taken out in one reading of the document.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab_helpers.emulators.store.atoms import TIME, Atom, Json
from lab_helpers.emulators.store.pipeline import Rows
from lab_helpers.emulators.store.render import (
    JSON_READERS,
    SQL_TYPES,
    Params,
    extraction,
    settled,
)
from lab_helpers.emulators.store.scan import cell, quoted

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
        start, end = params.bind(rows.start_ns), params.bind(rows.end_ns)
        return " UNION ALL ".join(
            f"SELECT {', '.join(self._cells(place, params))} "
            f"FROM {quoted(table.physical)} WHERE _time >= {start} AND _time < {end}"
            for place, table in enumerate(rows.tables)
        )

    def taken_out(self, params: Params, alias: Alias) -> tuple[str, dict[Atom, str]]:
        """Columns to add to those of `scan`, and the values to read from them.

        There is a list of values for each document and way of reading it.
        """
        lists: dict[tuple[str, str], list[str]] = {}
        for atom in self.json:
            found = lists.setdefault(_reading(atom), [])
            found += [p for p in atom.pointers if p not in found]
        names = {key: alias() for key in lists}
        calls = [
            f", {self._extraction(atom, lists[key], params)} AS {names[key]}"
            for key, atom in {_reading(a): a for a in self.json}.items()
        ]
        scope: dict[Atom, str] = {}
        for atom in self.json:
            key = _reading(atom)
            values = [
                settled(
                    atom.op,
                    self.aliases[atom.document],
                    _path(pointer, params),
                    f"{names[key]}[{lists[key].index(pointer) + 1}]",
                )
                for pointer in atom.pointers
            ]
            joined = f"coalesce({', '.join(values)})"
            scope[atom] = joined if len(values) > 1 else values[0]
        return "".join(calls), scope

    def _extraction(self, atom: Json, pointers: Sequence[str], params: Params) -> str:
        paths = [_path(pointer, params) for pointer in pointers]
        return extraction(atom.op, self.aliases[atom.document], paths)

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


def _reading(atom: Json) -> tuple[str, str]:
    """What is read at once: a document, in one way."""
    return JSON_READERS[atom.op], atom.document


def _path(pointer: str, params: Params) -> str:
    return f"CAST({params.bind(pointer)} AS VARCHAR)"


def _nothing(rows: Rows, aliases: Mapping[str, str]) -> str:
    cells = ["CAST(NULL AS BIGINT) AS _time"]
    for name, alias in aliases.items():
        kind = SQL_TYPES[rows.columns[name]] if name in rows.columns else "VARCHAR"
        cells.append(f"CAST(NULL AS {kind}) AS {alias}")
    return f"SELECT {', '.join(cells)} WHERE FALSE"
