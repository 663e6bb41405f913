"""Times brought to the beginning of their period, in UTC."""

from lab_emulators.aws.languages.insights import nodes
from lab_emulators.aws.languages.insights.values import Kind, Value, moment, number
from lab_emulators.store.query import Expr, Op, case, literal, predicate, whole

_MS = {
    nodes.Unit.MILLISECOND: 1,
    nodes.Unit.SECOND: 1000,
    nodes.Unit.MINUTE: 60_000,
    nodes.Unit.HOUR: 3_600_000,
    nodes.Unit.DAY: 86_400_000,
    nodes.Unit.WEEK: 7 * 86_400_000,
}
_MONTHS = {nodes.Unit.MONTH: 1, nodes.Unit.QUARTER: 3, nodes.Unit.YEAR: 12}


def floored(value: Value, period: nodes.Period) -> Value:
    """The last beginning of a period that is not later; periods count from 1970."""
    return Value(Kind.TIME, _floor(_time(value), period))


def ceiling(value: Value, period: nodes.Period) -> Value:
    """The first beginning of a period that is not earlier."""
    time = _time(value)
    begin = _floor(time, period)
    there = predicate(Op.EQ, begin, time)
    return Value(Kind.TIME, case([(there, begin)], _next(begin, period)))


def _time(value: Value) -> Expr:
    return value.expr if value.kind is Kind.TIME else moment(number(value)).expr


def _floor(time: Expr, period: nodes.Period) -> Expr:
    if period.unit in _MONTHS:
        return whole(
            Op.FLOOR_MONTHS, time, literal(period.count * _MONTHS[period.unit])
        )
    width = literal(period.count * _MS[period.unit])
    return whole(Op.MULTIPLY, whole(Op.FLOOR_DIVIDE, time, width), width)


def _next(time: Expr, period: nodes.Period) -> Expr:
    """One period later."""
    if period.unit in _MONTHS:
        return whole(Op.ADD_MONTHS, time, literal(period.count * _MONTHS[period.unit]))
    return whole(Op.ADD, time, literal(period.count * _MS[period.unit]))
