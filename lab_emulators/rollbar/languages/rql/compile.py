"""A query's tree as a pipeline of the store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from lab_emulators.rollbar.languages.rql import nodes as tree
from lab_emulators.rollbar.languages.rql.check import is_aggregate, is_grouped
from lab_emulators.rollbar.languages.rql.columns import Finder
from lab_emulators.rollbar.languages.rql.patterns import regex
from lab_emulators.rollbar.languages.rql.scalars import SCALARS
from lab_emulators.rollbar.languages.rql.values import (
    NULL,
    NUMERIC,
    Kind,
    Value,
    compared,
    condition,
    constant,
    group_keys,
    is_null,
    number,
    numeric,
    regrouped,
    sort_keys,
    texted,
    textual,
    truth,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    FALSE,
    TRUE,
    Aggregate,
    By,
    Column,
    Expr,
    Fold,
    Keep,
    Limit,
    Measure,
    Op,
    Sort,
    Step,
    absent,
    all_of,
    any_of,
    as_float,
    case,
    literal,
    predicate,
    present,
    real,
    whole,
)

_ARITHMETIC = {
    tree.Op.ADD: Op.ADD,
    tree.Op.SUBTRACT: Op.SUBTRACT,
    tree.Op.MULTIPLY: Op.MULTIPLY,
    tree.Op.DIVIDE: Op.DIVIDE,
    tree.Op.DIV: Op.DIVIDE,
    tree.Op.MOD: Op.MODULO,
}

Whole = Callable[[tree.Expression], Value | None]
"""The value of an expression that is known as a whole, None for all others."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The steps of a query, and the values it selects."""

    steps: tuple[Step, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a query runs over: its columns, their order, the time now, most rows."""

    column: Finder
    newest: tuple[Expr, ...]
    now_s: int
    limit: int


def compiled(
    query: tree.Query, selected: tuple[tree.Expression, ...], setting: Setting
) -> Compiled:
    """The query as steps, and the values of `selected`."""
    rows = Expressions(setting.column, setting.now_s)
    steps: list[Step] = []
    if query.where is not None:
        steps.append(Keep(_sure(rows.condition(query.where))))
    if is_grouped(query):
        groups = Groups(rows, setting.newest)
        groups.add_keys(query.groups)
        values = replace(rows, whole=groups.value)
        found = values.all(selected), values.order(query.order)
        steps += [Aggregate(groups.keys, groups.measures), Sort(groups.order())]
    else:
        found = rows.all(selected), rows.order(query.order)
        steps.append(Sort(tuple(By(one, descending=True) for one in setting.newest)))
    shown, order = found
    if order:
        steps.append(Sort(order))
    return Compiled((*steps, Limit(setting.limit, query.skip)), shown)


@dataclass(frozen=True, slots=True)
class Expressions:
    """Compiles expressions over columns; `whole` knows what is computed already."""

    column: Finder
    now_s: int
    whole: Whole = lambda node: None

    def all(self, nodes: Iterable[tree.Expression]) -> tuple[Value, ...]:
        """The values of several expressions."""
        return tuple(map(self.value, nodes))

    def order(self, keys: Iterable[tree.Key]) -> tuple[By, ...]:
        """What to sort by for ORDER BY."""
        return tuple(
            By(part, descending=key.descending)
            for key in keys
            for part in sort_keys(self.value(key.value))
        )

    def condition(self, node: tree.Expression) -> Expr:
        """A condition, which may be null."""
        return condition(self.value(node))

    def value(self, node: tree.Expression) -> Value:
        """The value of `node` for one row."""
        if (known := self.whole(node)) is not None:
            return known
        match node:
            case tree.Field(name=name):
                return self.column(name)
            case tree.Text(value=found) | tree.Number(value=found):
                return constant(found)
            case tree.Null():
                return NULL
            case tree.Boolean(value=true):
                return truth(TRUE if true else FALSE)
            case tree.Call(name="unix_timestamp"):
                return constant(self.now_s)
            case tree.Call(name=name, args=args):
                return SCALARS[name](*map(self.value, args))
            case tree.Negative(part=part):
                return _signed(self.value(part))
            case tree.Binary(op=op, left=left, right=right):
                return _binary(op, self.value(left), self.value(right))
        return truth(self._logical(node))

    def _logical(self, node: tree.Expression) -> Expr:
        match node:
            case tree.AllOf(parts=parts):
                return all_of(map(self.condition, parts))
            case tree.AnyOf(parts=parts):
                return any_of(map(self.condition, parts))
            case tree.Not(part=part):
                return predicate(Op.NOT, self.condition(part))
            case tree.Like(subject=subject, pattern=pattern):
                return _like(self.value(subject), pattern)
            case tree.In(subject=subject, choices=choices):
                one = self.value(subject)
                others = map(self.value, choices)
                return any_of(compared(tree.Op.EQ, one, other) for other in others)
            case tree.Between(subject=subject, low=low, high=high):
                one = self.value(subject)
                least = compared(tree.Op.GE, one, self.value(low))
                return all_of([least, compared(tree.Op.LE, one, self.value(high))])
            case tree.Is(subject=subject, what=what):
                return _is(self.value(subject), what)
        raise TypeError(f"{type(node).__name__} is no expression of a row")


@dataclass
class Groups:
    """The keys and measures of groups, found out while expressions are compiled."""

    rows: Expressions
    newest: tuple[Expr, ...]
    keys: dict[str, Expr] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    _known: dict[tree.Expression, Value] = field(default_factory=dict)

    def add_keys(self, groups: tuple[tree.Expression, ...]) -> None:
        """Group by these expressions."""
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

    def value(self, node: tree.Expression) -> Value | None:
        """The value of a key, an aggregate or a column; None for the rest."""
        if node not in self._known:
            if isinstance(node, tree.Call) and is_aggregate(node):
                self._known[node] = self._aggregate(node)
            elif isinstance(node, tree.Field):
                self._known[node] = self._latest(self.rows.value(node))
        return self._known.get(node)

    def _latest(self, value: Value) -> Value:
        """Of a column that is no key, the value of the latest row that has one."""
        parts = [
            self._measured(Fold.LAST, part, order=self.newest)
            for part in group_keys(value)
        ]
        return regrouped(value, parts)

    def _aggregate(self, call: tree.Call) -> Value:
        arg = call.args[0]
        if isinstance(arg, tree.Star):
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
                return numeric(self._measured(Fold.AVG, number(value)), Kind.FLOAT)
        return self._extreme(Fold(call.name), value)

    def _extreme(self, fold: Fold, value: Value) -> Value:
        """The least or greatest: of numbers where all are such, else of texts."""
        if value.kind in NUMERIC:
            kind = Kind.FLOAT if value.kind is Kind.FLOAT else Kind.NUMBER
            return Value(kind, self._measured(fold, number(value)))
        as_text = self._measured(fold, texted(value))
        if value.kind is not Kind.JSON:
            return textual(as_text)
        found = number(value)
        as_number = self._measured(fold, found)
        some = self._measured(Fold.COUNT, value.expr)
        numbers = self._measured(Fold.COUNT, found)
        alike = predicate(Op.EQ, some, numbers)
        type_ = case([(alike, literal("DOUBLE"))], literal("VARCHAR"))
        numeral = texted(Value(Kind.NUMBER, as_number))
        shown = case([(alike, numeral)], as_text)
        return Value(Kind.JSON, shown, shown, type_)

    def _measured(
        self, fold: Fold, value: Expr | None, order: tuple[Expr, ...] = ()
    ) -> Expr:
        name = f"m{len(self.measures)}"
        self.measures[name] = Measure(fold, value, order=order)
        if value is None or fold in (Fold.COUNT, Fold.DISTINCT):
            return Column(name, ColumnType.INTEGER)
        return Column(name, value.type)


def _is_key(value: Value) -> bool:
    return isinstance(value.expr, Column) and value.expr.key.startswith("k")


def _counted(expr: Expr) -> Value:
    return Value(Kind.NUMBER, as_float(expr))


def _signed(value: Value) -> Value:
    kind = Kind.FLOAT if value.kind is Kind.FLOAT else Kind.NUMBER
    return numeric(real(Op.SUBTRACT, literal(0.0), number(value)), kind)


def _binary(op: tree.Op, left: Value, right: Value) -> Value:
    if op not in _ARITHMETIC:
        return truth(compared(op, left, right))
    found = real(_ARITHMETIC[op], number(left), number(right))
    if op is tree.Op.DIV:
        cut = as_float(whole(Op.TO_INTEGER, found))
        return numeric(case([(present(found), cut)], absent(ColumnType.FLOAT)))
    floats = op is tree.Op.DIVIDE or Kind.FLOAT in (left.kind, right.kind)
    return numeric(found, Kind.FLOAT if floats else Kind.NUMBER)


def _like(subject: Value, pattern: str) -> Expr:
    return predicate(Op.MATCHES, texted(subject), literal(regex(pattern)))


def _is(value: Value, what: bool | None) -> Expr:  # noqa: FBT001 - as written
    if what is None:
        return is_null(value)
    holds = condition(value)
    return _sure(holds if what else predicate(Op.NOT, holds))


def _sure(expr: Expr) -> Expr:
    """False where it is null; not `definite`, to which no NOT is ever null."""
    return predicate(Op.COALESCE, expr, FALSE)
