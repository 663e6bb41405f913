"""Values of a query as expressions of the store: their kinds, and conversions.

What a log says is text, whatever it looks like; what is computed has a kind. What AWS
leaves open is settled here: values are compared as numbers where both are numbers,
else as texts; a comparison with something missing is false.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.aws.languages.insights import nodes
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    FALSE,
    Expr,
    Literal,
    Op,
    absent,
    all_of,
    any_of,
    as_float,
    case,
    coalesce,
    definite,
    literal,
    negate,
    predicate,
    present,
    real,
    text,
    whole,
)


class Kind(StrEnum):
    """What a value is, and so how it is shown."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    TRUTH = "truth"
    STRUCTURE = "structure"


TYPES = {
    Kind.TEXT: ColumnType.STRING,
    Kind.NUMBER: ColumnType.FLOAT,
    Kind.TIME: ColumnType.INTEGER,
    Kind.TRUTH: ColumnType.BOOLEAN,
    Kind.STRUCTURE: ColumnType.STRING,
}
_COMPARISONS = {
    nodes.Op.EQ: Op.EQ,
    nodes.Op.NE: Op.NE,
    nodes.Op.LT: Op.LT,
    nodes.Op.LE: Op.LE,
    nodes.Op.GT: Op.GT,
    nodes.Op.GE: Op.GE,
}
_LAST_MS = 253_402_300_799_999.0
_FIRST_MS = -62_135_596_800_000.0


@dataclass(frozen=True, slots=True)
class Value:
    """An expression and its kind: a TIME is milliseconds, a STRUCTURE is JSON."""

    kind: Kind
    expr: Expr


MISSING = Value(Kind.TEXT, absent(ColumnType.STRING))


def constant(value: str | float) -> Value:
    """A text or a number."""
    if isinstance(value, str):
        return Value(Kind.TEXT, literal(value))
    return Value(Kind.NUMBER, literal(float(value)))


def truth(expr: Expr) -> Value:
    """A condition as a value."""
    return Value(Kind.TRUTH, expr)


def textual(expr: Expr) -> Value:
    """A text as a value."""
    return Value(Kind.TEXT, expr)


def numeric(expr: Expr) -> Value:
    """A number as a value, missing where it is infinite or none."""
    return Value(Kind.NUMBER, real(Op.FINITE_OR_NULL, expr))


def moment(milliseconds: Expr) -> Value:
    """A number as a time, missing outside the years 1 to 9999."""
    known = [
        predicate(Op.GE, milliseconds, literal(_FIRST_MS)),
        predicate(Op.LE, milliseconds, literal(_LAST_MS)),
    ]
    floored = whole(Op.TO_INTEGER, real(Op.FLOOR, milliseconds))
    return Value(
        Kind.TIME, case([(all_of(known), floored)], absent(ColumnType.INTEGER))
    )


def number(value: Value) -> Expr:
    """As a number (float), absent where it is none."""
    match value.kind:
        case Kind.NUMBER:
            return value.expr
        case Kind.TIME:
            return as_float(value.expr)
        case Kind.TRUTH:
            return _one_or_zero(value.expr, literal(1.0), literal(0.0))
        case Kind.STRUCTURE:
            return absent(ColumnType.FLOAT)
        case Kind.TEXT:
            return real(Op.TO_NUMBER, value.expr)


def texted(value: Value) -> Expr:
    """As text; a time is its milliseconds, a structure is none."""
    match value.kind:
        case Kind.TEXT:
            return value.expr
        case Kind.TRUTH:
            return _one_or_zero(value.expr, literal("1"), literal("0"))
        case Kind.STRUCTURE:
            return absent(ColumnType.STRING)
        case Kind.NUMBER:  # -0.0 is written as 0
            return text(Op.TO_TEXT, real(Op.ADD, value.expr, literal(0.0)))
        case Kind.TIME:
            return text(Op.TO_TEXT, value.expr)


def condition(value: Value) -> Expr:
    """As a condition, true or false: of numbers all but 0, of texts `true` holds."""
    match value.kind:
        case Kind.TRUTH:
            return definite(value.expr)
        case Kind.STRUCTURE:
            return FALSE
        case Kind.NUMBER | Kind.TIME:
            return definite(predicate(Op.NE, number(value), literal(0.0)))
        case Kind.TEXT:
            said = predicate(Op.EQ, text(Op.LOWER, value.expr), literal("true"))
            some = predicate(Op.NE, number(value), literal(0.0))
            return definite(any_of([definite(said), definite(some)]))


def compared(op: nodes.Op, left: Value, right: Value) -> Expr:
    """Whether a comparison holds, true or false."""
    how = _COMPARISONS[op]
    if Kind.STRUCTURE in (left.kind, right.kind):
        return FALSE
    one, other = number(left), number(right)
    as_numbers = predicate(how, one, other)
    if Kind.TEXT not in (left.kind, right.kind):
        return definite(as_numbers)
    if how is Op.EQ and _is_number(left, right):
        return _is_equal(left, right)
    as_texts = predicate(how, texted(left), texted(right))
    unsure = [
        present(number(side))
        for side in (left, right)
        if not isinstance(side.expr, Literal) or side.kind is Kind.TEXT
    ]
    return definite(case([(all_of(unsure), as_numbers)], as_texts))


def _is_equal(left: Value, right: Value) -> Expr:
    """Whether two values, one of them a text, are equal numbers."""
    one, other = (left, right) if left.kind is Kind.TEXT else (right, left)
    return definite(predicate(Op.EQ, number(one), number(other)))


def _is_number(*values: Value) -> bool:
    """Whether one of them is a number for sure, whose text no other text equals."""
    return any(
        value.kind is Kind.NUMBER and isinstance(value.expr, Literal)
        for value in values
    )


def among(kinds: Sequence[Value]) -> Kind:
    """The kind that a choice of these values has: text where they differ."""
    found = {value.kind for value in kinds}
    kind = found.pop()
    return Kind.TEXT if found or kind is Kind.STRUCTURE else kind


def as_kind(value: Value, kind: Kind) -> Expr:
    """The value as one of that kind, which is its own or text."""
    return value.expr if value.kind is kind else texted(value)


def first_there(values: Sequence[Value]) -> Value:
    """The first value that is not missing."""
    kind = among(values)
    return Value(kind, coalesce([as_kind(value, kind) for value in values]))


def chosen(branches: Sequence[tuple[Expr, Value]], otherwise: Value | None) -> Value:
    """The value of the first branch whose condition holds."""
    values = [value for _, value in branches]
    kind = among([*values, *([otherwise] if otherwise else [])])
    last = as_kind(otherwise, kind) if otherwise else absent(TYPES[kind])
    pairs = [(when, as_kind(value, kind)) for when, value in branches]
    return Value(kind, case(pairs, last))


def sort_keys(value: Value) -> list[Expr]:
    """What to sort by, one after the other, for AWS's order: texts, then numbers.

    Texts are in natural order; every key is absent where the value is.
    """
    if value.kind is not Kind.TEXT:
        return [number(value)]
    found = number(value)
    numeral = case(
        [(present(found), literal(1)), (present(value.expr), literal(0))],
        absent(ColumnType.INTEGER),
    )
    return [numeral, found, text(Op.NATURAL, value.expr)]


def _one_or_zero(expr: Expr, one: Literal, zero: Literal) -> Expr:
    missing = (negate(present(expr)), absent(one.type))
    return case([missing, (expr, one)], zero)
