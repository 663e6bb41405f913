"""From a specification to a store plan, and to where the answer's columns belong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lab_emulators.honeycomb.languages.calculated_field.compile import compile_node
from lab_emulators.honeycomb.languages.calculated_field.parser import parse_expression
from lab_emulators.honeycomb.query.filters import condition
from lab_emulators.honeycomb.query.formulas import FormulaNames, measure_column, passes
from lab_emulators.honeycomb.query.layout import Layout, numbered, shown
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
from lab_emulators.store.query.expr import (
    TRUE,
    Expr,
    Op,
    absent,
    all_of,
    any_of,
    predicate,
)
from lab_emulators.store.query.plan import (
    Aggregate,
    Bins,
    Lookup,
    Measure,
    Order,
    OrderBy,
    Part,
    Plan,
    Source,
    Steps,
)
from lab_emulators.store.schema.batch import ColumnType

_AGGREGATES = {
    "SUM": Aggregate.SUM,
    "AVG": Aggregate.AVG,
    "MIN": Aggregate.MIN,
    "MAX": Aggregate.MAX,
    "HEATMAP": Aggregate.HISTOGRAM,
    "CONCURRENCY": Aggregate.PEAK,
    "RATE_AVG": Aggregate.STEP_AVG,
    "RATE_SUM": Aggregate.STEP_SUM,
    "RATE_MAX": Aggregate.STEP_MAX,
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

    def bounds(self, source: Source) -> Plan | None:
        """A plan for least and greatest value of every HEATMAP, if there is one."""
        measures = []
        for measure in self._measures({}):
            if measure.aggregate is Aggregate.HISTOGRAM:
                finite = predicate(Op.FINITE, measure.args[0])
                where = all_of([measure.where, finite])
                for end in (Aggregate.MIN, Aggregate.MAX):
                    measures.append(Measure(end, measure.args, where))
        if not measures:
            return None
        where, lookups = self._where(), self._lookups()
        parts = (Part.TOTAL,)
        return Plan(source, where, lookups, measures=tuple(measures), parts=parts)

    def plan(
        self,
        source: Source,
        steps: Steps,
        parts: tuple[Part, ...],
        *,
        limit: int,
        weighted: bool,
        bins: Mapping[int, Bins],
    ) -> tuple[Plan, Layout]:
        """The plan, and the layout of its answer."""
        keys = [(name, self._key(name)) for name in self.spec.breakdowns]
        measures = self._measures(bins)
        formulas = self._formulas(measures)
        layout = Layout(
            tuple(numbered([(n, len(es)) for n, es in keys], "k")),
            (
                *(
                    shown(c, m, i)
                    for i, (c, m) in enumerate(
                        zip(self.calculations(), measures, strict=True)
                    )
                ),
                *numbered([(n, len(v.families)) for n, v in formulas], "d"),
            ),
            steps,
        )
        plan = Plan(
            source=source,
            where=self._where(),
            lookups=self._lookups(),
            keys=tuple(expr for _, exprs in keys for expr in exprs),
            measures=tuple(measures),
            derived=tuple(e for _, value in formulas for e in value.families),
            having=self._having(layout, measures, dict(formulas)),
            orders=tuple(self._orders(layout)),
            limit=limit,
            steps=steps,
            parts=parts,
            weighted=weighted,
        )
        return plan, layout

    def expressions(self) -> Iterator[Expr]:
        """Everything the query computes; raise `SpecError` for what it cannot.

        Calculated fields that nothing uses are compiled too.
        """
        for name in self.spec.breakdowns:
            yield from self._key(name)
        measures = self._measures({})
        for measure in measures:
            yield from (*measure.args, measure.where)
        for _, value in self._formulas(measures):
            yield from value.families
        yield self._where()
        for lookup_ in self._lookups():
            yield lookup_.where
        for field_ in self.spec.calculated_fields:
            yield from self.scope().value(field_.name).families

    def scope(self, relation: str = "") -> RowScope:
        """What names mean in the rows, or in the partners of a relation."""
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

    def _where(self) -> Expr:
        own = tuple(f for f in self.spec.filters if not self._related(f.column))
        return self._conditions(own, any_filter=self.spec.any_filter)

    def _related(self, name: str) -> str | None:
        relation = relation_of(name, self.schema)
        return relation[0] if relation else None

    def _lookups(self) -> tuple[Lookup, ...]:
        filters = [f for f in self.spec.filters if self._related(f.column)]
        asked = {self._related(name) for name in self.spec.breakdowns}
        asked |= {self._related(f.column) for f in filters}
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
            if prefix in asked
        )

    def _measures(self, bins: Mapping[int, Bins]) -> list[Measure]:
        return [
            self._measure(calc, bins.get(place))
            for place, calc in enumerate(self.calculations())
        ]

    def _measure(self, calc: Calculation, bins: Bins | None) -> Measure:
        where = self._conditions(calc.filters, any_filter=calc.any_filter)
        value = None if calc.column is None else self._value(calc.column)
        if calc.op == "COUNT":
            exists = TRUE if value is None else value.exists
            some = [c for c in (where, exists) if c is not TRUE]
            return Measure(Aggregate.COUNT, where=all_of(some))
        if calc.op == "COUNT_DISTINCT" and value is not None:
            args = value.families or (absent(ColumnType.STRING),)
            return Measure(Aggregate.DISTINCT, args, where)
        if calc.op == "CONCURRENCY":
            duration = self.scope().duration
            value = Variant() if duration is None else Variant.of(duration)
        number = numeric(value or Variant()) or absent(ColumnType.FLOAT)
        if calc.op in PERCENTILES:
            point = PERCENTILES[calc.op]
            return Measure(Aggregate.QUANTILE, (number,), where, point)
        return Measure(_AGGREGATES[calc.op], (number,), where, bins=bins)

    def _formulas(self, measures: list[Measure]) -> list[tuple[str, Variant]]:
        named = {
            calc.name: measure_column(measures[place], place)
            for place, calc in enumerate(self.calculations())
            if calc.name is not None
        }
        names = FormulaNames(named)
        return [
            (f.name, compile_node(parse_expression(f.expression), names))
            for f in self.spec.formulas
        ]

    def _having(
        self, layout: Layout, measures: list[Measure], formulas: Mapping[str, Variant]
    ) -> Expr:
        values = {
            item.name: Variant.of(measure_column(measure, place))
            for place, (item, measure) in enumerate(
                zip(layout.values, measures, strict=False)
            )
        }
        values.update(formulas)
        return all_of(
            passes(having, values[having.target]) for having in self.spec.havings
        )

    def _orders(self, layout: Layout) -> list[Order]:
        items = {item.name: item for item in (*layout.values, *layout.keys)}
        wanted = [(order.target, order.descending) for order in self.spec.orders]
        first = layout.values[0]
        if not wanted and first.bins is None:
            wanted = [(first.name, True)]
        return [
            Order(OrderBy(column[0]), int(column[1:]), descending)
            for target, descending in wanted
            for column in items[target].columns
        ]
