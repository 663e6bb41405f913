"""`stats` as a step of the store's pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.expressions import InsightsExpressions
from lab_emulators.aws.languages.insights.names import SEQ, Names
from lab_emulators.aws.languages.insights.values import (
    TYPES,
    InsightsValue,
    ValueKind,
    first_there,
    number,
    numeric,
    sort_keys,
    texted,
    textual,
)
from lab_emulators.lang import nodes
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    Aggregate,
    By,
    Column,
    EventTime,
    Expr,
    Extend,
    Fold,
    Keep,
    Measure,
    Op,
    Sort,
    Step,
    as_float,
    literal,
    predicate,
)

_NUMERIC = {
    "sum": Fold.SUM,
    "avg": Fold.AVG,
    "stddev": Fold.STDDEV,
}
_ENDS = {
    "min": Fold.MIN,
    "max": Fold.MAX,
    "earliest": Fold.FIRST,
    "latest": Fold.LAST,
    "sortsfirst": Fold.FIRST,
    "sortslast": Fold.LAST,
}


@dataclass
class Grouping:
    """Measures that the columns of one `stats` are made of.

    `prefix` begins the names of its columns in the pipeline.
    """

    rows: InsightsExpressions
    prefix: str
    measures: dict[str, Measure] = field(default_factory=dict)

    def compiled(self, stats: tree.StatsCommand) -> tuple[list[Step], Names]:
        """The steps of the command, and the names it leaves."""
        keys: dict[str, Expr] = {}
        groups: dict[str, InsightsValue] = {}
        for column in stats.groups:
            value = self.rows.value(column.value)
            name = f"{self.prefix}k{len(keys)}"
            keys[name] = value.expr
            groups[column.name] = InsightsValue(
                value.kind, Column(name, TYPES[value.kind])
            )
        columns, computed = self._columns(stats)
        steps: list[Step] = [Aggregate(keys, self.measures), *computed]
        if keys:
            order = [By(k) for value in groups.values() for k in sort_keys(value)]
            steps.append(Sort(tuple(order)))
        else:  # of no rows there are no statistics
            some = predicate(Op.GT, self._measure(Measure(Fold.COUNT)), literal(0))
            steps.append(Keep(some))
        return steps, Names(groups | columns, of_event=False)

    def _columns(
        self, stats: tree.StatsCommand
    ) -> tuple[dict[str, InsightsValue], list[Step]]:
        """The aggregates by name; those that others use are computed in a step."""
        names = Names({}, of_event=False)
        over = replace(self.rows, names=names, folder=self)
        # An aggregate may use the name of an earlier one. Such a name becomes a column
        # of its own first (Extend), and what follows reads that column.
        used = {part.name for c in stats.aggregates for part in _fields(c.value)}
        steps: list[Step] = []
        columns: dict[str, InsightsValue] = {}
        for column in stats.aggregates:
            value = over.value(column.value)
            if column.named and column.name in used:
                key = f"{self.prefix}a{len(steps)}"
                steps.append(Extend({key: value.expr}))
                value = InsightsValue(value.kind, Column(key, TYPES[value.kind]))
                names.computed[column.name] = value
            columns[column.name] = value
        return columns, steps

    def __call__(self, call: nodes.FunctionCall[tree.Expression], /) -> InsightsValue:
        """An aggregate as a value of its group."""
        if call.name == "count":
            return self._count(call)
        value = self.rows.value(call.args[0])
        if call.name == "count_distinct":
            counted = self._measure(Measure(Fold.DISTINCT, texted(value)))
            return InsightsValue(ValueKind.NUMBER, as_float(counted))
        if call.name in _NUMERIC:
            return self._numeric(Measure(_NUMERIC[call.name], number(value)))
        if call.name in ("pct", "median"):
            point = _point(call)
            return self._numeric(Measure(Fold.QUANTILE, number(value), point))
        return self._end(call.name, value)

    def _count(self, call: nodes.FunctionCall[tree.Expression]) -> InsightsValue:
        args = [arg for arg in call.args if not isinstance(arg, nodes.Star)]
        value = self.rows.value(args[0]).expr if args else None
        counted = self._measure(Measure(Fold.COUNT, value))
        return InsightsValue(ValueKind.NUMBER, as_float(counted))

    def _end(self, name: str, value: InsightsValue) -> InsightsValue:
        """The value at one end of an order: of values, of time, or of sorting."""
        fold = _ENDS[name]
        if name in ("min", "max"):
            return self._extreme(fold, value)
        order = tuple(sort_keys(value))
        if name in ("earliest", "latest"):
            order = self._arrival()
        aggregate = self._measure(Measure(fold, value.expr, order=order), value.kind)
        return InsightsValue(value.kind, aggregate)

    def _extreme(self, fold: Fold, value: InsightsValue) -> InsightsValue:
        """The least or greatest of the numbers if there are any, else of the texts."""
        if value.kind is ValueKind.TIME:
            return InsightsValue(
                ValueKind.TIME, self._measure(Measure(fold, value.expr), ValueKind.TIME)
            )
        numbers = self._numeric(Measure(fold, number(value)))
        if value.kind is not ValueKind.TEXT:
            return numbers
        texts = self._measure(Measure(fold, value.expr), ValueKind.TEXT)
        return first_there([numbers, textual(texts)])

    def _arrival(self) -> tuple[Expr, ...]:
        if self.rows.names.of_event:
            return (EventTime(), SEQ)
        return (self.rows.names["@timestamp"].expr,)

    def _numeric(self, measure: Measure) -> InsightsValue:
        return numeric(self._measure(measure, ValueKind.NUMBER))

    def _measure(self, measure: Measure, kind: ValueKind | None = None) -> Column:
        name = f"{self.prefix}m{len(self.measures)}"
        self.measures[name] = measure
        return Column(name, TYPES[kind] if kind else ColumnType.INTEGER)


def _fields(node: tree.Expression) -> Iterator[nodes.Field]:
    """The names an expression is computed from, in aggregates or outside."""
    if isinstance(node, nodes.Field):
        yield node
    for part in nodes.parts(node):
        yield from _fields(part)


def _point(call: nodes.FunctionCall[tree.Expression]) -> float:
    if call.name == "median":
        return 0.5
    share = call.args[1]
    if not isinstance(share, nodes.Number):
        raise TypeError("pct takes a number")
    return share.value / 100
