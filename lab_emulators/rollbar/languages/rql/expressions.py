"""Expressions of a query as expressions of the store."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lab_emulators.lang import nodes
from lab_emulators.rollbar.languages.rql import nodes as tree
from lab_emulators.rollbar.languages.rql.columns import Finder
from lab_emulators.rollbar.languages.rql.scalars import SCALARS
from lab_emulators.rollbar.languages.rql.values import (
    NULL,
    RqlType,
    RqlValue,
    compared,
    condition,
    constant,
    is_null,
    number,
    numeric,
    sort_keys,
    texted,
    truth,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    FALSE,
    TRUE,
    By,
    Expr,
    Op,
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
    "+": Op.ADD,
    "-": Op.SUBTRACT,
    "*": Op.MULTIPLY,
    "/": Op.DIVIDE,
    "div": Op.DIVIDE,
    "mod": Op.MODULO,
}

_LIKE_PIECES = re.compile(r"\\[%_\\]|%+|.", re.DOTALL)
_WILDCARDS = {"%": ".*", "_": "."}

Whole = Callable[[tree.Expression], RqlValue | None]
"""The value of an expression that is known as a whole, None for all others."""


@dataclass(frozen=True, slots=True)
class RqlExpressions:
    """Compiler of expressions over columns; `whole` knows what is computed already."""

    column: Finder
    now_s: int
    whole: Whole = lambda node: None

    def all(self, values: Iterable[tree.Expression]) -> tuple[RqlValue, ...]:
        """The values of several expressions."""
        return tuple(map(self.value, values))

    def order(self, keys: Iterable[nodes.SortKey[tree.Expression]]) -> tuple[By, ...]:
        """The sort keys of ORDER BY."""
        return tuple(
            By(part, descending=key.descending)
            for key in keys
            for part in sort_keys(self.value(key.value))
        )

    def condition(self, node: tree.Expression) -> Expr:
        """A condition, which may be null."""
        return condition(self.value(node))

    def value(self, node: tree.Expression) -> RqlValue:
        """The value of `node` for one row."""
        if (known := self.whole(node)) is not None:
            return known
        match node:
            case nodes.Field(name=name):
                return self.column(name)
            case nodes.Text(value=raw) | nodes.Number(value=raw):
                return constant(raw)
            case tree.Null():
                return NULL
            case nodes.Boolean(value=true):
                return truth(TRUE if true else FALSE)
            case nodes.FunctionCall(name="unix_timestamp"):
                return constant(self.now_s)
            case nodes.FunctionCall(name=name, args=args):
                return SCALARS[name](*map(self.value, args))
            case nodes.Negative(part=part):
                return _signed(self.value(part))
            case nodes.Binary(op=op, left=left, right=right):
                return _binary(op, self.value(left), self.value(right))
        return truth(self._logical(node))

    def _logical(self, node: tree.Expression) -> Expr:
        match node:
            case nodes.AllOf(parts=parts):
                return all_of(map(self.condition, parts))
            case nodes.AnyOf(parts=parts):
                return any_of(map(self.condition, parts))
            case nodes.Not(part=part):
                return predicate(Op.NOT, self.condition(part))
            case tree.Like(subject=subject, pattern=pattern):
                return _like(self.value(subject), pattern)
            case nodes.In(subject=subject, choices=choices):
                one = self.value(subject)
                others = map(self.value, choices)
                return any_of(compared("=", one, other) for other in others)
            case tree.RangeTest(subject=subject, low=low, high=high):
                one = self.value(subject)
                least = compared(">=", one, self.value(low))
                return all_of([least, compared("<=", one, self.value(high))])
            case tree.IsTest(subject=subject, what=what):
                return _is(self.value(subject), what)
        raise TypeError(f"{type(node).__name__} is no expression of a row")


def _signed(value: RqlValue) -> RqlValue:
    kind = RqlType.FLOAT if value.kind is RqlType.FLOAT else RqlType.NUMBER
    return numeric(real(Op.SUBTRACT, literal(0.0), number(value)), kind)


def _binary(op: str, left: RqlValue, right: RqlValue) -> RqlValue:
    if op not in _ARITHMETIC:
        return truth(compared(op, left, right))
    result = real(_ARITHMETIC[op], number(left), number(right))
    if op == "div":
        cut = as_float(whole(Op.TO_INTEGER, result))
        return numeric(case([(present(result), cut)], absent(ColumnType.FLOAT)))
    floats = op == "/" or RqlType.FLOAT in (left.kind, right.kind)
    return numeric(result, RqlType.FLOAT if floats else RqlType.NUMBER)


def _like(subject: RqlValue, pattern: str) -> Expr:
    return predicate(Op.MATCHES, texted(subject), literal(_like_regex(pattern)))


def _like_regex(pattern: str) -> str:
    """The pattern of LIKE as RE2: `%` is anything, `_` one character.

    A backslash before either makes it itself.
    """
    tokens: list[str] = _LIKE_PIECES.findall(pattern)
    pieces = [_WILDCARDS.get(piece[:1], re.escape(piece[-1])) for piece in tokens]
    return f"(?s)^(?:{''.join(pieces)})$"


def _is(value: RqlValue, what: bool | None) -> Expr:  # noqa: FBT001 - as written
    if what is None:
        return is_null(value)
    holds = condition(value)
    return definite_condition(holds if what else predicate(Op.NOT, holds))


def definite_condition(expr: Expr) -> Expr:
    """False where it is null; not `definite`, to which no NOT is ever null."""
    return predicate(Op.COALESCE, expr, FALSE)
