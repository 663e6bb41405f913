"""The functions of calculated fields: what each makes of its arguments.

Semantics after Honeycomb's documentation. Where that is silent the choice is here:
LOG10 of zero or less is absent, BUCKET labels are `lo - hi`, `< min` and `> max`,
string functions of other values are absent, and a regular expression or a format
must be a literal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from lab_emulators.honeycomb.languages.calculated_field import texts
from lab_emulators.honeycomb.languages.calculated_field.texts import Arguments
from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.variant import (
    Variant,
    choose,
    equal,
    extreme,
    first,
    number_or_zero,
    numeric,
    ordered,
    truth,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    Expr,
    Op,
    absent,
    all_of,
    any_of,
    as_float,
    case,
    coalesce,
    literal,
    negate,
    predicate,
    real,
    text,
    whole,
)


@dataclass(frozen=True, slots=True)
class FieldFunction:
    """`build` takes between `least` and `most` arguments; None is no upper limit."""

    build: Callable[[Arguments], Variant]
    least: int
    most: int | None


def _if(args: Arguments) -> Variant:
    pairs = [(truth(c), v) for c, v in zip(args[::2], args[1::2], strict=False)]
    return choose(pairs, args[-1] if len(args) % 2 else Variant())


def _switch(args: Arguments) -> Variant:
    value, rest = args[0], args[1:]
    pairs = [(equal(value, k), v) for k, v in zip(rest[::2], rest[1::2], strict=False)]
    return choose(pairs, rest[-1] if len(rest) % 2 else Variant())


def _comparison(op: Op) -> Callable[[Arguments], Variant]:
    return lambda args: Variant.condition(ordered(op, args[0], args[1]))


def _in(args: Arguments) -> Variant:
    return Variant.condition(any_of(equal(args[0], value) for value in args[1:]))


def _arithmetic(op: Op) -> Callable[[Arguments], Variant]:
    def build(args: Arguments) -> Variant:
        numbers = [number_or_zero(value) for value in args]
        return Variant(number=numbers[0] if len(args) == 1 else real(op, *numbers))

    return build


def _log10(args: Arguments) -> Variant:
    number = numeric(args[0])
    return Variant(number=real(Op.LOG10, as_float(number))) if number else Variant()


def _bucket(args: Arguments) -> Variant:
    size, *ends = [_number_argument("BUCKET", value) for value in args[1:]]
    if size <= 0:
        raise SpecError("BUCKET needs a size greater than 0")
    if args[0].number is None:
        return Variant()
    low = ends[0] if ends else 0.0
    value = as_float(args[0].number)
    offset = real(Op.DIVIDE, real(Op.SUBTRACT, value, literal(low)), literal(size))
    index = real(Op.FLOOR, offset)
    label = text(
        Op.CONCAT,
        _edge(index, low, size),
        literal(" - "),
        _edge(real(Op.ADD, index, literal(1.0)), low, size),
    )
    branches = [(predicate(Op.LT, value, literal(low)), _label("<", low))]
    if len(ends) > 1:
        branches.append(
            (predicate(Op.GE, value, literal(ends[1])), _label(">", ends[1]))
        )
    branches.append((predicate(Op.FINITE, value), label))
    return Variant(text=case(branches, absent(ColumnType.STRING)))


def _edge(index: Expr, low: float, size: float) -> Expr:
    edge = real(Op.ADD, real(Op.MULTIPLY, index, literal(size)), literal(low))
    return text(Op.TO_TEXT, edge)


def _label(sign: str, bound: float) -> Expr:
    return text(Op.CONCAT, literal(f"{sign} "), text(Op.TO_TEXT, literal(bound)))


def _int(args: Arguments) -> Variant:
    number, value = args[0].number, args[0]
    if number is not None and number.type is ColumnType.INTEGER and not value.text:
        return Variant(number=coalesce([number, literal(0)]))
    return Variant(number=whole(Op.TO_INTEGER, number_or_zero(value)))


def seconds(time: Expr) -> Variant:
    """A time of the store (nanoseconds) in seconds."""
    return Variant(number=real(Op.DIVIDE, as_float(time), literal(1e9)))


def _number_argument(name: str, value: Variant) -> float:
    number = value.literal()
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise SpecError(f"{name} takes literal numbers after its first argument")
    return float(number)


@cache
def functions() -> dict[str, FieldFunction]:
    """All functions, by name; infix operators are calls of these too."""
    any_number = None
    return {
        "IF": FieldFunction(_if, 2, any_number),
        "SWITCH": FieldFunction(_switch, 3, any_number),
        "COALESCE": FieldFunction(first, 1, any_number),
        "LT": FieldFunction(_comparison(Op.LT), 2, 2),
        "LTE": FieldFunction(_comparison(Op.LE), 2, 2),
        "GT": FieldFunction(_comparison(Op.GT), 2, 2),
        "GTE": FieldFunction(_comparison(Op.GE), 2, 2),
        "EQUALS": FieldFunction(lambda a: Variant.condition(equal(a[0], a[1])), 2, 2),
        "IN": FieldFunction(_in, 2, any_number),
        "EXISTS": FieldFunction(lambda a: Variant.condition(a[0].exists), 1, 1),
        "AND": FieldFunction(
            lambda a: Variant.condition(all_of(map(truth, a))), 1, any_number
        ),
        "OR": FieldFunction(
            lambda a: Variant.condition(any_of(map(truth, a))), 1, any_number
        ),
        "NOT": FieldFunction(lambda a: Variant.condition(negate(truth(a[0]))), 1, 1),
        "SUM": FieldFunction(_arithmetic(Op.ADD), 1, any_number),
        "SUB": FieldFunction(_arithmetic(Op.SUBTRACT), 2, 2),
        "MUL": FieldFunction(_arithmetic(Op.MULTIPLY), 1, any_number),
        "DIV": FieldFunction(_arithmetic(Op.DIVIDE), 2, 2),
        "MOD": FieldFunction(_arithmetic(Op.MODULO), 2, 2),
        "MIN": FieldFunction(lambda a: extreme(Op.LEAST, a), 1, any_number),
        "MAX": FieldFunction(lambda a: extreme(Op.GREATEST, a), 1, any_number),
        "LOG10": FieldFunction(_log10, 1, 1),
        "BUCKET": FieldFunction(_bucket, 2, 4),
        "INT": FieldFunction(_int, 1, 1),
        "FLOAT": FieldFunction(lambda a: Variant(number=number_or_zero(a[0])), 1, 1),
        "BOOL": FieldFunction(lambda a: Variant.condition(truth(a[0])), 1, 1),
        "STRING": FieldFunction(texts.string, 1, 1),
        "CONCAT": FieldFunction(texts.concat, 1, any_number),
        "STARTS_WITH": FieldFunction(texts.text_test(Op.STARTS), 2, 2),
        "ENDS_WITH": FieldFunction(texts.text_test(Op.ENDS), 2, 2),
        "CONTAINS": FieldFunction(texts.text_test(Op.CONTAINS), 2, 2),
        "LENGTH": FieldFunction(texts.length, 1, 2),
        "TO_LOWER": FieldFunction(texts.to_lower, 1, 1),
        "REG_MATCH": FieldFunction(texts.reg_match, 2, 2),
        "REG_VALUE": FieldFunction(texts.reg_value, 2, 2),
        "REG_COUNT": FieldFunction(texts.reg_count, 2, 2),
        "EVENT_TIMESTAMP": FieldFunction(lambda a: Variant(), 0, 0),
        "UNIX_TIMESTAMP": FieldFunction(texts.unix_timestamp, 1, 1),
        "FORMAT_TIME": FieldFunction(texts.format_time, 1, 2),
    }
