"""A pipeline as one SQL statement: a stage for each step, each reading the one before.

A stage selects only what later ones read; `first` makes those before the first step.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from lab_emulators.store.query.aggregates import Grouping, Inputs, step_of
from lab_emulators.store.query.expr import (
    TRUE,
    Call,
    Cell,
    EventTime,
    Expr,
    Op,
    SampleRate,
    walk,
)
from lab_emulators.store.query.live_steps import (
    Atom,
    Json,
    LiveStep,
    Partner,
    RowPart,
    atom_of,
    atoms_of,
    deferred,
    live_steps,
    partners,
    read_by,
)
from lab_emulators.store.query.pipeline import (
    STEPPED,
    Aggregate,
    By,
    Dedup,
    Extend,
    Fold,
    Keep,
    Level,
    Limit,
    Lookup,
    Match,
    Measure,
    Pipeline,
    Rollup,
    Sort,
)
from lab_emulators.store.query.render import (
    JSON_READERS,
    Params,
    Renderer,
    Statement,
    as_number,
)
from lab_emulators.store.query.rollup import RollupWriter
from lab_emulators.store.query.scan import Scan

_COSTLY = frozenset({*JSON_READERS, Op.TO_NUMBER, Op.PARSE_NUMBER, Op.EXTRACT})
_JOINS = {Match.SOME: "JOIN", Match.MAYBE: "LEFT JOIN", Match.NONE: "ANTI JOIN"}
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
    scan: Scan = field(init=False)
    order: list[_Ordering] = field(default_factory=list)
    live: frozenset[Atom] = frozenset()
    deferred: frozenset[Json] = frozenset()
    _numbers: Iterator[int] = field(default_factory=count)
    _kept: int | None = None

    def statement(self) -> str:
        steps, needed = live_steps(self.pipeline)
        self._source(needed)
        tally, last = self._tally_place(), self._last_limit()
        for place, live in enumerate(steps[:-1] if last else steps):
            self._step(live, counted=place == tally)
        if tally == len(steps):
            self._count_here()
        wanted = set(self._atoms(self._shown()))
        self._settle(wanted - self.deferred)
        self._take_out(self.deferred)
        self._settle(wanted)
        render = self._render
        shown = [f"{render(e)} AS s{i}" for i, e in enumerate(self._shown())]
        return f"WITH {', '.join(self.stages)} {self._selected(shown)}{last}"

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

    def _last_limit(self) -> str:
        """The limit to end with, or none; values to compute take a stage of its own.

        In one selection with the limit, they would be computed for every row.
        """
        *_, last = self.pipeline.steps or (None,)
        columns = not any(isinstance(shown, Call) for shown in self._shown())
        simple = columns and self.pipeline.tally is None
        return _limit(last) if simple and isinstance(last, Limit) else ""

    def _step(self, live: LiveStep, *, counted: bool) -> None:
        step = live.step
        if counted and not isinstance(step, Aggregate):
            self._count_here()
        self.live = live.after
        self._settle(self._atoms(read_by(step)))
        match step:
            case Extend(values):
                render = self._render
                made: dict[Atom, str] = {k: render(v) for k, v in values.items()}
                if made:
                    self._stage(live.after, made)
            case Keep(condition):
                self._keep(condition, live.after)
            case Lookup():
                self._lookup(step, live.after)
            case Aggregate():
                self._aggregate(step, counted=counted)
            case Rollup():
                self._roll_up(step)
            case Sort(by):
                self._sort(by, live.after)
            case Limit():
                self._stage(live.after, {}, f"{self._ordered}{_limit(step)}")
            case Dedup(keys):
                self._dedup(keys, live.after)

    @property
    def _render(self) -> Renderer:
        scope, sources = self.scope, self.pipeline.rows.columns

        def named(node: Cell) -> str:
            return scope[_atom(node)]

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

    def _add(self, sql: str, *, kept: bool | None = False) -> str:
        """The name of another stage; `kept` ones are computed once for all readers.

        With None the database decides.
        """
        how = {True: "MATERIALIZED ", False: "NOT MATERIALIZED ", None: ""}[kept]
        self.stages.append(f"p{len(self.stages)} AS {how}({sql})")
        return self._last

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
                if atom not in self.deferred:
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
        return self.scan.value(atom, self.scope, self.params)

    def _count_here(self) -> None:
        self._settle(self.live - self.deferred)
        self._stage(self.live, {}, kept=True)
        self._kept = len(self.stages) - 1
        self._tally = f"(SELECT count(*) FROM {self._last})"

    def _keep(self, condition: Expr, after: Iterable[Atom]) -> None:
        """Keep rows; a costly condition is computed as a column first.

        DuckDB computes what an expression repeats once in a selection, but each time
        in a filter, and brings filters down to the table unless something random is
        on their way.
        """
        if condition is TRUE:
            return
        sql = self._render(condition)
        if not any(isinstance(n, Call) and n.op in _COSTLY for n in walk([condition])):
            self._stage(after, {}, f" WHERE {sql}")
            return
        made: dict[Atom, str] = {RowPart.KEPT: sql, RowPart.BARRIER: "random()"}
        self._stage([*after, *made], made)
        kept = self.scope[RowPart.KEPT]
        self._stage(after, {}, f" WHERE {kept}")

    def _sort(self, by: Sequence[By], after: Iterable[Atom]) -> None:
        render = self._render
        first = [_Ordering(render(one.value), one.descending) for one in by]
        seen = {one.sql for one in first}
        self.order = [*first, *(one for one in self.order if one.sql not in seen)]
        if not seen <= {*self.scope.values()}:
            self._stage(after, {})

    def _dedup(self, keys: Sequence[Expr], after: Iterable[Atom]) -> None:
        render = self._render
        alike = [render(key) for key in keys]
        terms = ", ".join(one.term for one in self.order)
        over = f"PARTITION BY {', '.join(alike)}"
        first = f"row_number() OVER ({over}{' ORDER BY ' * bool(terms)}{terms}) = 1"
        lacking = "".join(f" OR {key} IS NULL" for key in alike)
        self._stage(after, {}, f" QUALIFY {first}{lacking}")

    def _lookup(self, step: Lookup, after: Iterable[Atom]) -> None:
        """Join the earliest partner; where several are, the least in what is read."""
        taken = sorted(partners(step.name, after), key=repr)
        scan, inside = self._partners(step, taken)
        equal = [(pair, self._alias()) for pair in step.on]
        columns = {atom: self._alias() for atom in taken}
        matched = ", ".join(alias for _, alias in equal)
        chosen = [f"{inside(pair[1])} AS {alias}" for pair, alias in equal]
        chosen += [f"{scan.scope[a.part]} AS {alias}" for a, alias in columns.items()]
        found = (
            f"SELECT DISTINCT ON ({matched}) {', '.join(chosen)} "
            f"FROM ({scan.sql(self.params)}) WHERE {inside(step.where)} "
            f"ORDER BY {', '.join([matched, '_time', *columns.values()])}"
        )
        same = [f"{self._render(pair[0])} = l.{alias}" for pair, alias in equal]
        on = " AND ".join(same)
        made: dict[Atom, str] = {atom: f"l.{name}" for atom, name in columns.items()}
        self._stage(after, made, f" {_JOINS[step.match]} ({found}) AS l ON {on}")

    def _partners(
        self, step: Lookup, taken: Sequence[Partner]
    ) -> tuple[Scan, Renderer]:
        """The rows that may be partners, and how their columns are written."""
        tests = (step.where, *(partner for _, partner in step.on))
        read = {atom.part for atom in partners(step.name, self._atoms(tests))}
        read |= {RowPart.TIME, *(atom.part for atom in taken)}
        scan = Scan.of(self.pipeline.rows, read, self._alias)

        def named(node: Cell) -> str:
            atom = _atom(node)
            return scan.scope[atom.part if isinstance(atom, Partner) else atom]

        return scan, Renderer(named, self.params)

    def _aggregate(self, step: Aggregate, *, counted: bool) -> None:
        inputs = Inputs(self._render)
        keys, made = _inputs(step, inputs)
        total = inputs.measured(Measure(Fold.COUNT)) if counted else ""
        by = list(dict.fromkeys(keys.values()))
        grouping = self._grouping(step, inputs, by)
        sql = grouping.select(lambda base: base, by, every=bool(by))
        self._add(sql, kept=counted)
        if counted:
            self._kept = len(self.stages) - 1
            rows = f"CAST(coalesce(sum({total}), 0) AS BIGINT)"
            self._tally = f"(SELECT {rows} FROM {self._last})"
        self.scope, self.order = {**keys, **made}, []

    def _grouping(
        self, step: Aggregate, inputs: Inputs, by: Sequence[str], *, timed: bool = False
    ) -> Grouping:
        """A stage with what the measures read, and if `timed` the time step."""
        folds = {cells.fold for cells in inputs.cells}
        timed = timed or bool(folds & STEPPED.keys())
        cells = {name: sql for sql, name in inputs.columns.items()}
        if timed and step.times:
            cells["t"] = step_of(self._render(EventTime()), step.times)
        if Fold.PEAK in folds:
            cells["z"] = self._render(EventTime())
        if step.weighted:
            cells["w"] = self._render(SampleRate())
        grouping = Grouping(self._last, inputs.cells, step.times, step.weighted)
        simple = grouping.simple and not timed
        # a stage that only renames costs planning time
        if not simple or any(name != sql for name, sql in cells.items()):
            columns = ", ".join(f"{sql} AS {name}" for name, sql in cells.items())
            rows = f"SELECT {columns or '1 AS nothing'} FROM {self._last}"
            rows_name = self._add(rows, kept=False if simple else None)
            grouping = replace(grouping, rows=rows_name)
        for place in grouping.histograms():
            binned = grouping.binned(place, [*by, *(["t"] if timed else [])])
            grouping.bins[place] = self._add(binned, kept=None)
        return grouping

    def _roll_up(self, step: Rollup) -> None:
        for _ in walk([*step.derived.values(), step.having]):
            pass  # SizeError
        inputs = Inputs(self._render)
        keys, made = _inputs(step.aggregate, inputs)
        by = list(dict.fromkeys(keys.values()))
        timed = bool({Level.STEPS, Level.TOTAL_STEPS} & {*step.levels})
        grouping = self._grouping(step.aggregate, inputs, by, timed=timed)
        writer = RollupWriter(step, grouping, by, {**keys, **made}, self.params)
        ranked = self._add(writer.ranked(), kept=None)
        self._add(writer.levels(ranked))
        self.scope = dict(writer.scope)
        self.order = [_Ordering("rank", descending=False)]

    def _source(self, needed: frozenset[Atom]) -> None:
        self.scan = Scan.of(self.pipeline.rows, needed, self._alias)
        self.live, self.deferred = needed, deferred(self.pipeline)
        self._add(self.scan.sql(self.params))
        self.scope.update(self.scan.scope)
        self._take_out(set(self.scan.json) - self.deferred)

    def _take_out(self, json: Collection[Json]) -> None:
        """Read the documents of the rows there are now for these values."""
        if json:
            self.scan = replace(self.scan, json=sorted(json, key=repr))
            made = self.scan.readings(self.scope, self.params)
            self._stage([*self.scope, *made], made)


def _inputs(step: Aggregate, inputs: Inputs) -> tuple[dict[Atom, str], dict[Atom, str]]:
    """The columns of keys and of measures by name."""
    keys: dict[Atom, str] = {n: inputs.place(e) for n, e in step.keys.items()}
    made: dict[Atom, str] = {n: inputs.measured(m) for n, m in step.measures.items()}
    return keys, made


def _atom(node: Cell) -> Atom:
    atom = atom_of(node, {})
    assert atom is not None
    return atom


def _limit(step: Limit) -> str:
    return f" LIMIT {step.count}" + (f" OFFSET {step.skip}" if step.skip else "")
