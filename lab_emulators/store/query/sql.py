"""A plan as one SQL statement for DuckDB."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lab_emulators.store.query.expr import TRUE, Column, EventTime, Expr
from lab_emulators.store.query.measures import Cells, Level, Relation, step_of
from lab_emulators.store.query.plan import (
    MEASURE,
    STEPPED,
    Aggregate,
    Measure,
    Part,
    Plan,
    Source,
)
from lab_emulators.store.query.render import Params, Renderer
from lab_emulators.store.query.scan import Scan
from lab_emulators.store.schema.batch import Value


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with numbered placeholders, and their values in order."""

    sql: str
    params: list[Value]


def compile_plan(plan: Plan) -> Statement:
    """One statement whose rows have the columns

    `part` (a `Part`), `rank` (of the group, from 1), `t` (step number), `k0`… (keys),
    `m0`… (measures; a histogram is a list of `{b: bin, n: weight}`, null if empty)
    and `d0`… (derived). Groups come in order of rank; other rows in any order.
    """
    compiler = _Compiler(plan)
    return Statement(compiler.statement(), compiler.params.values)


def heaviest_weight(source: Source) -> Statement:
    """A statement for the largest weight in `source`, NULL if it has no rows.

    Without a filter DuckDB answers from its statistics, in about a millisecond.
    """
    scan = Scan(source, Params())
    return Statement(f"SELECT max(_rate) {scan.from_clause()}", scan.params.values)


class _Compiler:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.params = Params()
        self.scan = Scan(plan.source, self.params, plan.lookups)
        self.scan.need(self._row_expressions())
        self.keys = [f"k{place}" for place in range(len(plan.keys))]
        kinds = {measure.aggregate for measure in plan.measures}
        self.stepped = bool(kinds & STEPPED.keys()) or any(
            part in plan.parts for part in (Part.STEPS, Part.TOTAL_STEPS)
        )
        self.timed = Aggregate.PEAK in kinds
        self.outside = Renderer(lambda node: _measure_name(node), self.params)

    def statement(self) -> str:
        level, rows = self._rows
        ctes = [f"rows AS ({rows})"]
        by = [*self.keys, *(["t"] if self.stepped else [])]
        for place, measure in enumerate(self.plan.measures):
            if measure.aggregate is Aggregate.HISTOGRAM:
                ctes.append(f"bins{place} AS ({level.bins(place, by)})")
        if self.plan.parts == (Part.GROUPS,):
            return f"WITH {', '.join(ctes)} {self._only_groups(level)}"
        ranked = bool(set(self.plan.parts) - {Part.TOTAL, Part.TOTAL_STEPS})
        if ranked:
            ctes.append(f"ranked AS ({self._ranked(level)})")
        parts = " UNION ALL BY NAME ".join(self._parts(level))
        return f"WITH {', '.join(ctes)} {parts}{' ORDER BY rank' * ranked}"

    def _row_expressions(self) -> Iterator[Expr]:
        yield self.plan.where
        yield from self.plan.keys
        for measure in self.plan.measures:
            yield from (*measure.args, measure.where)
        for lookup in self.plan.lookups:
            yield lookup.where
            for pair in lookup.on:
                yield from pair

    @cached_property
    def _rows(self) -> tuple[Level, str]:
        """The relation every level reads, and the level writer that knows it."""
        render = self.scan.render
        columns = [
            f"{render(e)} AS {k}"
            for e, k in zip(self.plan.keys, self.keys, strict=True)
        ]
        if self.stepped and self.plan.steps:
            columns.append(f"{step_of('s._time', self.plan.steps)} AS t")
        if self.timed:
            columns.append("s._time AS z")
        if self.plan.weighted:
            columns.append("s._rate AS w")
        places: dict[str, str] = {}
        cells = [self._cells(measure, places) for measure in self.plan.measures]
        columns += [f"{sql} AS {name}" for sql, name in places.items()]
        where = "" if self.plan.where is TRUE else f" WHERE {render(self.plan.where)}"
        cells_sql = ", ".join(columns) or "1 AS one"
        rows = f"SELECT {cells_sql} {self.scan.from_clause()}{where}"
        return Level(cells, self.plan.steps, self.plan.weighted), rows

    def _cells(self, measure: Measure, places: dict[str, str]) -> Cells:
        """Names of what `measure` reads; the same expression is computed once."""

        def place(expr: Expr) -> str:
            return places.setdefault(self.scan.render(expr), f"x{len(places)}")

        where = None if measure.where is TRUE else place(measure.where)
        return Cells(measure, tuple(place(arg) for arg in measure.args), where)

    def _groups(self, level: Level) -> str:
        groups = level.select(lambda base: base, self.keys, every=bool(self.keys))
        having = self.plan.having
        kept = "" if having is TRUE else f" WHERE {self.outside(having)}"
        return f"SELECT * FROM ({self._with_derived(groups)}){kept}"

    def _only_groups(self, level: Level) -> str:
        order = self._order()
        groups = f"{self._groups(level)}{order} LIMIT {self.plan.limit}"
        return f"SELECT '{Part.GROUPS}' AS part, * FROM ({groups}){order}"

    def _ranked(self, level: Level) -> str:
        rank = f"row_number() OVER ({self._order().strip()}) AS rank"
        return f"SELECT *, {rank} FROM ({self._groups(level)})"

    def _order(self) -> str:
        terms = [
            f"{order.by}{order.place} {'DESC' if order.descending else 'ASC'}"
            for order in self.plan.orders
        ]
        terms = [f"{term} NULLS LAST" for term in [*terms, *self.keys]]
        return f" ORDER BY {', '.join(terms)}" if terms else ""

    def _with_derived(self, sql: str) -> str:
        derived = [
            f", {self.outside(expr)} AS d{place}"
            for place, expr in enumerate(self.plan.derived)
        ]
        return f"SELECT *{''.join(derived)} FROM ({sql})" if derived else sql

    def _parts(self, level: Level) -> Iterator[str]:
        limit = self.plan.limit
        first, rest = f"rank <= {limit}", f"rank > {limit}"
        for part in self.plan.parts:
            if part is Part.GROUPS:
                yield f"SELECT '{part}' AS part, * FROM ranked WHERE {first}"
                continue
            relation: Relation = lambda base: base  # noqa: E731
            by: Sequence[str] = ["t"] if part is Part.TOTAL_STEPS else []
            if part is Part.STEPS:
                relation, by = self._within(first), ["rank", "t"]
            elif part is Part.OTHER:
                relation = self._within(rest)
            measures = level.select(relation, by, every=False)
            yield f"SELECT '{part}' AS part, * FROM ({self._with_derived(measures)})"

    def _within(self, condition: str) -> Relation:
        """Rows of the groups whose rank fulfills `condition`, with that rank."""
        same = [f"r.{key} IS NOT DISTINCT FROM q.{key}" for key in self.keys]
        on = " AND ".join([*same, f"q.{condition}"])
        return lambda base: (
            f"(SELECT r.*, q.rank FROM {base} AS r JOIN ranked AS q ON {on})"
        )


def _measure_name(node: Column | EventTime) -> str:
    if isinstance(node, Column) and node.scope == MEASURE:
        return node.key
    raise ValueError("only measures can be named outside the rows")
