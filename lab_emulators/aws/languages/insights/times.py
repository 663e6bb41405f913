"""Rounding of times to the beginning of their period, in UTC."""

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.values import (
    InsightsValue,
    ValueKind,
    moment,
    number,
)
from lab_emulators.store.query import Expr, Op, case, literal, predicate, whole

_MS = {
    tree.Unit.MILLISECOND: 1,
    tree.Unit.SECOND: 1000,
    tree.Unit.MINUTE: 60_000,
    tree.Unit.HOUR: 3_600_000,
    tree.Unit.DAY: 86_400_000,
    tree.Unit.WEEK: 7 * 86_400_000,
}
_MONTHS = {tree.Unit.MONTH: 1, tree.Unit.QUARTER: 3, tree.Unit.YEAR: 12}


def floored(value: InsightsValue, period: tree.Period) -> InsightsValue:
    """The last beginning of a period that is not later; periods count from 1970."""
    return InsightsValue(ValueKind.TIME, _floor(_time(value), period))


def ceiling(value: InsightsValue, period: tree.Period) -> InsightsValue:
    """The first beginning of a period that is not earlier."""
    time = _time(value)
    begin = _floor(time, period)
    there = predicate(Op.EQ, begin, time)
    return InsightsValue(ValueKind.TIME, case([(there, begin)], _next(begin, period)))


def _time(value: InsightsValue) -> Expr:
    return value.expr if value.kind is ValueKind.TIME else moment(number(value)).expr


def _floor(time: Expr, period: tree.Period) -> Expr:
    if period.unit in _MONTHS:
        return whole(
            Op.FLOOR_MONTHS, time, literal(period.count * _MONTHS[period.unit])
        )
    width = literal(period.count * _MS[period.unit])
    return whole(Op.MULTIPLY, whole(Op.FLOOR_DIVIDE, time, width), width)


def _next(time: Expr, period: tree.Period) -> Expr:
    """One period later."""
    if period.unit in _MONTHS:
        return whole(Op.ADD_MONTHS, time, literal(period.count * _MONTHS[period.unit]))
    return whole(Op.ADD, time, literal(period.count * _MS[period.unit]))
