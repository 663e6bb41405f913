"""Stages of a statement: selections by name, each of which reads the one before.

A stage selects only what later ones read (`live_steps`); `compile` makes one or more
for every step of a pipeline.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from lab_emulators.store.query.expr import (
    Cell,
    Expr,
)
from lab_emulators.store.query.live_steps import (
    Atom,
    Json,
    atom_of,
    atoms_of,
    cell_atom,
    deferred,
)
from lab_emulators.store.query.pipeline import (
    Pipeline,
)
from lab_emulators.store.query.render import (
    Params,
    Renderer,
    as_number,
)
from lab_emulators.store.query.scan import Scan


@dataclass(frozen=True, slots=True)
class Ordering:
    """One column that rows are sorted by; absent values come last."""

    sql: str
    descending: bool

    @property
    def term(self) -> str:
        """The term of an ORDER BY clause."""
        return f"{self.sql} {'DESC' if self.descending else 'ASC'} NULLS LAST"


@dataclass
class Stages:
    """The stages so far, and in which columns of the last one the atoms are.

    `order` is how its rows are sorted, `live` what later stages read, and `deferred`
    what is taken out of JSON documents only at the end.
    """

    pipeline: Pipeline
    params: Params = field(default_factory=Params)
    stages: list[str] = field(default_factory=list)
    scope: dict[Atom, str] = field(default_factory=dict)
    scan: Scan = field(init=False)
    order: list[Ordering] = field(default_factory=list)
    live: frozenset[Atom] = frozenset()
    deferred: frozenset[Json] = frozenset()
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def render(self) -> Renderer:
        """Writes expressions over the columns of the last stage."""
        scope, sources = self.scope, self.pipeline.rows.columns

        def named(node: Cell) -> str:
            return scope[cell_atom(node)]

        def known(expr: Expr) -> str | None:
            atom = atom_of(expr, sources)
            return None if atom is None else scope[atom]

        return Renderer(named, self.params, known)

    @property
    def last(self) -> str:
        """The name of the last stage."""
        return f"p{len(self.stages) - 1}"

    @property
    def ordered(self) -> str:
        """The ORDER BY clause of the rows there are now."""
        terms = ", ".join(one.term for one in self.order)
        return f" ORDER BY {terms}" if terms else ""

    def alias(self) -> str:
        """A name that no other column has."""
        return f"c{next(self._numbers)}"

    def add(self, sql: str, *, materialized: bool | None = False) -> str:
        """Adds a stage, returns its name; a materialized one is computed only once.

        With None the database decides.
        """
        how = {True: "MATERIALIZED ", False: "NOT MATERIALIZED ", None: ""}[
            materialized
        ]
        self.stages.append(f"p{len(self.stages)} AS {how}({sql})")
        return self.last

    def stage(
        self,
        after: Iterable[Atom],
        made: Mapping[Atom, str],
        tail: str = "",
        *,
        materialized: bool = False,
    ) -> None:
        """Adds a stage with the atoms that are read later, of which it makes `made`."""
        # Atoms of the same SQL share one column. The columns that rows are sorted by
        # are handed on too, or the order would be lost with them.
        cells: dict[str, str] = {}
        scope: dict[Atom, str] = {}
        for atom in sorted(set(self._carried(after, made)), key=repr):
            sql = made[atom] if atom in made else self.scope[atom]
            scope[atom] = cells.setdefault(sql, self.alias())
        order = [
            Ordering(cells.setdefault(one.sql, self.alias()), one.descending)
            for one in self.order
        ]
        columns = ", ".join(f"{sql} AS {name}" for sql, name in cells.items())
        body = f"SELECT {columns or '1 AS nothing'} FROM {self.last}{tail}"
        self.add(body, materialized=materialized)
        self.scope, self.order = scope, order

    def _carried(
        self, after: Iterable[Atom], made: Mapping[Atom, str]
    ) -> Iterator[Atom]:
        """Atoms to hand on for `after`; for an unsettled value, its sources."""
        for atom in after:
            if atom in made or atom in self.scope:
                yield atom
            elif isinstance(atom, Json):
                yield atom.document
                if atom not in self.deferred:
                    yield atom.reading

    def atoms(self, expressions: Iterable[Expr]) -> Iterator[Atom]:
        """Every atom of `expressions`."""
        return atoms_of(expressions, self.pipeline.rows.columns)

    def settle(self, atoms: Iterable[Atom]) -> None:
        """Adds columns for values that are read now: texts first, then numbers."""
        values = {a for a in atoms if isinstance(a, Json) and a not in self.scope}
        texts = {replace(a, number=False) for a in values} - self.scope.keys()
        for group in (texts, {a for a in values if a.number}):
            made: dict[Atom, str] = {a: self._settled(a) for a in group}
            if made:
                self.stage([*self.scope, *made], made)

    def _settled(self, atom: Json) -> str:
        if atom.number:
            return as_number(self.scope[replace(atom, number=False)])
        return self.scan.value(atom, self.scope, self.params)

    def read_source(self, needed: frozenset[Atom]) -> None:
        """The first stage: the rows, with the atoms that are needed of them."""
        self.scan = Scan.of(self.pipeline.rows, needed, self.alias)
        self.live, self.deferred = needed, deferred(self.pipeline)
        self.add(self.scan.sql(self.params))
        self.scope.update(self.scan.scope)
        self.take_out(set(self.scan.json) - self.deferred)

    def take_out(self, json: Collection[Json]) -> None:
        """Adds columns with these values, read of the documents of the rows so far."""
        if json:
            self.scan = replace(self.scan, json=sorted(json, key=repr))
            made = self.scan.readings(self.scope, self.params)
            self.stage([*self.scope, *made], made)
