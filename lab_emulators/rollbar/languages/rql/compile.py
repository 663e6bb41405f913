"""A query's tree as a pipeline of the store."""

from dataclasses import dataclass, replace

from lab_emulators.rollbar.languages.rql import nodes as tree
from lab_emulators.rollbar.languages.rql.check import is_grouped
from lab_emulators.rollbar.languages.rql.columns import Finder
from lab_emulators.rollbar.languages.rql.expressions import (
    RqlExpressions,
    definite_condition,
)
from lab_emulators.rollbar.languages.rql.grouping import GroupColumns
from lab_emulators.rollbar.languages.rql.values import RqlValue
from lab_emulators.store.query import Aggregate, By, Expr, Keep, Limit, Sort, Step


@dataclass(frozen=True, slots=True)
class CompiledSelect:
    """The steps of a query, and the values it selects."""

    steps: tuple[Step, ...]
    values: tuple[RqlValue, ...]


@dataclass(frozen=True, slots=True)
class RowSource:
    """The rows of a query: their columns and order, the time now, the most rows."""

    column: Finder
    newest: tuple[Expr, ...]
    now_s: int
    limit: int


def compiled(
    query: tree.RqlQuery, selected: tuple[tree.Expression, ...], setting: RowSource
) -> CompiledSelect:
    """The query as steps, and the values of `selected`."""
    rows = RqlExpressions(setting.column, setting.now_s)
    steps: list[Step] = []
    if query.where is not None:
        steps.append(Keep(definite_condition(rows.condition(query.where))))
    if is_grouped(query):
        groups = GroupColumns(rows, setting.newest)
        groups.add_keys(query.groups)
        values = replace(rows, whole=groups.value)
        parts = values.all(selected), values.order(query.order)
        steps += [Aggregate(groups.keys, groups.measures), Sort(groups.order())]
    else:
        parts = rows.all(selected), rows.order(query.order)
        steps.append(Sort(tuple(By(one, descending=True) for one in setting.newest)))
    outputs, order = parts
    if order:
        steps.append(Sort(order))
    return CompiledSelect((*steps, Limit(setting.limit, query.skip)), outputs)
