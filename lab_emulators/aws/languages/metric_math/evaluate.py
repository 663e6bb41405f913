"""A tree of metric math over the series it names."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab_emulators.aws.languages.metric_math.errors import MathError, not_emulated
from lab_emulators.aws.languages.metric_math.functions import Given, Grid, called
from lab_emulators.aws.languages.metric_math.nodes import (
    Array,
    Binary,
    Call,
    Name,
    Negative,
    Node,
    Number,
    Text,
)
from lab_emulators.aws.languages.metric_math.values import Line, Value, joined, mapped

_ABSENT = {
    "ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA",
    "SEARCH", "SERVICE_QUOTA",
}  # fmt: skip
_WORDS = {"REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM"}

_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "AND": lambda left, right: bool(left and right),
    "OR": lambda left, right: bool(left or right),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What an expression stands in.

    `value_of` gives the value of an id or raises MathError; `metrics` are the ids that
    are metrics; `period_s` is that of a series made of a number.
    """

    value_of: Callable[[str], Value]
    metrics: tuple[str, ...]
    grid: Grid
    period_s: int


def evaluated(node: Node, frame: Frame) -> Value:
    """The value of a tree; raises MathError for what has none."""
    match node:
        case Number(value):
            return value
        case Name(value):
            return frame.value_of(value)
        case Text(value):
            raise MathError(f"the text {value!r} is no value")
        case Array(items):
            return _array([evaluated(item, frame) for item in items], frame)
        case Negative(operand):
            return mapped(evaluated(operand, frame), operator.neg)
        case Binary(sign, left, right):
            values = evaluated(left, frame), evaluated(right, frame)
            return joined(*values, _OPERATORS[sign])
        case Call(name, args):
            return _call(name, args, frame)


def _array(values: list[Value], frame: Frame) -> Value:
    """Series side by side; a number is a series that always has it."""
    lines: list[Line] = []
    for value in values:
        if isinstance(value, tuple):
            lines += value
        elif isinstance(value, Line):
            lines.append(value)
        else:
            points = dict.fromkeys(frame.grid(frame.period_s), value)
            lines.append(Line(points, frame.period_s))
    return tuple(lines)


def _call(name: str, args: tuple[Node, ...], frame: Frame) -> Value:
    if name in _ABSENT:
        raise not_emulated(name)
    if name == "METRICS":
        return _metrics(args, frame)
    values = tuple(_argument(arg, frame) for arg in args)
    return called(Given(name, values, frame.grid, frame.period_s))


def _argument(node: Node, frame: Frame) -> Value | str:
    if isinstance(node, Name) and node.value.upper() in _WORDS:
        return node.value
    return evaluated(node, frame)


def _metrics(args: tuple[Node, ...], frame: Frame) -> Value:
    """Every metric of the request, or those with a text in their id."""
    match args:
        case ():
            wanted = ""
        case (Text(wanted),):
            pass
        case _:
            raise MathError("METRICS takes nothing, or one text")
    return _array([frame.value_of(i) for i in frame.metrics if wanted in i], frame)
