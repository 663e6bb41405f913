"""Filters as predicates: the value is brought to the type of the column.

Choices where the vendor is silent: negative operators are plain complements of the
positive ones, so they match events without the column; operators on text look at
any value as text; `=` and `in` on text ignore one trailing newline.
"""

import re
from collections.abc import Callable, Iterable

from lab_emulators.honeycomb.query.spec import Filter, Plain
from lab_emulators.honeycomb.query.variant import Variant
from lab_emulators.store.query import (
    Expr,
    Op,
    any_of,
    literal,
    negate,
    predicate,
    text,
    text_in,
)

COMPARISONS = {">": Op.GT, ">=": Op.GE, "<": Op.LT, "<=": Op.LE}
_TEXT = {
    "starts-with": Op.STARTS,
    "ends-with": Op.ENDS,
    "contains": Op.CONTAINS,
}
NEGATIVE = {
    "!=": "=",
    "does-not-start-with": "starts-with",
    "does-not-end-with": "ends-with",
    "does-not-contain": "contains",
    "does-not-exist": "exists",
    "not-in": "in",
}
FILTER_OPS = ("=", *COMPARISONS, *_TEXT, "exists", "in", *NEGATIVE)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def condition(filter_: Filter, value: Variant) -> Expr:
    """Says whether the column's `value` passes the filter; null counts as no."""
    if filter_.op in NEGATIVE:
        return negate(_positive(NEGATIVE[filter_.op], value, filter_.value))
    return _positive(filter_.op, value, filter_.value)


def _positive(
    op: str, value: Variant, operand: Plain | tuple[Plain, ...] | None
) -> Expr:
    if op == "exists" or operand is None:
        return value.exists
    if isinstance(operand, tuple):
        return _among(value, operand)
    if op == "=":
        return _among(value, (operand,))
    if op in COMPARISONS:
        return _compared(COMPARISONS[op], value, operand)
    words = (text(Op.TO_TEXT, family) for family in value.families)
    return any_of(predicate(_TEXT[op], w, literal(as_words(operand))) for w in words)


def _among(value: Variant, operand: Iterable[Plain]) -> Expr:
    choices = list(operand)
    ways = []
    if value.number is not None:
        ways.append(_one_of(value.number, choices, as_number))
    if value.text is not None:
        ways.append(text_in(value.text, [as_words(choice) for choice in choices]))
    if value.flag is not None:
        ways.append(_one_of(value.flag, choices, as_flag))
    return any_of(ways)


def _one_of(
    expr: Expr, choices: Iterable[Plain], convert: Callable[[Plain], Plain | None]
) -> Expr:
    fitting = [c for c in map(convert, choices) if c is not None]
    if not fitting:
        return any_of([])
    if len(fitting) == 1:
        return predicate(Op.EQ, expr, literal(fitting[0]))
    return predicate(Op.IS_IN, expr, *map(literal, fitting))


def _compared(op: Op, value: Variant, operand: Plain) -> Expr:
    ways = []
    number = as_number(operand)
    if value.number is not None and number is not None:
        ways.append(predicate(op, value.number, literal(number)))
    if value.text is not None:
        ways.append(predicate(op, value.text, literal(as_words(operand))))
    return any_of(ways)


def as_words(value: Plain) -> str:
    """A filter value as text; whole floats are written like integers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def as_number(value: Plain) -> int | float | None:
    """A filter value as a number, or None; true and false are none."""
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    return None if isinstance(value, bool) else value


def as_flag(value: Plain) -> bool | None:
    """A filter value as true or false, or None."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None
