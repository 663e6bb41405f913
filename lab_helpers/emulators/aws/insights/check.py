"""What a grammar cannot say of a query: names, functions, order of the commands.

After the user guide's pages on each command; the messages are ours. Once checked, an
expression after `stats` that repeats one of its columns (`sort count(*)`) is that
column, so that whoever runs the tree looks it up by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

from lab_helpers.emulators.aws.insights import tree
from lab_helpers.emulators.aws.insights.errors import Misplaced
from lab_helpers.emulators.aws.insights.functions import (
    FUNCTIONS,
    NOT_EMULATED,
    Function,
    Kind,
)

DEFAULT_LIMIT = 10_000
"""Rows of a query without `limit`."""
MAX_LIMIT = 100_000
MAX_STATS = 10
MAX_DEPTH = 100
_TIMED = frozenset({"bin", "earliest", "latest"})


def checked(query: tree.Query, text: str) -> tree.Query:
    """`query`, its columns named after `text`; raise Misplaced where it is wrong."""
    _check_order(query.commands)
    scope = _Scope(text)
    return tree.Query(tuple(_command(each, scope) for each in query.commands))


def _check_order(commands: Sequence[tree.Command]) -> None:
    stats = [i for i, each in enumerate(commands) if isinstance(each, tree.Stats)]
    if len(stats) > MAX_STATS:
        raise Misplaced(f"more than {MAX_STATS} stats", commands[stats[MAX_STATS]].span)
    for index, each in enumerate(commands):
        early = len(stats) > 1 and index < stats[-1]
        if early and isinstance(each, tree.Sort | tree.Limit):
            raise Misplaced("sort and limit must follow the last stats", each.span)
        follows = index and isinstance(commands[index - 1], tree.Dedup)
        if follows and not isinstance(each, tree.Limit):
            raise Misplaced("only limit may follow dedup", each.span)


@dataclass(slots=True)
class _Scope:
    """What names mean at one place of the query."""

    text: str
    fields: frozenset[str] | None = None  # those left by stats; None is any
    columns: dict[tree.Expression, str] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    structures: set[str] = field(default_factory=set)

    def define(self, name: str, span: tree.Span) -> None:
        """A new name, which later commands may use and none may define again."""
        if name in self.aliases:
            raise Misplaced(f"{name} is defined twice", span)
        self.aliases.add(name)
        if self.fields is not None:
            self.fields |= {name}

    def written(self, node: tree.Expression) -> str:
        """The text of `node`, on one line."""
        return " ".join(self.text[node.span.start : node.span.end].split())


def _command(command: tree.Command, scope: _Scope) -> tree.Command:
    match command:
        case tree.Fields(columns=columns) | tree.Display(columns=columns):
            return replace(command, columns=_columns(columns, scope))
        case tree.Filter(condition=condition):
            return replace(command, condition=_condition(_value(condition, scope)))
        case tree.Stats():
            return _stats(command, scope)
        case tree.Sort(keys=keys):
            found = (replace(key, value=_plain(key.value, scope)) for key in keys)
            return replace(command, keys=tuple(found))
        case tree.Limit(count=count) if not 1 <= count <= MAX_LIMIT:
            raise Misplaced(f"limit takes 1 to {MAX_LIMIT}", command.span)
        case tree.ParseGlob() | tree.ParseRegex():
            return _parse(command, scope)
        case tree.Dedup(fields=names):
            for name in names:
                _plain(name, scope)
    return command


def _columns(columns: Sequence[tree.Column], scope: _Scope) -> tuple[tree.Column, ...]:
    """Named and checked, in order: a later column may use the name of an earlier."""
    found = []
    for column in columns:
        value = _value(column.value, scope)
        found.append(_named(replace(column, value=value), column.value, scope))
        if column.named:
            if _is_structure(value, scope):
                scope.structures.add(column.name)
            scope.define(column.name, column.span)
    return tuple(found)


def _named(column: tree.Column, written: tree.Expression, scope: _Scope) -> tree.Column:
    if column.named or isinstance(written, tree.Field):
        return column
    return replace(column, name=scope.written(written))


def _parse(
    command: tree.ParseGlob | tree.ParseRegex, scope: _Scope
) -> tree.ParseGlob | tree.ParseRegex:
    subject = _value(command.subject, scope)
    for name in command.names:
        scope.define(name, command.span)
    return replace(command, subject=subject)


def _stats(command: tree.Stats, scope: _Scope) -> tree.Stats:
    """Checked; from here on only its own columns are left."""
    aggregates, groups = [], []
    for column in command.aggregates:
        value = _aggregate(_renewed(_shallow(column.value), scope), scope)
        aggregates.append(_named(replace(column, value=value), column.value, scope))
    for column in command.groups:
        value = _plain(column.value, scope)
        groups.append(_named(replace(column, value=value), column.value, scope))
    left = [*groups, *aggregates]
    _leave(left, scope)
    return replace(command, aggregates=tuple(aggregates), groups=tuple(groups))


def _leave(columns: Sequence[tree.Column], scope: _Scope) -> None:
    scope.fields, scope.aliases = frozenset(), set()
    scope.structures = set()
    for column in columns:
        scope.define(column.name, column.span)
    computed = [c for c in columns if not isinstance(c.value, tree.Field)]
    scope.columns = {column.value: column.name for column in computed}


def _aggregate(node: tree.Expression, scope: _Scope) -> tree.Expression:
    """A column of stats: aggregates, and what is computed from them alone."""
    pending, found = [node], False
    while pending:
        part = pending.pop()
        if isinstance(part, tree.Call) and _function(part).aggregate:
            found = True
            _check_call(part, scope)
            for arg in part.args:
                _check(arg, scope)
                _refuse_structure(arg, scope)
        elif isinstance(part, tree.Field):
            raise Misplaced(f"{part.name} is not inside an aggregate", part.span)
        else:
            _check_one(part, scope)
            pending.extend(tree.parts(part))
    if not found:
        raise Misplaced("stats needs an aggregate such as count(*)", node.span)
    return node


def _value(node: tree.Expression, scope: _Scope) -> tree.Expression:
    """Checked, as a value of one row."""
    node = _resolved(_shallow(node), scope)
    _check(node, scope)
    return node


def _plain(node: tree.Expression, scope: _Scope) -> tree.Expression:
    """Checked, as a value rows can be compared by: no map or list."""
    node = _value(node, scope)
    _refuse_structure(node, scope)
    return node


def _shallow(node: tree.Expression) -> tree.Expression:
    """The same, unless it is nested too deeply for recursion."""
    pending = [(node, 1)]
    while pending:
        part, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise Misplaced(f"nested more than {MAX_DEPTH} deep", part.span)
        pending.extend((below, depth + 1) for below in tree.parts(part))
    return node


def _resolved(node: tree.Expression, scope: _Scope) -> tree.Expression:
    """With the columns of the last stats in place of what repeats them."""
    if not scope.columns:
        return node
    if node in scope.columns:
        return tree.Field(scope.columns[node], node.span)
    return tree.mapped(node, lambda part: _resolved(part, scope))


def _renewed(node: tree.Expression, scope: _Scope) -> tree.Expression:
    """The same inside aggregates only: another count(*) counts anew."""
    within = isinstance(node, tree.Call) and _function(node).aggregate
    change = _resolved if within else _renewed
    return tree.mapped(node, lambda part: change(part, scope))


def _check(node: tree.Expression, scope: _Scope) -> None:
    """No aggregate here; everything else as `_check_one` says."""
    if isinstance(node, tree.Call) and _function(node).aggregate:
        name = _function(node).name
        raise Misplaced(f"{name} is an aggregate, which only stats has", node.span)
    _check_one(node, scope)
    for part in tree.parts(node):
        _check(part, scope)


def _check_one(node: tree.Expression, scope: _Scope) -> None:
    match node:
        case tree.Field(name=name):
            if scope.fields is not None and name not in scope.fields:
                message = f"unknown symbols found in or after stats: {name}"
                raise Misplaced(message, node.span)
        case tree.Call():
            _check_call(node, scope)
        case tree.AllOf(parts=conditions) | tree.AnyOf(parts=conditions):
            for each in conditions:
                _condition(each)
        case tree.Not(part=part):
            _condition(part)


def _function(call: tree.Call) -> Function:
    if found := FUNCTIONS.get(call.name):
        return found
    known = call.name in NOT_EMULATED
    message = (
        "the function {} is not emulated locally" if known else "unknown function {}"
    )
    raise Misplaced(message.format(call.name), call.span)


def _check_call(call: tree.Call, scope: _Scope) -> None:
    function = _function(call)
    if len(call.args) < len(function.takes):
        needed = _counted(len(function.takes))
        raise Misplaced(f"{function.name} takes {needed} or more", call.span)
    for index, arg in enumerate(call.args):
        kind = function.kind_of(index)
        if kind is None:
            raise Misplaced(f"{function.name} takes {_counted(index)}", arg.span)
        if not _fits(arg, kind, function, scope):
            message = f"{function.name} takes {kind} as argument {index + 1}"
            raise Misplaced(message, arg.span)
    stamped = scope.fields is None or "@timestamp" in scope.fields
    if function.name in _TIMED and not stamped:
        message = f"{function.name} needs @timestamp, which stats has not kept"
        raise Misplaced(message, call.span)


def _counted(arguments: int) -> str:
    return "1 argument" if arguments == 1 else f"{arguments} arguments"


def _fits(arg: tree.Expression, kind: Kind, function: Function, scope: _Scope) -> bool:
    if isinstance(arg, tree.Star):
        return function.name == "count"
    if isinstance(arg, tree.Period) or kind is Kind.PERIOD:
        return isinstance(arg, tree.Period) and kind is Kind.PERIOD and arg.count > 0
    if kind is Kind.PERCENT:
        return isinstance(arg, tree.Number) and 0 <= arg.value <= 100
    if kind is Kind.SUBNET:
        return isinstance(arg, tree.Text) and _is_subnet(arg.value)
    if kind is Kind.STRUCTURE:
        return _is_structure(arg, scope)
    return kind is not Kind.TRUTH or _is_condition(arg)


def _is_subnet(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _is_structure(node: tree.Expression, scope: _Scope) -> bool:
    match node:
        case tree.Call(name="jsonparse"):
            return True
        case tree.Field(name=name):
            return name in scope.structures
    return False


def _refuse_structure(node: tree.Expression, scope: _Scope) -> None:
    if _is_structure(node, scope):
        message = "a map or list cannot be used in stats, sort or dedup"
        raise Misplaced(message, node.span)


def _condition(node: tree.Expression) -> tree.Expression:
    if not _is_condition(node):
        raise Misplaced("a condition is expected here", node.span)
    return node


def _is_condition(node: tree.Expression) -> bool:
    match node:
        case tree.Binary(op=op):
            return op not in tree.ARITHMETIC
        case tree.Call():
            return _function(node).gives in (Kind.TRUTH, Kind.VALUE)
        case (
            tree.Text() | tree.Number() | tree.Negative() | tree.Period() | tree.Star()
        ):
            return False
    return True
