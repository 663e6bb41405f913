"""Commands of a query: their order, their bounds, the names they define and leave.

After the user guide's pages on each command; the messages are ours.
"""

from collections.abc import Sequence
from dataclasses import replace

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.scope import (
    NameScope,
    checked_aggregate,
    checked_condition,
    checked_value,
    comparable,
    is_structure,
)
from lab_emulators.lang import nodes
from lab_emulators.lang.source import QueryError

DEFAULT_LIMIT = 10_000
"""Rows of a query without `limit`."""
MAX_LIMIT = 100_000
MAX_STATS = 10


def checked(query: tree.InsightsQuery, text: str) -> tree.InsightsQuery:
    """`query`, its columns named after `text`; raise QueryError where it is wrong."""
    _check_order(query.commands)
    scope = NameScope(text)
    return tree.InsightsQuery(tuple(_command(each, scope) for each in query.commands))


def _check_order(commands: Sequence[tree.Command]) -> None:
    stats = [
        i for i, each in enumerate(commands) if isinstance(each, tree.StatsCommand)
    ]
    if len(stats) > MAX_STATS:
        raise QueryError(
            f"more than {MAX_STATS} stats", commands[stats[MAX_STATS]].span
        )
    deduped = False
    for index, each in enumerate(commands):
        early = len(stats) > 1 and index < stats[-1]
        if early and isinstance(each, tree.SortCommand | tree.LimitCommand):
            raise QueryError("sort and limit must follow the last stats", each.span)
        if deduped and not isinstance(each, tree.LimitCommand):
            raise QueryError("only limit may follow dedup", each.span)
        deduped = deduped or isinstance(each, tree.DedupCommand)


def _command(command: tree.Command, scope: NameScope) -> tree.Command:
    match command:
        case tree.FieldsCommand(columns=columns) | tree.DisplayCommand(columns=columns):
            return replace(command, columns=_columns(columns, scope))
        case tree.FilterCommand(condition=condition):
            predicate = checked_condition(checked_value(condition, scope))
            return replace(command, condition=predicate)
        case tree.StatsCommand():
            return _stats(command, scope)
        case tree.SortCommand(keys=keys):
            return replace(command, keys=tuple(_sort_key(key, scope) for key in keys))
        case tree.LimitCommand(count=count) if not 1 <= count <= MAX_LIMIT:
            raise QueryError(f"limit takes 1 to {MAX_LIMIT}", command.span)
        case tree.ParseGlob() | tree.ParseRegex():
            return _parse(command, scope)
        case tree.DedupCommand(fields=names):
            for name in names:
                comparable(name, scope)
    return command


def _sort_key(
    key: nodes.SortKey[tree.Expression], scope: NameScope
) -> nodes.SortKey[tree.Expression]:
    return replace(key, value=comparable(key.value, scope))


def _columns(
    columns: Sequence[tree.OutputColumn], scope: NameScope
) -> tuple[tree.OutputColumn, ...]:
    """Checks columns in order: a later one may use the name of an earlier."""
    output = []
    for column in columns:
        value = checked_value(column.value, scope)
        output.append(_named(replace(column, value=value), column.value, scope))
        if column.named:
            if is_structure(value, scope):
                scope.structures.add(column.name)
            scope.define(column.name, column.span)
    return tuple(output)


def _named(
    column: tree.OutputColumn, written: tree.Expression, scope: NameScope
) -> tree.OutputColumn:
    if column.named or isinstance(written, nodes.Field):
        return column
    return replace(column, name=scope.written(written))


def _parse(
    command: tree.ParseGlob | tree.ParseRegex, scope: NameScope
) -> tree.ParseGlob | tree.ParseRegex:
    subject = checked_value(command.subject, scope)
    for name in command.names:
        scope.define(name, command.span)
    return replace(command, subject=subject)


def _stats(command: tree.StatsCommand, scope: NameScope) -> tree.StatsCommand:
    """Checks the command, which leaves only its own columns."""
    aggregates, groups = [], []
    known: set[str] = set()
    for column in command.aggregates:
        value = checked_aggregate(column.value, scope, known)
        aggregates.append(_named(replace(column, value=value), column.value, scope))
        known |= {column.name} if column.named else set()
    for column in command.groups:
        value = comparable(column.value, scope)
        groups.append(_named(replace(column, value=value), column.value, scope))
    left = [*groups, *aggregates]
    _leave(left, scope)
    return replace(command, aggregates=tuple(aggregates), groups=tuple(groups))


def _leave(columns: Sequence[tree.OutputColumn], scope: NameScope) -> None:
    scope.fields, scope.aliases = frozenset(), set()
    scope.structures = set()
    for column in columns:
        scope.define(column.name, column.span)
    computed = [c for c in columns if not isinstance(c.value, nodes.Field)]
    scope.columns = {column.value: column.name for column in computed}
