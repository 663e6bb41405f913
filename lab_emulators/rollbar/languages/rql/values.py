"""Values of a query as expressions of the store: their kinds, and conversions.

What a payload says has the type it has there, known only row by row; everything else
has a kind. What Rollbar leaves open is settled here, mostly as MySQL has it: beside a
number a text counts as the number it is written as, and as null if it is none; a
condition is true, false or null. Unlike MySQL's, texts are compared with their case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.rollbar.languages.rql import nodes
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    TRUE,
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
    text,
)


class Kind(StrEnum):
    """What a value is. FLOAT is a number that is never shown as an integer."""

    TEXT = "text"
    NUMBER = "number"
    FLOAT = "float"
    TRUTH = "truth"
    JSON = "json"
    NULL = "null"


NUMERIC = frozenset({Kind.NUMBER, Kind.FLOAT, Kind.TRUTH})
_COMPARISONS = {
    nodes.Op.EQ: Op.EQ,
    nodes.Op.NE: Op.NE,
    nodes.Op.LT: Op.LT,
    nodes.Op.LE: Op.LE,
    nodes.Op.GT: Op.GT,
    nodes.Op.GE: Op.GE,
}


@dataclass(frozen=True, slots=True)
class Value:
    """An expression of its kind; numbers are floats.

    Of a JSON value `expr` is the text, `scalar` the text of what is no object or array
    with true and false as 1 and 0, and `type` its JSON type as DuckDB names it.
    """

    kind: Kind
    expr: Expr
    scalar: Expr | None = None
    type: Expr | None = None


NULL = Value(Kind.NULL, absent(ColumnType.STRING))


def textual(expr: Expr) -> Value:
    """A text as a value."""
    return Value(Kind.TEXT, expr)


def numeric(expr: Expr, kind: Kind = Kind.NUMBER) -> Value:
    """A number (float) as a value, null where it is infinite or none."""
    return Value(kind, real(Op.FINITE_OR_NULL, expr))


def truth(expr: Expr) -> Value:
    """A condition as a value."""
    return Value(Kind.TRUTH, expr)


def constant(value: str | float) -> Value:
    """A text or a number."""
    if isinstance(value, str):
        return Value(Kind.TEXT, literal(value))
    kind = Kind.NUMBER if isinstance(value, int) else Kind.FLOAT
    return Value(kind, literal(float(value)))


def number(value: Value) -> Expr:
    """As a number (float), null where it is none."""
    match value.kind:
        case Kind.NUMBER | Kind.FLOAT:
            return value.expr
        case Kind.TRUTH:
            return _one_or_zero(value.expr, literal(1.0), literal(0.0))
        case Kind.NULL:
            return absent(ColumnType.FLOAT)
        case Kind.TEXT:
            return real(Op.TO_NUMBER, value.expr)
        case Kind.JSON:
            return real(Op.TO_NUMBER, value.scalar or value.expr)


def texted(value: Value) -> Expr:
    """As text."""
    match value.kind:
        case Kind.NUMBER | Kind.FLOAT:  # -0.0 is written as 0
            return text(Op.TO_TEXT, real(Op.ADD, value.expr, literal(0.0)))
        case Kind.TRUTH:
            return _one_or_zero(value.expr, literal("1"), literal("0"))
        case _:
            return value.expr


def condition(value: Value) -> Expr:
    """As a condition, which may be null: numbers but 0 hold, and texts of such."""
    match value.kind:
        case Kind.TRUTH:
            return value.expr
        case Kind.NULL:
            return absent(ColumnType.BOOLEAN)
        case _:
            return predicate(Op.NE, number(value), literal(0.0))


def compared(op: nodes.Op, left: Value, right: Value) -> Expr:
    """Whether a comparison holds; null where a side is."""
    how = _COMPARISONS[op]
    kinds = {left.kind, right.kind}
    if Kind.NULL in kinds:
        return absent(ColumnType.BOOLEAN)
    if kinds & NUMERIC:
        return predicate(how, number(left), number(right))
    as_texts = predicate(how, texted(left), texted(right))
    if kinds != {Kind.JSON}:
        return as_texts
    both = all_of(present(number(side)) for side in (left, right))
    return case([(both, predicate(how, number(left), number(right)))], as_texts)


def merged_kind(values: Sequence[Value]) -> Kind:
    """The kind a choice of these values has: text where they differ."""
    kinds = {value.kind for value in values} - {Kind.NULL}
    if len(kinds) == 1 and kinds != {Kind.JSON}:
        return kinds.pop()
    if kinds and kinds <= NUMERIC:
        return Kind.FLOAT if Kind.FLOAT in kinds else Kind.NUMBER
    return Kind.TEXT


def as_kind(value: Value, kind: Kind) -> Expr:
    """The value as one of a kind that `merged_kind` gave."""
    match kind:
        case Kind.NUMBER | Kind.FLOAT:
            return number(value)
        case Kind.TRUTH:
            return condition(value)
        case _:
            return texted(value)


def is_null(value: Value) -> Expr:
    """Whether there is no value; never null."""
    if value.kind is Kind.NULL:
        return TRUE
    return predicate(Op.NOT, present(value.expr))


def sort_keys(value: Value) -> list[Expr]:
    """What to sort by, one after the other: null first, then numbers, then texts."""
    if value.kind is Kind.NULL:
        return []
    if value.kind is Kind.JSON:
        found = number(value)
        missing, numeral = is_null(value), present(found)
        rank = case([(missing, literal(0)), (numeral, literal(1))], literal(2))
        return [rank, found, value.expr]
    there = case([(is_null(value), literal(0))], literal(1))
    return [there, number(value) if value.kind is Kind.TRUTH else value.expr]


def group_keys(value: Value) -> list[Expr]:
    """What to group by so that the value can be had again with `regrouped`."""
    return [value.expr, *([value.type] if value.type is not None else [])]


def regrouped(value: Value, keys: Sequence[Expr]) -> Value:
    """The value made of its keys."""
    if value.kind is not Kind.JSON:
        return Value(value.kind, keys[0])
    found, kind = keys
    is_bool = predicate(Op.EQ, kind, literal("BOOLEAN"))
    is_true = predicate(Op.EQ, found, literal("true"))
    inside = predicate(Op.IS_IN, kind, literal("OBJECT"), literal("ARRAY"))
    scalar = case(
        [
            (inside, absent(ColumnType.STRING)),
            (all_of([is_bool, is_true]), literal("1")),
            (is_bool, literal("0")),
        ],
        found,
    )
    return Value(Kind.JSON, found, scalar, kind)


def among(one: Value, others: Sequence[Value]) -> Expr:
    """Whether a value equals one of the others; null as SQL has it."""
    return any_of(compared(nodes.Op.EQ, one, other) for other in others)


def _one_or_zero(expr: Expr, one: Expr, zero: Expr) -> Expr:
    missing = (predicate(Op.NOT, present(expr)), absent(one.type))
    return case([missing, (expr, one)], zero)


def whole_number(expr: Expr) -> Value:
    """An integer of the store as a number."""
    return Value(Kind.NUMBER, as_float(expr))
