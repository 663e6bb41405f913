"""Expressions that the query languages of several vendors have in common."""

from collections.abc import Mapping, Sequence

from lab_emulators.store.query.expr import (
    Expr,
    Op,
    absent,
    all_of,
    case,
    negate,
    present,
    text,
)
from lab_emulators.store.schema.batch import ColumnType

COMPARISONS: Mapping[str, Op] = {
    "=": Op.EQ,
    "!=": Op.NE,
    "<": Op.LT,
    "<=": Op.LE,
    ">": Op.GT,
    ">=": Op.GE,
}
"""Comparisons by the signs that queries write."""


def one_or_zero(condition: Expr, one: Expr, zero: Expr) -> Expr:
    """A condition as one of two values of a type, absent where it is null."""
    missing = (negate(present(condition)), absent(one.type))
    return case([missing, (condition, one)], zero)


def joined(parts: Sequence[Expr]) -> Expr:
    """Texts one after the other, absent where one of them is."""
    known = all_of(present(part) for part in parts)
    return case([(known, text(Op.CONCAT, *parts))], absent(ColumnType.STRING))
