"""Expressions of a query: what names, functions and conditions may stand where.

Once checked, an expression after `stats` that repeats one of its columns
(`sort count(*)`) is that column, so that whoever runs the tree looks it up by name.
"""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.functions import (
    FUNCTIONS,
    NOT_EMULATED,
    ArgumentKind,
    InsightsFunction,
)
from lab_emulators.lang import nodes
from lab_emulators.lang.source import QueryError, Span

MAX_DEPTH = 100
MAX_FIELDS = 200
"""Fields a query may read: the lab's own bound, planning takes long beyond it."""
_TIMED = frozenset({"bin", "earliest", "latest"})


@dataclass(slots=True)
class NameScope:
    """The names that one command of the query may use."""

    text: str
    fields: frozenset[str] | None = None  # those left by stats; None is any
    columns: dict[tree.Expression, str] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    structures: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)

    def define(self, name: str, span: Span) -> None:
        """A new name, which later commands may use and none may define again."""
        if name in self.aliases:
            raise QueryError(f"{name} is defined twice", span)
        self.aliases.add(name)
        if self.fields is not None:
            self.fields |= {name}

    def written(self, node: tree.Expression) -> str:
        """The text of `node`, on one line."""
        return " ".join(self.text[node.span.start : node.span.end].split())


def checked_value(node: tree.Expression, scope: NameScope) -> tree.Expression:
    """Checks a value of one row."""
    node = _resolved(_shallow(node), scope)
    _check(node, scope)
    return node


def comparable(node: tree.Expression, scope: NameScope) -> tree.Expression:
    """Checks a value that rows can be compared by: no map or list."""
    node = checked_value(node, scope)
    _refuse_structure(node, scope)
    return node


def checked_aggregate(
    node: tree.Expression, scope: NameScope, known: Set[str] = frozenset()
) -> tree.Expression:
    """A column of stats: aggregates, and what is computed from them alone.

    `known` are the names of the columns before it, which it may use.
    """
    node = _renewed(_shallow(node), scope)
    # Outside aggregates only names of columns before this one may stand; inside
    # them any field of the rows. So the walk stops where an aggregate begins.
    pending, has_aggregate = [node], False
    while pending:
        part = pending.pop()
        if isinstance(part, nodes.FunctionCall) and _function(part).aggregate:
            has_aggregate = True
            _check_call(part, scope)
            for arg in part.args:
                _check(arg, scope)
                _refuse_structure(arg, scope)
        elif isinstance(part, nodes.Field) and part.name in known:
            has_aggregate = True
        elif isinstance(part, nodes.Field):
            raise QueryError(f"{part.name} is not inside an aggregate", part.span)
        else:
            _check_one(part, scope)
            pending.extend(nodes.parts(part))
    if not has_aggregate:
        raise QueryError("stats needs an aggregate such as count(*)", node.span)
    return node


def _shallow(node: tree.Expression) -> tree.Expression:
    """The expression itself, unless it is nested too deeply for recursion."""
    if deep := nodes.too_deep(node, MAX_DEPTH):
        raise QueryError(f"nested more than {MAX_DEPTH} deep", deep.span)
    return node


def _resolved(node: tree.Expression, scope: NameScope) -> tree.Expression:
    """Replaces what repeats a column of the last stats by that column."""
    if not scope.columns:
        return node
    if node in scope.columns:
        return nodes.Field(scope.columns[node], span=node.span)
    if isinstance(node, tree.TextMatch):  # its pattern is no value
        return replace(node, subject=_resolved(node.subject, scope))
    return nodes.mapped(node, lambda part: _resolved(part, scope))


def _renewed(node: tree.Expression, scope: NameScope) -> tree.Expression:
    """Replaces repeats inside aggregates only: another count(*) counts anew."""
    within = isinstance(node, nodes.FunctionCall) and _function(node).aggregate
    change = _resolved if within else _renewed
    return nodes.mapped(node, lambda part: change(part, scope))


