"""The value of a metric math expression over the series that it names."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab_emulators.aws.languages.metric_math.check import check_call, check_function
from lab_emulators.aws.languages.metric_math.functions import (
    FUNCTIONS,
    CallArguments,
    Grid,
)
from lab_emulators.aws.languages.metric_math.nodes import Array, MathExpression
from lab_emulators.aws.languages.metric_math.values import (
    MetricSeries,
    Value,
    joined,
    mapped,
)
from lab_emulators.lang.nodes import Binary, Field, FunctionCall, Negative, Number, Text
from lab_emulators.lang.source import QueryError

_WORDS = frozenset({"REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM"})

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
class EvaluationContext:
    """The metrics and times that an expression is evaluated over.

    `value_of` gives the value of an id or raises QueryError; `metrics` are the ids that
    are metrics; `period_s` is that of a series made of a number.
    """

    value_of: Callable[[str], Value]
    metrics: tuple[str, ...]
    grid: Grid
    period_s: int


def evaluate(node: MathExpression, context: EvaluationContext) -> Value:
    """The value of a tree; raises QueryError for what has none."""
    match node:
        case Number(value):
            return float(value)
        case Field(value):
            return context.value_of(value)
        case Text(value):
            raise QueryError(f"the text {value!r} is no value")
        case Array(items):
            return _array([evaluate(item, context) for item in items], context)
        case Negative(part):
            return mapped(evaluate(part, context), operator.neg)
        case Binary(sign, left, right):
            values = evaluate(left, context), evaluate(right, context)
            return joined(*values, _OPERATORS[sign])
        case FunctionCall(name, args):
            return _call(name, args, context)


def _array(values: list[Value], context: EvaluationContext) -> Value:
    """Series side by side; a number is a series that always has it."""
    series: list[MetricSeries] = []
    for value in values:
        if isinstance(value, tuple):
            series += value
        elif isinstance(value, MetricSeries):
            series.append(value)
        else:
            points = dict.fromkeys(context.grid(context.period_s), value)
            series.append(MetricSeries(points, context.period_s))
    return tuple(series)


def _call(
    name: str, args: tuple[MathExpression, ...], context: EvaluationContext
) -> Value:
    check_function(name)
    if name == "METRICS":
        return _metrics(args, context)
    values = tuple(_argument(arg, context) for arg in args)
    check_call(name, len(values))
    arguments = CallArguments(name, values, context.grid, context.period_s)
    return FUNCTIONS[name].run(arguments)


def _argument(node: MathExpression, context: EvaluationContext) -> Value | str:
    if isinstance(node, Field) and node.name.upper() in _WORDS:
        return node.name
    return evaluate(node, context)


def _metrics(args: tuple[MathExpression, ...], context: EvaluationContext) -> Value:
    """The metrics of the request, or those with a text in their id."""
    match args:
        case ():
            part_of_id = ""
        case (Text(part_of_id),):
            pass
        case _:
            raise QueryError("METRICS takes nothing, or one text")
    return _array(
        [context.value_of(i) for i in context.metrics if part_of_id in i], context
    )
