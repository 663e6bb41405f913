"""Values of a query as expressions of the store: their kinds, and conversions.

What a log says is text, whatever it looks like; what is computed has a kind. What AWS
leaves open is settled here: values are compared as numbers where both are numbers,
else as texts; a comparison with something missing is false.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    COMPARISONS,
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
    equals_number,
    literal,
    one_or_zero,
    predicate,
    present,
    real,
    text,
    whole,
)


class ValueKind(StrEnum):
    """Types of values, which say how they are shown."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    TRUTH = "truth"
    STRUCTURE = "structure"


TYPES = {
    ValueKind.TEXT: ColumnType.STRING,
    ValueKind.NUMBER: ColumnType.FLOAT,
    ValueKind.TIME: ColumnType.INTEGER,
    ValueKind.TRUTH: ColumnType.BOOLEAN,
    ValueKind.STRUCTURE: ColumnType.STRING,
}
_LAST_MS = 253_402_300_799_999.0
_FIRST_MS = -62_135_596_800_000.0


@dataclass(frozen=True, slots=True)
class InsightsValue:
    """An expression and its kind: a TIME is milliseconds, a STRUCTURE is JSON."""

    kind: ValueKind
    expr: Expr


MISSING = InsightsValue(ValueKind.TEXT, absent(ColumnType.STRING))


def constant(value: str | float) -> InsightsValue:
    """A text or a number."""
    if isinstance(value, str):
        return InsightsValue(ValueKind.TEXT, literal(value))
    return InsightsValue(ValueKind.NUMBER, literal(float(value)))


def truth(expr: Expr) -> InsightsValue:
    """A condition as a value."""
    return InsightsValue(ValueKind.TRUTH, expr)


def textual(expr: Expr) -> InsightsValue:
    """A text as a value."""
    return InsightsValue(ValueKind.TEXT, expr)


def numeric(expr: Expr) -> InsightsValue:
    """A number as a value, missing where it is infinite or none."""
    return InsightsValue(ValueKind.NUMBER, real(Op.FINITE_OR_NULL, expr))


def moment(milliseconds: Expr) -> InsightsValue:
    """A number as a time, missing outside the years 1 to 9999."""
    known = [
        predicate(Op.GE, milliseconds, literal(_FIRST_MS)),
        predicate(Op.LE, milliseconds, literal(_LAST_MS)),
    ]
    floored = whole(Op.TO_INTEGER, real(Op.FLOOR, milliseconds))
    return InsightsValue(
        ValueKind.TIME, case([(all_of(known), floored)], absent(ColumnType.INTEGER))
    )


def number(value: InsightsValue) -> Expr:
    """The value as a number (float), absent where it is none."""
    match value.kind:
        case ValueKind.NUMBER:
            return value.expr
        case ValueKind.TIME:
            return as_float(value.expr)
        case ValueKind.TRUTH:
            return one_or_zero(value.expr, literal(1.0), literal(0.0))
        case ValueKind.STRUCTURE:
            return absent(ColumnType.FLOAT)
        case ValueKind.TEXT:
            return real(Op.TO_NUMBER, value.expr)


def texted(value: InsightsValue) -> Expr:
    """The value as text: a time is its milliseconds, a structure is absent."""
    match value.kind:
        case ValueKind.TEXT:
            return value.expr
        case ValueKind.TRUTH:
            return one_or_zero(value.expr, literal("1"), literal("0"))
        case ValueKind.STRUCTURE:
            return absent(ColumnType.STRING)
        case ValueKind.NUMBER:  # -0.0 is written as 0
            return text(Op.TO_TEXT, real(Op.ADD, value.expr, literal(0.0)))
        case ValueKind.TIME:
            return text(Op.TO_TEXT, value.expr)


def condition(value: InsightsValue) -> Expr:
    """The value as true or false: numbers but 0 are true, and the text `true`."""
    match value.kind:
        case ValueKind.TRUTH:
            return definite(value.expr)
        case ValueKind.STRUCTURE:
            return FALSE
        case ValueKind.NUMBER | ValueKind.TIME:
            return definite(predicate(Op.NE, number(value), literal(0.0)))
        case ValueKind.TEXT:
            spelled = predicate(Op.EQ, text(Op.LOWER, value.expr), literal("true"))
            some = predicate(Op.NE, number(value), literal(0.0))
            return definite(any_of([definite(spelled), definite(some)]))


def compared(op: str, left: InsightsValue, right: InsightsValue) -> Expr:
    """The comparison as a condition, true or false."""
    how = COMPARISONS[op]
    if ValueKind.STRUCTURE in (left.kind, right.kind):
        return FALSE
    one, other = number(left), number(right)
    as_numbers = predicate(how, one, other)
    if ValueKind.TEXT not in (left.kind, right.kind):
        return definite(as_numbers)
    if how is Op.EQ and _is_number(left, right):
        return _is_equal(left, right)
    as_texts = predicate(how, texted(left), texted(right))
    unsure = [
        present(number(side))
        for side in (left, right)
        if not isinstance(side.expr, Literal) or side.kind is ValueKind.TEXT
    ]
    return definite(case([(all_of(unsure), as_numbers)], as_texts))


def _is_equal(left: InsightsValue, right: InsightsValue) -> Expr:
    """The condition that two values, one of them a text, are equal numbers."""
    one, other = (left, right) if left.kind is ValueKind.TEXT else (right, left)
    return equals_number(one.expr, number(other))


def _is_number(*values: InsightsValue) -> bool:
    """Tells whether one of them is surely a number, whose text no other text equals."""
    return any(
        value.kind is ValueKind.NUMBER and isinstance(value.expr, Literal)
        for value in values
    )


def among(kinds: Sequence[InsightsValue]) -> ValueKind:
    """The kind that a choice of these values has: text where they differ."""
    distinct = {value.kind for value in kinds}
    kind = distinct.pop()
    return ValueKind.TEXT if distinct or kind is ValueKind.STRUCTURE else kind


def as_kind(value: InsightsValue, kind: ValueKind) -> Expr:
    """The value as one of that kind, which is its own or text."""
    return value.expr if value.kind is kind else texted(value)


def first_there(values: Sequence[InsightsValue]) -> InsightsValue:
    """The first value that is not missing."""
    kind = among(values)
    return InsightsValue(kind, coalesce([as_kind(value, kind) for value in values]))


def chosen(
    branches: Sequence[tuple[Expr, InsightsValue]], otherwise: InsightsValue | None
) -> InsightsValue:
    """The value of the first branch whose condition holds."""
    values = [value for _, value in branches]
    kind = among([*values, *([otherwise] if otherwise else [])])
    last = as_kind(otherwise, kind) if otherwise else absent(TYPES[kind])
    pairs = [(when, as_kind(value, kind)) for when, value in branches]
    return InsightsValue(kind, case(pairs, last))


def sort_keys(value: InsightsValue) -> list[Expr]:
    """Sort keys, one after the other, for AWS's order: texts, then numbers.

    Texts are in natural order; every key is absent where the value is.
    """
    if value.kind is not ValueKind.TEXT:
        return [number(value)]
    numeric = number(value)
    numeral = case(
        [(present(numeric), literal(1)), (present(value.expr), literal(0))],
        absent(ColumnType.INTEGER),
    )
    return [numeral, numeric, text(Op.NATURAL, value.expr)]
