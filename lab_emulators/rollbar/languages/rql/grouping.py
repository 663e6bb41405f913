"""The keys and measures of GROUP BY."""

from dataclasses import dataclass, field

from lab_emulators.lang import nodes
from lab_emulators.rollbar.languages.rql import nodes as tree
from lab_emulators.rollbar.languages.rql.check import is_aggregate
from lab_emulators.rollbar.languages.rql.expressions import RqlExpressions
from lab_emulators.rollbar.languages.rql.values import (
    NUMERIC,
    RqlType,
    RqlValue,
    group_keys,
    number,
    numeric,
    regrouped,
    sort_keys,
    texted,
    textual,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    By,
    Column,
    Expr,
    Fold,
    Measure,
    Op,
    as_float,
    case,
    literal,
    predicate,
)


@dataclass
class GroupColumns:
    """The keys and measures of groups, collected while expressions are compiled."""

    rows: RqlExpressions
    newest: tuple[Expr, ...]
    keys: dict[str, Expr] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    _known: dict[tree.Expression, RqlValue] = field(default_factory=dict)

    def add_keys(self, groups: tuple[tree.Expression, ...]) -> None:
        """Adds these expressions to the keys of GROUP BY."""
        for node in groups:
            value = self.rows.value(node)
            columns: list[Expr] = []
            for part in group_keys(value):
                name = f"k{len(self.keys)}"
                self.keys[name] = part
                columns.append(Column(name, part.type))
            self._known[node] = regrouped(value, columns)

    def order(self) -> tuple[By, ...]:
        """The order of groups where the query asks for none: that of their keys."""
        known = [self._known[node] for node in self._known if not is_aggregate(node)]
        keyed = [value for value in known if _is_key(value)]
        return tuple(By(part) for value in keyed for part in sort_keys(value))

    def value(self, node: tree.Expression) -> RqlValue | None:
        """The value of a key, an aggregate or a column; None for the rest."""
        # Expressions are compiled from the root down, so the largest part that is a
        # key or an aggregate is taken as a whole, and what is inside is never seen.
        if node not in self._known:
            if isinstance(node, nodes.FunctionCall) and is_aggregate(node):
                self._known[node] = self._aggregate(node)
            elif isinstance(node, nodes.Field):
                self._known[node] = self._latest(self.rows.value(node))
        return self._known.get(node)

    def _latest(self, value: RqlValue) -> RqlValue:
        """The value of a column that is no key: that of the latest row that has one."""
        parts = [
            self._measured(Fold.LAST, part, order=self.newest)
            for part in group_keys(value)
        ]
        return regrouped(value, parts)

    def _aggregate(self, call: nodes.FunctionCall[tree.Expression]) -> RqlValue:
        arg = call.args[0]
        if isinstance(arg, nodes.Star):
            return _counted(self._measured(Fold.COUNT, None))
        value = self.rows.value(arg)
        match call.name:
            case "count":
                return _counted(self._measured(Fold.COUNT, value.expr))
            case "count_distinct":
                return _counted(self._measured(Fold.DISTINCT, value.expr))
            case "sum":
                return numeric(self._measured(Fold.SUM, number(value)))
            case "avg":
                return numeric(self._measured(Fold.AVG, number(value)), RqlType.FLOAT)
        return self._extreme(Fold(call.name), value)

    def _extreme(self, fold: Fold, value: RqlValue) -> RqlValue:
        """The least or greatest: of numbers where all are such, else of texts."""
        if value.kind in NUMERIC:
            kind = RqlType.FLOAT if value.kind is RqlType.FLOAT else RqlType.NUMBER
            return RqlValue(kind, self._measured(fold, number(value)))
        as_text = self._measured(fold, texted(value))
        if value.kind is not RqlType.JSON:
            return textual(as_text)
        # A JSON column has numbers in some rows and texts in others: both extremes are
        # measured, and the numeric one holds where every value counts as a number.
        as_double = number(value)
        as_number = self._measured(fold, as_double)
        some = self._measured(Fold.COUNT, value.expr)
        numbers = self._measured(Fold.COUNT, as_double)
        alike = predicate(Op.EQ, some, numbers)
        type_ = case([(alike, literal("DOUBLE"))], literal("VARCHAR"))
        numeral = texted(RqlValue(RqlType.NUMBER, as_number))
        extreme = case([(alike, numeral)], as_text)
        return RqlValue(RqlType.JSON, extreme, extreme, type_)

    def _measured(
        self, fold: Fold, value: Expr | None, order: tuple[Expr, ...] = ()
    ) -> Expr:
        name = f"m{len(self.measures)}"
        self.measures[name] = Measure(fold, value, order=order)
        if value is None or fold in (Fold.COUNT, Fold.DISTINCT):
            return Column(name, ColumnType.INTEGER)
        return Column(name, value.type)


def _is_key(value: RqlValue) -> bool:
    return isinstance(value.expr, Column) and value.expr.key.startswith("k")


def _counted(expr: Expr) -> RqlValue:
    return RqlValue(RqlType.NUMBER, as_float(expr))
