"""Planner of queries: the pipeline of a specification, and its result's layout."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from lab_emulators.honeycomb.languages.calculated_field.compile import compile_node
from lab_emulators.honeycomb.languages.calculated_field.parser import parse_expression
from lab_emulators.honeycomb.query.filters import condition
from lab_emulators.honeycomb.query.formulas import FormulaNames, measure_column, passes
from lab_emulators.honeycomb.query.layout import Layout, entries_of, measure_entry
from lab_emulators.honeycomb.query.relations import RELATIONS, lookup
from lab_emulators.honeycomb.query.schema import Schema
from lab_emulators.honeycomb.query.scope import RowScope, relation_of
from lab_emulators.honeycomb.query.spec import (
    PERCENTILES,
    Calculation,
    Filter,
    QuerySpec,
)
from lab_emulators.honeycomb.query.variant import Variant, numeric
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    LEVEL,
    RANK,
    STEP,
    TRUE,
    Aggregate,
    Bins,
    By,
    Column,
    Expr,
    Extend,
    Fold,
    Keep,
    Level,
    Limit,
    Lookup,
    Measure,
    Op,
    Pipeline,
    Rollup,
    Rows,
    Sort,
    Step,
    TimeSteps,
    absent,
    all_of,
    any_of,
    as_float,
    literal,
    predicate,
)

T = TypeVar("T")

_FOLDS = {
    "SUM": Fold.SUM,
    "AVG": Fold.AVG,
    "MIN": Fold.MIN,
    "MAX": Fold.MAX,
    "HEATMAP": Fold.HISTOGRAM,
    "CONCURRENCY": Fold.PEAK,
    "RATE_AVG": Fold.STEP_AVG,
    "RATE_SUM": Fold.STEP_SUM,
    "RATE_MAX": Fold.STEP_MAX,
}


@dataclass
class Planner:
    """Plans `spec` over `schema`; `bins` are those of HEATMAPs, by measure number."""

    spec: QuerySpec
    schema: Schema
    scopes: dict[str, RowScope] = field(default_factory=dict)

    def calculations(self) -> list[Calculation]:
        """The calculations, each alias once."""
        return list({calc.alias: calc for calc in self.spec.calculations}.values())

    def bounds(self, rows: Rows) -> Pipeline | None:
        """Least and greatest value of every HEATMAP, if there is one: m0, m1, …"""
        measures: dict[str, Measure] = {}
        for measure in self._measures({}):
            if measure.fold is Fold.HISTOGRAM and measure.value is not None:
                where = all_of([measure.where, predicate(Op.FINITE, measure.value)])
                for end in (Fold.MIN, Fold.MAX):
                    bound = Measure(end, measure.value, where=where)
                    measures[f"m{len(measures)}"] = bound
        if not measures:
            return None
        steps = (*self._matching(), Aggregate({}, measures))
        show = {name: Column(name, ColumnType.FLOAT) for name in measures}
        return Pipeline(rows, steps, show)

    def plan(
        self,
        rows: Rows,
        times: TimeSteps,
        levels: tuple[Level, ...],
        *,
        limit: int,
        weighted: bool,
        bins: Mapping[int, Bins],
    ) -> tuple[Pipeline, Layout]:
        """The pipeline, and the layout of its answer.

        Keys are called `k0`, `k1`, …, measures `m0` and formulas `d0`; the other
        columns are `level`, `rank` and `step`.
        """
        breakdowns = [(name, self._key(name)) for name in self.spec.breakdowns]
        measures = self._measures(bins)
        formulas = self._formulas(measures)
        layout = self._layout(breakdowns, measures, formulas, times)
        keys = _numbered("k", (e for _, exprs in breakdowns for e in exprs))
        derived = _numbered("d", (e for _, value in formulas for e in value.families))
        rollup = Rollup(
            Aggregate(keys, _numbered("m", measures), weighted, times),
            derived,
            self._having(layout, measures, dict(formulas)),
            tuple(self._orders(layout)),
            limit,
            levels,
        )
        values = [*keys, *rollup.aggregate.measures, *derived]
        show = _level_columns(levels) | {
            name: Column(name, ColumnType.STRING) for name in values
        }
        steps = (*self._matching(), *_grouped(rollup))
        return Pipeline(rows, steps, show), layout

    def expressions(self) -> Iterator[Expr]:
        """Expressions that the query computes; raises `SpecError` for an invalid one.

        Calculated fields that nothing uses are compiled too.
        """
        for name in self.spec.breakdowns:
            yield from self._key(name)
        measures = self._measures({})
        for measure in measures:
            yield from measure.inputs
        for _, value in self._formulas(measures):
            yield from value.families
        yield self._where()
        for lookup_ in self._lookups():
            yield lookup_.where
        for field_ in self.spec.calculated_fields:
            yield from self.scope().value(field_.name).families

    def scope(self, relation: str = "") -> RowScope:
        """The scope of names in the rows, or in the partners of a relation."""
        if relation not in self.scopes:
            own = {e.name: e.expression for e in self.spec.calculated_fields}
            self.scopes[relation] = RowScope(self.schema, own, relation)
        return self.scopes[relation]

    def _value(self, name: str) -> Variant:
        relation = relation_of(name, self.schema)
        if relation is None:
            return self.scope().value(name)
        return self.scope(relation[0]).value(relation[1])

    def _key(self, name: str) -> tuple[Expr, ...]:
        return self._value(name).families or (absent(ColumnType.STRING),)

    def _conditions(self, filters: tuple[Filter, ...], *, any_filter: bool) -> Expr:
        conditions = [condition(f, self._value(f.column)) for f in filters]
        return any_of(conditions) if any_filter and filters else all_of(conditions)

    def _layout(
        self,
        breakdowns: Sequence[tuple[str, tuple[Expr, ...]]],
        measures: Sequence[Measure],
        formulas: Sequence[tuple[str, Variant]],
        times: TimeSteps,
    ) -> Layout:
        return Layout(
            tuple(entries_of([(n, len(es)) for n, es in breakdowns], "k")),
            (
                *(
                    measure_entry(calc, measures[i], i, whole=self._is_whole(calc))
                    for i, calc in enumerate(self.calculations())
                ),
                *entries_of([(n, len(v.families)) for n, v in formulas], "d"),
            ),
            times,
        )

    def _matching(self) -> Iterator[Step]:
        """The steps that leave the rows the query is about, with their partners."""
        yield Keep(self._where())
        yield from self._lookups()

    def _where(self) -> Expr:
        own = tuple(f for f in self.spec.filters if not self._related(f.column))
        return self._conditions(own, any_filter=self.spec.any_filter)

    def _related(self, name: str) -> str | None:
        relation = relation_of(name, self.schema)
        return relation[0] if relation else None

    def _lookups(self) -> tuple[Lookup, ...]:
        filters = [f for f in self.spec.filters if self._related(f.column)]
        relations = {self._related(name) for name in self.spec.breakdowns}
        relations |= {self._related(f.column) for f in filters}
        return tuple(
            lookup(
                prefix,
                self.scope(),
                self.scope(prefix),
                [
                    condition(f, self._value(f.column))
                    for f in filters
                    if self._related(f.column) == prefix
                ],
            )
            for prefix in RELATIONS
            if prefix in relations
        )

    def _measures(self, bins: Mapping[int, Bins]) -> list[Measure]:
        return [
            self._measure(calc, bins.get(number))
            for number, calc in enumerate(self.calculations())
        ]

    def _measure(self, calc: Calculation, bins: Bins | None) -> Measure:
        where = self._conditions(calc.filters, any_filter=calc.any_filter)
        value = None if calc.column is None else self._value(calc.column)
        if calc.op == "COUNT":
            exists = TRUE if value is None else value.exists
            some = [c for c in (where, exists) if c is not TRUE]
            return Measure(Fold.COUNT, where=all_of(some))
        if calc.op == "COUNT_DISTINCT" and value is not None:
            first, *others = value.families or (absent(ColumnType.STRING),)
            return Measure(Fold.DISTINCT, first, where=where, others=tuple(others))
        number = self._number(calc)
        if calc.op in PERCENTILES:
            point = PERCENTILES[calc.op]
            return Measure(Fold.QUANTILE, as_float(number), point, where=where)
        fold = _FOLDS[calc.op]
        if fold not in (Fold.MIN, Fold.MAX):
            number = as_float(number)
        return Measure(fold, number, where=where, bins=bins)

    def _number(self, calc: Calculation) -> Expr:
        """The numbers that a calculation aggregates: its column, or the durations."""
        value = None if calc.column is None else self._value(calc.column)
        if calc.op == "CONCURRENCY":
            duration = self.scope().duration
            value = Variant() if duration is None else Variant.of(duration)
        return numeric(value or Variant()) or absent(ColumnType.FLOAT)

    def _is_whole(self, calc: Calculation) -> bool:
        """Says whether a calculation is a sum of integers."""
        return calc.op == "SUM" and self._number(calc).type is ColumnType.INTEGER

    def _formulas(self, measures: list[Measure]) -> list[tuple[str, Variant]]:
        columns = {
            calc.name: measure_column(measures[number], number)
            for number, calc in enumerate(self.calculations())
            if calc.name is not None
        }
        names = FormulaNames(columns)
        return [
            (f.name, compile_node(parse_expression(f.expression), names))
            for f in self.spec.formulas
        ]

    def _having(
        self, layout: Layout, measures: list[Measure], formulas: Mapping[str, Variant]
    ) -> Expr:
        values = {
            item.name: Variant.of(measure_column(measure, number))
            for number, (item, measure) in enumerate(
                zip(layout.values, measures, strict=False)
            )
        }
        values.update(formulas)
        return all_of(
            passes(having, values[having.target]) for having in self.spec.havings
        )

    def _orders(self, layout: Layout) -> list[By]:
        items = {item.name: item for item in (*layout.values, *layout.keys)}
        orders = [(order.target, order.descending) for order in self.spec.orders]
        first = layout.values[0]
        if not orders and first.bins is None:
            orders = [(first.name, True)]
        return [
            By(Column(column, ColumnType.STRING), descending)
            for target, descending in orders
            for column in items[target].columns
        ]


def _numbered(letter: str, values: Iterable[T]) -> dict[str, T]:
    """Values by the names `k0`, `k1`, … for the letter k."""
    return {f"{letter}{number}": value for number, value in enumerate(values)}


def _grouped(rollup: Rollup) -> Iterator[Step]:
    """The groups alone, where nothing else is asked for, take simpler steps."""
    if rollup.levels != (Level.GROUPS,):
        yield rollup
        return
    keys = rollup.aggregate.keys
    by_key = [By(Column(name, expr.type)) for name, expr in keys.items()]
    yield rollup.aggregate
    yield Extend(rollup.derived)
    yield Keep(rollup.having)
    yield Sort((*rollup.by, *by_key))
    yield Limit(rollup.limit)


def _level_columns(levels: tuple[Level, ...]) -> dict[str, Expr]:
    """The columns that say which rows are which."""
    if levels == (Level.GROUPS,):
        return {LEVEL.key: literal(Level.GROUPS.value)}
    columns: dict[str, Expr] = {LEVEL.key: LEVEL, RANK.key: RANK}
    if {Level.STEPS, Level.TOTAL_STEPS} & {*levels}:
        columns[STEP.key] = STEP
    return columns
