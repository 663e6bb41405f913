"""Values of a query as expressions of the store: their kinds, and conversions.

What a payload says has the type it has there, known only row by row; everything else
has a kind. What Rollbar leaves open is settled here, mostly as MySQL has it: beside a
number a text counts as the number it is written as, and as null if it is none; a
condition is true, false or null. Unlike MySQL's, texts are compared with their case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    COMPARISONS,
    TRUE,
    Expr,
    Op,
    absent,
    all_of,
    as_float,
    case,
    literal,
    one_or_zero,
    predicate,
    present,
    real,
    text,
)


class RqlType(StrEnum):
    """Types of values. FLOAT is a number that is never shown as an integer."""

    TEXT = "text"
    NUMBER = "number"
    FLOAT = "float"
    TRUTH = "truth"
    JSON = "json"
    NULL = "null"


NUMERIC = frozenset({RqlType.NUMBER, RqlType.FLOAT, RqlType.TRUTH})


@dataclass(frozen=True, slots=True)
class RqlValue:
    """An expression of its kind; numbers are floats.

    Of a JSON value `expr` is the text, `scalar` the text of what is no object or array
    with true and false as 1 and 0, and `type` its JSON type as DuckDB names it.
    """

    kind: RqlType
    expr: Expr
    scalar: Expr | None = None
    type: Expr | None = None


NULL = RqlValue(RqlType.NULL, absent(ColumnType.STRING))


def textual(expr: Expr) -> RqlValue:
    """A text as a value."""
    return RqlValue(RqlType.TEXT, expr)


def numeric(expr: Expr, kind: RqlType = RqlType.NUMBER) -> RqlValue:
    """A number (float) as a value, null where it is infinite or none."""
    return RqlValue(kind, real(Op.FINITE_OR_NULL, expr))


def truth(expr: Expr) -> RqlValue:
    """A condition as a value."""
    return RqlValue(RqlType.TRUTH, expr)


def constant(value: str | float) -> RqlValue:
    """A text or a number."""
    if isinstance(value, str):
        return RqlValue(RqlType.TEXT, literal(value))
    kind = RqlType.NUMBER if isinstance(value, int) else RqlType.FLOAT
    return RqlValue(kind, literal(float(value)))


def number(value: RqlValue) -> Expr:
    """The value as a number (float), null where it is none."""
    match value.kind:
        case RqlType.NUMBER | RqlType.FLOAT:
            return value.expr
        case RqlType.TRUTH:
            return one_or_zero(value.expr, literal(1.0), literal(0.0))
        case RqlType.NULL:
            return absent(ColumnType.FLOAT)
        case RqlType.TEXT:
            return real(Op.TO_NUMBER, value.expr)
        case RqlType.JSON:
            return real(Op.TO_NUMBER, value.scalar or value.expr)


def texted(value: RqlValue) -> Expr:
    """The value as text."""
    match value.kind:
        case RqlType.NUMBER | RqlType.FLOAT:  # -0.0 is written as 0
            return text(Op.TO_TEXT, real(Op.ADD, value.expr, literal(0.0)))
        case RqlType.TRUTH:
            return one_or_zero(value.expr, literal("1"), literal("0"))
        case _:
            return value.expr


def condition(value: RqlValue) -> Expr:
    """The value as a condition, or null: numbers but 0 are true, and texts of such."""
    match value.kind:
        case RqlType.TRUTH:
            return value.expr
        case RqlType.NULL:
            return absent(ColumnType.BOOLEAN)
        case _:
            return predicate(Op.NE, number(value), literal(0.0))


def compared(op: str, left: RqlValue, right: RqlValue) -> Expr:
    """The comparison as a condition; null where a side is."""
    how = COMPARISONS[op]
    kinds = {left.kind, right.kind}
    if RqlType.NULL in kinds:
        return absent(ColumnType.BOOLEAN)
    if kinds & NUMERIC:
        return predicate(how, number(left), number(right))
    as_texts = predicate(how, texted(left), texted(right))
    if kinds != {RqlType.JSON}:
        return as_texts
    both = all_of(present(number(side)) for side in (left, right))
    return case([(both, predicate(how, number(left), number(right)))], as_texts)


def merged_kind(values: Sequence[RqlValue]) -> RqlType:
    """The kind a choice of these values has: text where they differ."""
    kinds = {value.kind for value in values} - {RqlType.NULL}
    if len(kinds) == 1 and kinds != {RqlType.JSON}:
        return kinds.pop()
    if kinds and kinds <= NUMERIC:
        return RqlType.FLOAT if RqlType.FLOAT in kinds else RqlType.NUMBER
    return RqlType.TEXT


def as_kind(value: RqlValue, kind: RqlType) -> Expr:
    """The value as one of a kind that `merged_kind` gave."""
    match kind:
        case RqlType.NUMBER | RqlType.FLOAT:
            return number(value)
        case RqlType.TRUTH:
            return condition(value)
        case _:
            return texted(value)


def is_null(value: RqlValue) -> Expr:
    """The condition that there is no value; never null."""
    if value.kind is RqlType.NULL:
        return TRUE
    return predicate(Op.NOT, present(value.expr))


def sort_keys(value: RqlValue) -> list[Expr]:
    """Sort keys, one after the other: null first, then numbers, then texts."""
    if value.kind is RqlType.NULL:
        return []
    if value.kind is RqlType.JSON:
        as_number = number(value)
        missing, numeral = is_null(value), present(as_number)
        rank = case([(missing, literal(0)), (numeral, literal(1))], literal(2))
        return [rank, as_number, value.expr]
    there = case([(is_null(value), literal(0))], literal(1))
    return [there, number(value) if value.kind is RqlType.TRUTH else value.expr]


def group_keys(value: RqlValue) -> list[Expr]:
    """Group keys from which `regrouped` makes the value again."""
    return [value.expr, *([value.type] if value.type is not None else [])]


def regrouped(value: RqlValue, keys: Sequence[Expr]) -> RqlValue:
    """The value made of its keys."""
    if value.kind is not RqlType.JSON:
        return RqlValue(value.kind, keys[0])
    expr, kind = keys
    is_bool = predicate(Op.EQ, kind, literal("BOOLEAN"))
    is_true = predicate(Op.EQ, expr, literal("true"))
    inside = predicate(Op.IS_IN, kind, literal("OBJECT"), literal("ARRAY"))
    scalar = case(
        [
            (inside, absent(ColumnType.STRING)),
            (all_of([is_bool, is_true]), literal("1")),
            (is_bool, literal("0")),
        ],
        expr,
    )
    return RqlValue(RqlType.JSON, expr, scalar, kind)


def whole_number(expr: Expr) -> RqlValue:
    """An integer of the store as a number."""
    return RqlValue(RqlType.NUMBER, as_float(expr))
