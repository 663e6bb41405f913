"""Occurrences counted: groups of rows and what they add up to, in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab_emulators.rollbar.items.repository import COLUMNS, END_NS, TABLE
from lab_emulators.store import ColumnType, Store
from lab_emulators.store.query import (
    Aggregate,
    By,
    Column,
    EventTime,
    Expr,
    Fold,
    Keep,
    Measure,
    Op,
    Pipeline,
    Rows,
    Sort,
    all_of,
    any_of,
    literal,
    predicate,
    whole,
)

COUNT = Measure(Fold.COUNT)


def aggregate(
    store: Store,
    where: Expr,
    keys: Mapping[str, Expr],
    measures: Mapping[str, Measure],
) -> list[dict[str, Any]]:
    """A dict for each group, by the names of keys and measures, in their order."""
    kinds = {name: key.type for name, key in keys.items()}
    kinds |= {name: _kind(measure) for name, measure in measures.items()}
    columns = {name: Column(name, kind) for name, kind in kinds.items()}
    order = Sort(tuple(By(columns[name]) for name in keys))
    steps = (Keep(where), Aggregate(keys, measures), order)
    with store.reader() as reader:
        info = reader.table(TABLE)
        rows = Rows(() if info is None else (info,), COLUMNS, 0, END_NS)
        table = reader.run(Pipeline(rows, steps, columns)).table
    groups: list[dict[str, Any]] = table.to_pylist()
    return groups


def bucket(seconds: int) -> Expr:
    """The number of the stretch of time, so many seconds long, that a row is in."""
    return whole(Op.FLOOR_DIVIDE, EventTime(), literal(seconds * 10**9))


def since(time_s: int) -> Expr:
    """Condition that a row happened then or later."""
    return predicate(Op.GE, EventTime(), literal(time_s * 10**9))


def is_one_of(column: str, values: Sequence[str]) -> Expr:
    """Condition that a column has one of the values; none means any."""
    operand = Column(column, ColumnType.STRING)
    tests = [predicate(Op.EQ, operand, literal(value)) for value in values]
    return any_of(tests) if tests else all_of(())


def _kind(measure: Measure) -> ColumnType:
    if measure.value is None or measure.fold is Fold.COUNT:
        return ColumnType.INTEGER
    return measure.value.type
