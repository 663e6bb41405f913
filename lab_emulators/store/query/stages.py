"""A pipeline as one SQL statement: a stage for each step, each reading the one before.

A stage selects only what later ones read; `first` makes those before the first step.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

from lab_emulators.store.query.expr import Call, Column, EventTime, Expr, Op, walk
from lab_emulators.store.query.first import First
from lab_emulators.store.query.folds import Folds
from lab_emulators.store.query.live_steps import (
    TIME,
    Atom,
    Json,
    Lively,
    atom_of,
    atoms_of,
    late,
    lively,
    read_by,
)
from lab_emulators.store.query.pipeline import (
    Aggregate,
    By,
    Dedup,
    Extend,
    Keep,
    Limit,
    Pipeline,
    Sort,
)
from lab_emulators.store.query.render import JSON_READERS, Params, Renderer, as_number
from lab_emulators.store.query.sql import Statement

_COSTLY = frozenset(
    {*JSON_READERS, Op.TO_NUMBER, Op.IS_NUMERAL, Op.PARSE_NUMBER, Op.EXTRACT}
)
_KEPT, _BARRIER = "\0kept", "\0barrier"
TALLY = "tally"
THERE = "there"


def compile_pipeline(pipeline: Pipeline) -> Statement:
    """One statement whose columns are `s0`, `s1`, … in the order of `show`.

    With a tally there are two more: `tally`, the same in every row, and `there`, null
    in the one row there is when nothing is left.
    """
    compiler = _Compiler(pipeline)
    return Statement(compiler.statement(), compiler.params.values)


@dataclass(frozen=True, slots=True)
class _Ordering:
    sql: str
    descending: bool

    @property
    def term(self) -> str:
        return f"{self.sql} {'DESC' if self.descending else 'ASC'} NULLS LAST"


@dataclass
class _Compiler:
    pipeline: Pipeline
    params: Params = field(default_factory=Params)
    stages: list[str] = field(default_factory=list)
    scope: dict[Atom, str] = field(default_factory=dict)
    first: First = field(init=False)
    order: list[_Ordering] = field(default_factory=list)
    live: frozenset[Atom] = frozenset()
    late: frozenset[Json] = frozenset()
    _numbers: Iterator[int] = field(default_factory=count)
    _kept: int | None = None

    def statement(self) -> str:
        steps, needed = lively(self.pipeline)
        self._source(needed)
        tally = self._tally_place()
        for place, lean in enumerate(steps):
            self._step(lean, counted=place == tally)
        if tally == len(steps):
            self._count_here()
        wanted = set(self._atoms(self._shown()))
        self._settle(wanted - self.late)
        self._take_out(self.late)
        self._settle(wanted)
        render = self._render
        shown = [f"{render(e)} AS s{i}" for i, e in enumerate(self._shown())]
        return f"WITH {', '.join(self.stages)} {self._selected(shown)}"

    def _shown(self) -> Iterable[Expr]:
        return self.pipeline.show.values()

    def _selected(self, shown: Sequence[str]) -> str:
        if self._kept is None:
            columns = ", ".join(shown) or "1 AS nothing"
            return f"SELECT {columns} FROM {self._last}{self._ordered}"
        # the row of the tally stands even where no other is left
        orders = [f"{one.sql} AS by{i}" for i, one in enumerate(self.order)]
        left = ", ".join([f"TRUE AS {THERE}", *shown, *orders])
        terms = [
            _Ordering(f"r.by{i}", one.descending).term
            for i, one in enumerate(self.order)
        ]
        names = [f"r.s{i}" for i in range(len(shown))]
        sorted_ = f" ORDER BY {', '.join(terms)}" if terms else ""
        return (
            f"SELECT {', '.join([f't.n AS {TALLY}', f'r.{THERE}', *names])} "
            f"FROM (SELECT {self._tally} AS n) AS t "
            f"LEFT JOIN (SELECT {left} FROM {self._last}) AS r ON TRUE{sorted_}"
        )

    def _tally_place(self) -> int | None:
        """Where to count: later is as good while no row is added or lost."""
        place = self.pipeline.tally
        steps = self.pipeline.steps
        while (
            place is not None
            and place < len(steps)
            and isinstance(steps[place], Extend | Sort)
        ):
            place += 1
        return place

    def _step(self, lean: Lively, *, counted: bool) -> None:
        step = lean.step
        if counted and not isinstance(step, Aggregate):
            self._count_here()
        self.live = lean.after
        self._settle(self._atoms(read_by(step)))
        match step:
            case Extend(values):
                render = self._render
                made: dict[Atom, str] = {k: render(v) for k, v in values.items()}
                if made:
                    self._stage(lean.after, made)
            case Keep(condition):
                self._keep(condition, lean.after)
            case Aggregate():
                self._aggregate(step, counted=counted)
            case Sort(by):
                self._sort(by, lean.after)
            case Limit():
                self._stage(lean.after, {}, f"{self._ordered}{_limit(step)}")
            case Dedup(keys):
                self._dedup(keys, lean.after)

    @property
    def _render(self) -> Renderer:
        scope, sources = self.scope, self.pipeline.rows.columns

        def named(node: Column | EventTime) -> str:
            return scope[TIME if isinstance(node, EventTime) else node.key]

        def known(expr: Expr) -> str | None:
            atom = atom_of(expr, sources)
            return None if atom is None else scope[atom]

        return Renderer(named, self.params, known)

    @property
    def _last(self) -> str:
        return f"p{len(self.stages) - 1}"

    @property
    def _ordered(self) -> str:
        terms = ", ".join(one.term for one in self.order)
        return f" ORDER BY {terms}" if terms else ""

    def _alias(self) -> str:
        return f"c{next(self._numbers)}"

    def _add(self, sql: str, *, kept: bool = False) -> None:
        """Another stage; `kept` ones are computed once, for several readers."""
        how = "MATERIALIZED" if kept else "NOT MATERIALIZED"
        self.stages.append(f"p{len(self.stages)} AS {how} ({sql})")

    def _stage(
        self,
        after: Iterable[Atom],
        made: Mapping[Atom, str],
        tail: str = "",
        *,
        kept: bool = False,
    ) -> None:
        """Select what is read later, with what is made here."""
        cells: dict[str, str] = {}
        scope: dict[Atom, str] = {}
        for atom in sorted(set(self._carried(after, made)), key=repr):
            sql = made[atom] if atom in made else self.scope[atom]
            scope[atom] = cells.setdefault(sql, self._alias())
        order = [
            _Ordering(cells.setdefault(one.sql, self._alias()), one.descending)
            for one in self.order
        ]
        columns = ", ".join(f"{sql} AS {name}" for sql, name in cells.items())
        body = f"SELECT {columns or '1 AS nothing'} FROM {self._last}{tail}"
        self._add(body, kept=kept)
        self.scope, self.order = scope, order

    def _carried(
        self, after: Iterable[Atom], made: Mapping[Atom, str]
    ) -> Iterator[Atom]:
        """What `after` takes; for a value not yet settled, what it is settled from."""
        for atom in after:
            if atom in made or atom in self.scope:
                yield atom
            elif isinstance(atom, Json):
                yield atom.document
                if atom not in self.late:
                    yield atom.reading

    def _atoms(self, expressions: Iterable[Expr]) -> Iterator[Atom]:
        return atoms_of(expressions, self.pipeline.rows.columns)

    def _settle(self, atoms: Iterable[Atom]) -> None:
        """Make columns of values that are read now: texts first, then numbers."""
        wanted = {a for a in atoms if isinstance(a, Json) and a not in self.scope}
        texts = {replace(a, number=False) for a in wanted} - self.scope.keys()
        for group in (texts, {a for a in wanted if a.number}):
            made: dict[Atom, str] = {a: self._settled(a) for a in group}
            if made:
                self._stage([*self.scope, *made], made)

    def _settled(self, atom: Json) -> str:
        if atom.number:
            return as_number(self.scope[replace(atom, number=False)])
        return self.first.value(atom, self.scope, self.params)

    def _count_here(self) -> None:
        self._settle(self.live - self.late)
        self._stage(self.live, {}, kept=True)
        self._kept = len(self.stages) - 1
        self._tally = f"(SELECT count(*) FROM {self._last})"

    def _keep(self, condition: Expr, after: Iterable[Atom]) -> None:
        """Keep rows; a costly condition is computed as a column first.

        DuckDB computes what an expression repeats once in a selection, but each time
        in a filter, and brings filters down to the table unless something random is
        on their way.
        """
        sql = self._render(condition)
        if not any(isinstance(n, Call) and n.op in _COSTLY for n in walk([condition])):
            self._stage(after, {}, f" WHERE {sql}")
            return
        made: dict[Atom, str] = {_KEPT: sql, _BARRIER: "random()"}
        self._stage([*after, *made], made)
        kept = self.scope[_KEPT]
        self._stage(after, {}, f" WHERE {kept}")

    def _sort(self, by: Sequence[By], after: Iterable[Atom]) -> None:
        render = self._render
        first = [_Ordering(render(one.value), one.descending) for one in by]
        seen = {one.sql for one in first}
        self.order = [*first, *(one for one in self.order if one.sql not in seen)]
        self._stage(after, {})

    def _dedup(self, keys: Sequence[Expr], after: Iterable[Atom]) -> None:
        render = self._render
        alike = [render(key) for key in keys]
        terms = ", ".join(one.term for one in self.order)
        over = f"PARTITION BY {', '.join(alike)}"
        first = f"row_number() OVER ({over}{' ORDER BY ' * bool(terms)}{terms}) = 1"
        lacking = "".join(f" OR {key} IS NULL" for key in alike)
        self._stage(after, {}, f" QUALIFY {first}{lacking}")

    def _aggregate(self, step: Aggregate, *, counted: bool) -> None:
        folds = Folds(self._render)
        keys = {name: folds.place(expr) for name, expr in step.keys.items()}
        made = {name: folds.measured(m) for name, m in step.measures.items()}
        aggregates = list(folds.aggregates())
        if counted:
            aggregates.append(f"count(*) AS {TALLY}")
        columns = [*dict.fromkeys(keys.values()), *aggregates] or ["count(*) AS n"]
        self._add(f"SELECT {folds.columns()} FROM {self._last}")
        group = ", ".join(dict.fromkeys(keys.values()))
        self._add(
            f"SELECT {', '.join(columns)} FROM {self._last}"
            + (f" GROUP BY {group}" if group else ""),
            kept=counted,
        )
        if counted:
            self._kept = len(self.stages) - 1
            total = f"coalesce(sum({TALLY}), 0)"
            self._tally = f"(SELECT CAST({total} AS BIGINT) FROM {self._last})"
        self.scope, self.order = dict[Atom, str](chain(keys.items(), made.items())), []

    def _source(self, needed: frozenset[Atom]) -> None:
        self.first = First.of(self.pipeline.rows, needed, self._alias)
        self.live, self.late = needed, late(self.pipeline)
        self._add(self.first.scan(self.params))
        self.scope.update(self.first.scope)
        self._take_out(set(self.first.json) - self.late)

    def _take_out(self, json: Collection[Json]) -> None:
        """Read the documents of the rows there are now for these values."""
        if json:
            self.first = replace(self.first, json=sorted(json, key=repr))
            made = self.first.readings(self.scope, self.params)
            self._stage([*self.scope, *made], made)


def _limit(step: Limit) -> str:
    return f" LIMIT {step.count}" + (f" OFFSET {step.skip}" if step.skip else "")
