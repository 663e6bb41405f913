"""The functions of calculated fields: what each makes of its arguments.

Semantics after Honeycomb's documentation. Where that is silent the choice is here:
LOG10 of zero or less is absent, BUCKET labels are `lo - hi`, `< min` and `> max`,
string functions of other values are absent, and a regular expression or a format
must be a literal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from lab_emulators.honeycomb.languages.calculated_field.parser import (
    Constant,
    Field,
    Node,
    parse_expression,
)
from lab_emulators.honeycomb.query import texts
from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.texts import Arguments
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
    Column,
    EventTime,
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

METRICS_ONLY = ("RAW_METRIC", "LAST", "SUMMARIZE", "INCREASE", "RATE")


@dataclass(frozen=True, slots=True)
class Function:
    """`build` takes between `least` and `most` arguments; None is no upper limit."""

    build: Callable[[Arguments], Variant]
    least: int
    most: int | None


class Names(Protocol):
    """Where an expression stands: the values of columns, and the time of the row."""

    def value(self, name: str, /) -> Variant: ...

    @property
    def time(self) -> Expr: ...


@dataclass(frozen=True, slots=True)
class _AnyNames:
    """Takes every name for a column of text."""

    time: Expr = EventTime()  # noqa: RUF009 - frozen

    def value(self, name: str) -> Variant:
        return Variant.of(Column(name, ColumnType.STRING))


def apply(name: str, args: Arguments) -> Variant:
    """The value of a call; raise `SpecError` (400) if there is no such call."""
    function = _known(name)
    _check_count(name, function, len(args))
    return function.build(args)


def check_expression(expression: str) -> None:
    """Raise `SpecError` (400) unless `expression` is a valid calculated field.

    Whether the columns it names exist is not looked at.
    """
    if not isinstance(expression, str):
        raise SpecError("invalid calculated field: the expression must be text")
    compile_node(parse_expression(expression), _AnyNames())


def compile_node(node: Node, names: Names) -> Variant:
    """The value of a tree where `names` says what its columns are."""
    if isinstance(node, Field):
        return names.value(node.name)
    if isinstance(node, Constant):
        return Variant.constant(node.value)
    args = [compile_node(arg, names) for arg in node.args]
    if node.name == "FORMAT_TIME" and len(args) == 1:
        args.append(_seconds(names.time))
    value = apply(node.name, args)
    return _seconds(names.time) if node.name == "EVENT_TIMESTAMP" else value


def _known(name: str) -> Function:
    if name in METRICS_ONLY:
        raise SpecError(f"{name} is for metrics datasets, which are not emulated")
    if name == "INGEST_TIMESTAMP":
        raise SpecError("INGEST_TIMESTAMP is not emulated")
    if name not in _table():
        raise SpecError(f"invalid function: {name}")
    return _table()[name]


def _check_count(name: str, function: Function, count: int) -> None:
    if count >= function.least and (function.most is None or count <= function.most):
        return
    wanted = str(function.least)
    if function.most is None:
        wanted = f"at least {function.least}"
    elif function.most > function.least:
        wanted = f"{function.least} to {function.most}"
    raise SpecError(f"{name} takes {wanted} arguments, not {count}")


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
    place = real(Op.FLOOR, offset)
    label = text(
        Op.CONCAT,
        _edge(place, low, size),
        literal(" - "),
        _edge(real(Op.ADD, place, literal(1.0)), low, size),
    )
    branches = [(predicate(Op.LT, value, literal(low)), _label("<", low))]
    if len(ends) > 1:
        branches.append(
            (predicate(Op.GE, value, literal(ends[1])), _label(">", ends[1]))
        )
    branches.append((predicate(Op.FINITE, value), label))
    return Variant(text=case(branches, absent(ColumnType.STRING)))


def _edge(place: Expr, low: float, size: float) -> Expr:
    edge = real(Op.ADD, real(Op.MULTIPLY, place, literal(size)), literal(low))
    return text(Op.TO_TEXT, edge)


def _label(sign: str, bound: float) -> Expr:
    return text(Op.CONCAT, literal(f"{sign} "), text(Op.TO_TEXT, literal(bound)))


def _int(args: Arguments) -> Variant:
    number, value = args[0].number, args[0]
    if number is not None and number.type is ColumnType.INTEGER and not value.text:
        return Variant(number=coalesce([number, literal(0)]))
    return Variant(number=whole(Op.TO_INTEGER, number_or_zero(value)))


def _seconds(time: Expr) -> Variant:
    return Variant(number=real(Op.DIVIDE, as_float(time), literal(1e9)))


def _number_argument(name: str, value: Variant) -> float:
    number = value.literal()
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise SpecError(f"{name} takes literal numbers after its first argument")
    return float(number)


@cache
def _table() -> dict[str, Function]:
    """All functions, by name; infix operators are calls of these too."""
    any_number = None
    return {
        "IF": Function(_if, 2, any_number),
        "SWITCH": Function(_switch, 3, any_number),
        "COALESCE": Function(first, 1, any_number),
        "LT": Function(_comparison(Op.LT), 2, 2),
        "LTE": Function(_comparison(Op.LE), 2, 2),
        "GT": Function(_comparison(Op.GT), 2, 2),
        "GTE": Function(_comparison(Op.GE), 2, 2),
        "EQUALS": Function(lambda a: Variant.condition(equal(a[0], a[1])), 2, 2),
        "IN": Function(_in, 2, any_number),
        "EXISTS": Function(lambda a: Variant.condition(a[0].exists), 1, 1),
        "AND": Function(
            lambda a: Variant.condition(all_of(map(truth, a))), 1, any_number
        ),
        "OR": Function(
            lambda a: Variant.condition(any_of(map(truth, a))), 1, any_number
        ),
        "NOT": Function(lambda a: Variant.condition(negate(truth(a[0]))), 1, 1),
        "SUM": Function(_arithmetic(Op.ADD), 1, any_number),
        "SUB": Function(_arithmetic(Op.SUBTRACT), 2, 2),
        "MUL": Function(_arithmetic(Op.MULTIPLY), 1, any_number),
        "DIV": Function(_arithmetic(Op.DIVIDE), 2, 2),
        "MOD": Function(_arithmetic(Op.MODULO), 2, 2),
        "MIN": Function(lambda a: extreme(Op.LEAST, a), 1, any_number),
        "MAX": Function(lambda a: extreme(Op.GREATEST, a), 1, any_number),
        "LOG10": Function(_log10, 1, 1),
        "BUCKET": Function(_bucket, 2, 4),
        "INT": Function(_int, 1, 1),
        "FLOAT": Function(lambda a: Variant(number=number_or_zero(a[0])), 1, 1),
        "BOOL": Function(lambda a: Variant.condition(truth(a[0])), 1, 1),
        "STRING": Function(texts.string, 1, 1),
        "CONCAT": Function(texts.concat, 1, any_number),
        "STARTS_WITH": Function(texts.text_test(Op.STARTS), 2, 2),
        "ENDS_WITH": Function(texts.text_test(Op.ENDS), 2, 2),
        "CONTAINS": Function(texts.text_test(Op.CONTAINS), 2, 2),
        "LENGTH": Function(texts.length, 1, 2),
        "TO_LOWER": Function(texts.to_lower, 1, 1),
        "REG_MATCH": Function(texts.reg_match, 2, 2),
        "REG_VALUE": Function(texts.reg_value, 2, 2),
        "REG_COUNT": Function(texts.reg_count, 2, 2),
        "EVENT_TIMESTAMP": Function(lambda a: Variant(), 0, 0),
        "UNIX_TIMESTAMP": Function(texts.unix_timestamp, 1, 1),
        "FORMAT_TIME": Function(texts.format_time, 1, 2),
    }
