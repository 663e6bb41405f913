"""What a query may say: its names, functions and aggregates, and where they stand.

After docs.rollbar.com, "RQL"; the messages are ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lab_helpers.emulators.rollbar.rql import schema, tree
from lab_helpers.emulators.rollbar.rql.errors import Misplaced
from lab_helpers.emulators.rollbar.rql.functions import (
    AGGREGATES,
    FUNCTIONS,
    UNSUPPORTED,
)

MAX_DEPTH = 60
"""Operators and calls inside one another: what runs a query calls itself for each."""


def checked(query: tree.Query, text: str) -> tree.Query:
    """`query` with names for its columns; raise Misplaced where it is wrong."""
    if query.table not in schema.EVERYTHING:
        raise Misplaced(f"unknown table {query.table}", query.table_span)
    if not query.selected and query.groups:
        span = query.groups[0].span
        raise Misplaced("SELECT * cannot be combined with GROUP BY", span)
    named = tuple(_named(column, text) for column in query.selected)
    query = replace(query, selected=named)
    groups = tuple(_group(group, query) for group in query.groups)
    order = tuple(_key(key, query) for key in query.order)
    query = replace(query, groups=groups, order=order)
    for node in _roots(query):
        _check_depth(node)
    _check(query)
    return query


def is_grouped(query: tree.Query) -> bool:
    """Whether the rows of the result are groups of rows."""
    values = [column.value for column in query.selected]
    values += [key.value for key in query.order]
    return bool(query.groups) or any(map(has_aggregate, values))


def has_aggregate(node: tree.Expression) -> bool:
    """Whether an aggregate stands anywhere in it."""
    return any(map(is_aggregate, tree.walk(node)))


def is_aggregate(node: tree.Expression) -> bool:
    """Whether the node is itself an aggregate."""
    return isinstance(node, tree.Call) and node.name in AGGREGATES


def _roots(query: tree.Query) -> Iterator[tree.Expression]:
    yield from (column.value for column in query.selected)
    if query.where is not None:
        yield query.where
    yield from query.groups
    yield from (key.value for key in query.order)


def _check_depth(root: tree.Expression) -> None:
    stack = [(root, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise Misplaced(f"expressions nest deeper than {MAX_DEPTH}", node.span)
        stack += ((part, depth + 1) for part in tree.parts(node))


def _check(query: tree.Query) -> None:
    for root in _roots(query):
        for node in tree.walk(root):
            _check_node(node, query)
    if query.where is not None:
        _refuse_aggregates(query.where, "WHERE cannot have aggregates")
    for group in query.groups:
        _refuse_aggregates(group, "GROUP BY cannot have aggregates")
        if not isinstance(group, tree.Field) and not _is_selected(group, query):
            message = "GROUP BY an expression that is not in SELECT"
            raise Misplaced(message, group.span)
    for key in query.order:
        if not query.selected:
            _refuse_aggregates(key.value, "SELECT * cannot have aggregates")


def _check_node(node: tree.Expression, query: tree.Query) -> None:
    if isinstance(node, tree.Field) and not schema.has_column(query.table, node.name):
        raise Misplaced(f"unknown column {node.name}", node.span)
    if isinstance(node, tree.Call):
        _check_call(node)


def _check_call(call: tree.Call) -> None:
    function = FUNCTIONS.get(call.name)
    if function is None:
        message = UNSUPPORTED.get(call.name, f"unknown function {call.name}")
        raise Misplaced(message, call.span)
    if not function.least <= len(call.args) <= function.most:
        wanted = " or ".join(map(str, {function.least: 0, function.most: 0}))
        if function.most > 10:
            wanted = f"at least {function.least}"
        raise Misplaced(f"{call.name} takes {wanted} arguments", call.span)
    for arg in call.args:
        if isinstance(arg, tree.Star) and call.name != "count":
            raise Misplaced(f"{call.name} does not take *", arg.span)
        if function.aggregate:
            _refuse_aggregates(arg, "an aggregate inside another")


def _refuse_aggregates(root: tree.Expression, message: str) -> None:
    for node in tree.walk(root):
        if is_aggregate(node):
            raise Misplaced(message, node.span)


def _is_selected(node: tree.Expression, query: tree.Query) -> bool:
    return any(column.value == node for column in query.selected)


def _named(column: tree.Selected, text: str) -> tree.Selected:
    if column.name:
        return column
    value = column.value
    if isinstance(value, tree.Field):
        return replace(column, name=value.name)
    written = text[value.span.start : value.span.end]
    return replace(column, name=" ".join(written.split()))


def _group(node: tree.Expression, query: tree.Query) -> tree.Expression:
    found = _referred(node, query, "GROUP BY")
    if isinstance(found, tree.Text | tree.Number | tree.Boolean | tree.Null):
        raise Misplaced("GROUP BY a constant", node.span)
    return replace(found, span=node.span)


def _key(key: tree.Key, query: tree.Query) -> tree.Key:
    return replace(key, value=_referred(key.value, query, "ORDER BY"))


def _referred(node: tree.Expression, query: tree.Query, clause: str) -> tree.Expression:
    """What a number or an alias stands for, else the node itself."""
    if isinstance(node, tree.Number):
        return _numbered(node, query.selected, clause)
    if isinstance(node, tree.Field):
        for column in query.selected:
            if column.name == node.name:
                return column.value
    return node


def _numbered(
    node: tree.Number, selected: Sequence[tree.Selected], clause: str
) -> tree.Expression:
    if isinstance(node.value, int) and 1 <= node.value <= len(selected):
        return selected[node.value - 1].value
    raise Misplaced(f"{clause} {node.value}: SELECT has no such column", node.span)