def _check(node: tree.Expression, scope: NameScope) -> None:
    """Refuses aggregates, and what `_check_one` refuses."""
    if isinstance(node, nodes.FunctionCall) and _function(node).aggregate:
        name = _function(node).name
        raise QueryError(f"{name} is an aggregate, which only stats has", node.span)
    _check_one(node, scope)
    for part in nodes.parts(node):
        _check(part, scope)


def _check_one(node: tree.Expression, scope: NameScope) -> None:
    match node:
        case nodes.Field(name=name):
            if scope.fields is not None and name not in scope.fields:
                message = f"unknown symbols found in or after stats: {name}"
                raise QueryError(message, node.span)
            scope.read.add(name)
            if len(scope.read) > MAX_FIELDS:
                raise QueryError(f"more than {MAX_FIELDS} fields", node.span)
        case nodes.FunctionCall():
            _check_call(node, scope)
        case nodes.AllOf(parts=conditions) | nodes.AnyOf(parts=conditions):
            for each in conditions:
                checked_condition(each)
        case nodes.Not(part=part):
            checked_condition(part)


def _function(call: nodes.FunctionCall[tree.Expression]) -> InsightsFunction:
    if function := FUNCTIONS.get(call.name):
        return function
    known = call.name in NOT_EMULATED
    message = (
        "the function {} is not emulated locally" if known else "unknown function {}"
    )
    raise QueryError(message.format(call.name), call.span)


def _check_call(call: nodes.FunctionCall[tree.Expression], scope: NameScope) -> None:
    function = _function(call)
    if len(call.args) < len(function.takes):
        needed = _counted(len(function.takes))
        raise QueryError(f"{function.name} takes {needed} or more", call.span)
    for index, arg in enumerate(call.args):
        kind = function.kind_of(index)
        if kind is None:
            raise QueryError(f"{function.name} takes {_counted(index)}", arg.span)
        if not _fits(arg, kind, function, scope):
            message = f"{function.name} takes {kind} as argument {index + 1}"
            raise QueryError(message, arg.span)
    stamped = scope.fields is None or "@timestamp" in scope.fields
    if function.name in _TIMED and not stamped:
        message = f"{function.name} needs @timestamp, which stats has not kept"
        raise QueryError(message, call.span)


def _counted(arguments: int) -> str:
    return "1 argument" if arguments == 1 else f"{arguments} arguments"


def _fits(
    arg: tree.Expression,
    kind: ArgumentKind,
    function: InsightsFunction,
    scope: NameScope,
) -> bool:
    if isinstance(arg, nodes.Star):
        return function.name == "count"
    if isinstance(arg, tree.Period) or kind is ArgumentKind.PERIOD:
        return (
            isinstance(arg, tree.Period)
            and kind is ArgumentKind.PERIOD
            and arg.count > 0
        )
    if kind is ArgumentKind.PERCENT:
        return isinstance(arg, nodes.Number) and 0 <= arg.value <= 100
    if kind is ArgumentKind.SUBNET:
        return isinstance(arg, nodes.Text) and _is_subnet(arg.value)
    if kind is ArgumentKind.STRUCTURE:
        return is_structure(arg, scope)
    return kind is not ArgumentKind.TRUTH or _is_condition(arg)


def _is_subnet(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def is_structure(node: tree.Expression, scope: NameScope) -> bool:
    match node:
        case nodes.FunctionCall(name="jsonparse"):
            return True
        case nodes.Field(name=name):
            return name in scope.structures
    return False


def _refuse_structure(node: tree.Expression, scope: NameScope) -> None:
    if is_structure(node, scope):
        message = "a map or list cannot be used in stats, sort or dedup"
        raise QueryError(message, node.span)


def checked_condition(node: tree.Expression) -> tree.Expression:
    if not _is_condition(node):
        raise QueryError("a condition is expected here", node.span)
    return node


def _is_condition(node: tree.Expression) -> bool:
    match node:
        case nodes.Binary(op=op):
            return op not in tree.ARITHMETIC
        case nodes.FunctionCall():
            return _function(node).gives in (ArgumentKind.TRUTH, ArgumentKind.VALUE)
        case (
            nodes.Text()
            | nodes.Number()
            | nodes.Negative()
            | tree.Period()
            | nodes.Star()
        ):
            return False
    return True
