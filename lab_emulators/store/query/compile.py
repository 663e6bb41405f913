"""A pipeline as one SQL statement, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lab_emulators.store.query.aggregates import Grouping, step_of
from lab_emulators.store.query.expr import (
    TRUE,
    Call,
    EventTime,
    Expr,
    Op,
    SampleRate,
    walk,
)
from lab_emulators.store.query.inputs import Inputs
from lab_emulators.store.query.live_steps import (
    Atom,
    LiveStep,
    RowPart,
    live_steps,
    read_by,
)
from lab_emulators.store.query.lookups import PartnerRows
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
    Statement,
)
from lab_emulators.store.query.rollup import RollupWriter
from lab_emulators.store.query.stages import Ordering, Stages

_COSTLY = frozenset(
    {*JSON_READERS, Op.TO_NUMBER, Op.IS_NUMERAL, Op.PARSE_NUMBER, Op.EXTRACT}
)
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


@dataclass
class _Compiler(Stages):
    _counted_stage: int | None = None
    _tally: str = ""

    def statement(self) -> str:
        steps, needed = live_steps(self.pipeline)
        self.read_source(needed)
        tally, last = self._tally_index(), self._last_limit()
        for index, live in enumerate(steps[:-1] if last else steps):
            self._step(live, counted=index == tally)
        if tally == len(steps):
            self._count_here()
        shown_atoms = set(self.atoms(self._shown()))
        self.settle(shown_atoms - self.deferred)
        self.take_out(self.deferred)
        self.settle(shown_atoms)
        render = self.render
        shown = [f"{render(e)} AS s{i}" for i, e in enumerate(self._shown())]
        return f"WITH {', '.join(self.stages)} {self._selected(shown)}{last}"

    def _shown(self) -> Iterable[Expr]:
        return self.pipeline.show.values()

    def _selected(self, shown: Sequence[str]) -> str:
        if self._counted_stage is None:
            columns = ", ".join(shown) or "1 AS nothing"
            return f"SELECT {columns} FROM {self.last}{self.ordered}"
        # the row of the tally stands even where no other is left
        orders = [f"{one.sql} AS by{i}" for i, one in enumerate(self.order)]
        left = ", ".join([f"TRUE AS {THERE}", *shown, *orders])
        terms = [
            Ordering(f"r.by{i}", one.descending).term
            for i, one in enumerate(self.order)
        ]
        names = [f"r.s{i}" for i in range(len(shown))]
        sorted_ = f" ORDER BY {', '.join(terms)}" if terms else ""
        return (
            f"SELECT {', '.join([f't.n AS {TALLY}', f'r.{THERE}', *names])} "
            f"FROM (SELECT {self._tally} AS n) AS t "
            f"LEFT JOIN (SELECT {left} FROM {self.last}) AS r ON TRUE{sorted_}"
        )

    def _tally_index(self) -> int | None:
        """Index of the step to count before: later while no row is added or lost."""
        index = self.pipeline.tally
        steps = self.pipeline.steps
        while (
            index is not None
            and index < len(steps)
            and isinstance(steps[index], Extend | Sort)
        ):
            index += 1
        return index

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
        self.settle(self.atoms(read_by(step)))
        match step:
            case Extend(values):
                render = self.render
                made: dict[Atom, str] = {k: render(v) for k, v in values.items()}
                if made:
                    self.stage(live.after, made)
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
                self.stage(live.after, {}, f"{self.ordered}{_limit(step)}")
            case Dedup(keys):
                self._dedup(keys, live.after)

    def _count_here(self) -> None:
        self.settle(self.live - self.deferred)
        self.stage(self.live, {}, materialized=True)
        self._counted_stage = len(self.stages) - 1
        self._tally = f"(SELECT count(*) FROM {self.last})"

    def _keep(self, condition: Expr, after: Iterable[Atom]) -> None:
        """Keeps rows; a costly condition is computed as a column first.

        DuckDB computes what an expression repeats once in a selection, but each time
        in a filter, and brings filters down to the table unless something random is
        on their way.
        """
        if condition is TRUE:
            return
        sql = self.render(condition)
        if not any(isinstance(n, Call) and n.op in _COSTLY for n in walk([condition])):
            self.stage(after, {}, f" WHERE {sql}")
            return
        made: dict[Atom, str] = {RowPart.KEPT: sql, RowPart.BARRIER: "random()"}
        self.stage([*after, *made], made)
        column = self.scope[RowPart.KEPT]
        self.stage(after, {}, f" WHERE {column}")

    def _sort(self, by: Sequence[By], after: Iterable[Atom]) -> None:
        render = self.render
        first = [Ordering(render(one.value), one.descending) for one in by]
        seen = {one.sql for one in first}
        self.order = [*first, *(one for one in self.order if one.sql not in seen)]
        if not seen <= {*self.scope.values()}:
            self.stage(after, {})

    def _dedup(self, keys: Sequence[Expr], after: Iterable[Atom]) -> None:
        render = self.render
        alike = [render(key) for key in keys]
        terms = ", ".join(one.term for one in self.order)
        over = f"PARTITION BY {', '.join(alike)}"
        first = f"row_number() OVER ({over}{' ORDER BY ' * bool(terms)}{terms}) = 1"
        lacking = "".join(f" OR {key} IS NULL" for key in alike)
        self.stage(after, {}, f" QUALIFY {first}{lacking}")

    def _lookup(self, step: Lookup, after: frozenset[Atom]) -> None:
        partner_rows = PartnerRows.of(step, self.pipeline.rows, after, self.alias)
        partners = partner_rows.sql(self.params)
        same = [
            f"{self.render(row)} = l.{alias}"
            for (row, _), alias in zip(step.on, partner_rows.matched, strict=True)
        ]
        made: dict[Atom, str] = {
            a: f"l.{name}" for a, name in partner_rows.columns.items()
        }
        join = f" {_JOINS[step.match]} ({partners}) AS l ON {' AND '.join(same)}"
        self.stage(after, made, join)

    def _aggregate(self, step: Aggregate, *, counted: bool) -> None:
        inputs = Inputs(self.render)
        keys, made = _inputs(step, inputs)
        total = inputs.measured(Measure(Fold.COUNT)) if counted else ""
        by = list(dict.fromkeys(keys.values()))
        grouping = self._grouping(step, inputs, by)
        sql = grouping.select(lambda base: base, by, every=bool(by))
        self.add(sql, materialized=counted)
        if counted:
            self._counted_stage = len(self.stages) - 1
            rows = f"CAST(coalesce(sum({total}), 0) AS BIGINT)"
            self._tally = f"(SELECT {rows} FROM {self.last})"
        self.scope, self.order = _scope({**keys, **made}), []

    def _grouping(
        self, step: Aggregate, inputs: Inputs, by: Sequence[str], *, timed: bool = False
    ) -> Grouping:
        """A stage with what the measures read, and if `timed` the time step."""
        folds = {cells.fold for cells in inputs.cells}
        timed = timed or bool(folds & STEPPED.keys())
        cells = {name: sql for sql, name in inputs.columns.items()}
        if timed and step.times:
            cells["t"] = step_of(self.render(EventTime()), step.times)
        if Fold.PEAK in folds:
            cells["z"] = self.render(EventTime())
        if step.weighted:
            cells["w"] = self.render(SampleRate())
        grouping = Grouping(self.last, inputs.cells, step.times, step.weighted)
        simple = grouping.simple and not timed
        # a stage that only renames costs planning time
        if not simple or any(name != sql for name, sql in cells.items()):
            columns = ", ".join(f"{sql} AS {name}" for name, sql in cells.items())
            rows = f"SELECT {columns or '1 AS nothing'} FROM {self.last}"
            rows_name = self.add(rows, materialized=False if simple else None)
            grouping = replace(grouping, rows=rows_name)
        for index in grouping.histograms():
            binned = grouping.binned(index, [*by, *(["t"] if timed else [])])
            grouping.bins[index] = self.add(binned, materialized=None)
        return grouping

    def _roll_up(self, step: Rollup) -> None:
        for _ in walk([*step.derived.values(), step.having]):
            pass  # SizeError
        inputs = Inputs(self.render)
        keys, made = _inputs(step.aggregate, inputs)
        by = list(dict.fromkeys(keys.values()))
        timed = bool({Level.STEPS, Level.TOTAL_STEPS} & {*step.levels})
        grouping = self._grouping(step.aggregate, inputs, by, timed=timed)
        writer = RollupWriter(step, grouping, by, {**keys, **made}, self.params)
        ranked = self.add(writer.ranked(), materialized=None)
        self.add(writer.levels(ranked))
        self.scope = _scope(writer.scope)
        self.order = [Ordering("rank", descending=False)]


def _inputs(step: Aggregate, inputs: Inputs) -> tuple[dict[str, str], dict[str, str]]:
    """The columns of keys and of measures by name."""
    keys = {name: inputs.column_of(expr) for name, expr in step.keys.items()}
    made = {name: inputs.measured(one) for name, one in step.measures.items()}
    return keys, made


def _scope(columns: Mapping[str, str]) -> dict[Atom, str]:
    return dict[Atom, str](columns.items())


def _limit(step: Limit) -> str:
    return f" LIMIT {step.count}" + (f" OFFSET {step.skip}" if step.skip else "")
