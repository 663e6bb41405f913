"""Rules of a query: its names, functions and aggregates, and where they may stand.

After docs.rollbar.com, "RQL"; the messages are ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lab_emulators.lang import nodes
from lab_emulators.lang.source import QueryError
from lab_emulators.rollbar.languages.rql import nodes as tree
from lab_emulators.rollbar.languages.rql import schema
from lab_emulators.rollbar.languages.rql.functions import (
    AGGREGATES,
    FUNCTIONS,
    UNSUPPORTED,
)

MAX_DEPTH = 60
"""Operators and calls inside one another: what runs a query calls itself for each."""


def checked(query: tree.RqlQuery, text: str) -> tree.RqlQuery:
    """`query` with names for its columns; raise QueryError where it is wrong."""
    if query.table not in schema.EVERYTHING:
        raise QueryError(f"unknown table {query.table}", query.table_span)
    if not query.selected and query.groups:
        span = query.groups[0].span
        raise QueryError("SELECT * cannot be combined with GROUP BY", span)
    columns = tuple(_with_name(column, text) for column in query.selected)
    query = replace(query, selected=columns)
    groups = tuple(_group(group, query) for group in query.groups)
    order = tuple(_key(key, query) for key in query.order)
    query = replace(query, groups=groups, order=order)
    for node in _roots(query):
        _check_depth(node)
    _check(query)
    return query


def is_grouped(query: tree.RqlQuery) -> bool:
    """Tells whether the rows of the result are groups of rows."""
    values = [column.value for column in query.selected]
    values += [key.value for key in query.order]
    return bool(query.groups) or any(map(has_aggregate, values))


def has_aggregate(node: tree.Expression) -> bool:
    """Tells whether an aggregate stands anywhere in it."""
    return any(map(is_aggregate, nodes.walk(node)))


def is_aggregate(node: tree.Expression) -> bool:
    """Tells whether the node is itself an aggregate."""
    return isinstance(node, nodes.FunctionCall) and node.name in AGGREGATES


def _roots(query: tree.RqlQuery) -> Iterator[tree.Expression]:
    yield from (column.value for column in query.selected)
    if query.where is not None:
        yield query.where
    yield from query.groups
    yield from (key.value for key in query.order)


def _check_depth(root: tree.Expression) -> None:
    if deep := nodes.too_deep(root, MAX_DEPTH):
        raise QueryError(f"expressions nest deeper than {MAX_DEPTH}", deep.span)


def _check(query: tree.RqlQuery) -> None:
    for root in _roots(query):
        for node in nodes.walk(root):
            _check_node(node, query)
    if query.where is not None:
        _refuse_aggregates(query.where, "WHERE cannot have aggregates")
    for group in query.groups:
        _refuse_aggregates(group, "GROUP BY cannot have aggregates")
        if not isinstance(group, nodes.Field) and not _is_selected(group, query):
            message = "GROUP BY an expression that is not in SELECT"
            raise QueryError(message, group.span)
    for key in query.order:
        if not query.selected:
            _refuse_aggregates(key.value, "SELECT * cannot have aggregates")


def _check_node(node: tree.Expression, query: tree.RqlQuery) -> None:
    if isinstance(node, nodes.Field) and not schema.has_column(query.table, node.name):
        raise QueryError(f"unknown column {node.name}", node.span)
    if isinstance(node, nodes.FunctionCall):
        _check_call(node)


def _check_call(call: nodes.FunctionCall[tree.Expression]) -> None:
    function = FUNCTIONS.get(call.name)
    if function is None:
        message = UNSUPPORTED.get(call.name, f"unknown function {call.name}")
        raise QueryError(message, call.span)
    if not function.least <= len(call.args) <= function.most:
        expected = " or ".join(map(str, {function.least: 0, function.most: 0}))
        if function.most > 10:
            expected = f"at least {function.least}"
        raise QueryError(f"{call.name} takes {expected} arguments", call.span)
    for arg in call.args:
        if isinstance(arg, nodes.Star) and call.name != "count":
            raise QueryError(f"{call.name} does not take *", arg.span)
        if function.aggregate:
            _refuse_aggregates(arg, "an aggregate inside another")


def _refuse_aggregates(root: tree.Expression, message: str) -> None:
    for node in nodes.walk(root):
        if is_aggregate(node):
            raise QueryError(message, node.span)


def _is_selected(node: tree.Expression, query: tree.RqlQuery) -> bool:
    return any(column.value == node for column in query.selected)


def _with_name(column: tree.ResultColumn, text: str) -> tree.ResultColumn:
    if column.name:
        return column
    value = column.value
    if isinstance(value, nodes.Field):
        return replace(column, name=value.name)
    source = text[value.span.start : value.span.end]
    return replace(column, name=" ".join(source.split()))


def _group(node: tree.Expression, query: tree.RqlQuery) -> tree.Expression:
    target = _referred(node, query, "GROUP BY")
    if isinstance(target, nodes.Text | nodes.Number | nodes.Boolean | tree.Null):
        raise QueryError("GROUP BY a constant", node.span)
    return replace(target, span=node.span)


def _key(
    key: nodes.SortKey[tree.Expression], query: tree.RqlQuery
) -> nodes.SortKey[tree.Expression]:
    return replace(key, value=_referred(key.value, query, "ORDER BY"))


def _referred(
    node: tree.Expression, query: tree.RqlQuery, clause: str
) -> tree.Expression:
    """The column that a number or an alias names, else the node itself."""
    if isinstance(node, nodes.Number):
        return _numbered(node, query.selected, clause)
    if isinstance(node, nodes.Field):
        for column in query.selected:
            if column.name == node.name:
                return column.value
    return node


def _numbered(
    node: nodes.Number, selected: Sequence[tree.ResultColumn], clause: str
) -> tree.Expression:
    if isinstance(node.value, int) and 1 <= node.value <= len(selected):
        return selected[node.value - 1].value
    raise QueryError(f"{clause} {node.value}: SELECT has no such column", node.span)
