"""Expressions of a query: what names, functions and conditions may stand where.

Once checked, an expression after `stats` that repeats one of its columns
(`sort count(*)`) is that column, so that whoever runs the tree looks it up by name.
"""

from collections.abc import Set
from dataclasses import dataclass, field
from ipaddress import ip_network

from lab_emulators.aws.languages.insights import nodes
from lab_emulators.aws.languages.insights.errors import Misplaced
from lab_emulators.aws.languages.insights.functions import (
    FUNCTIONS,
    NOT_EMULATED,
    Function,
    Kind,
)

MAX_DEPTH = 100
MAX_FIELDS = 200
"""Fields a query may read: the lab's own bound, planning takes long beyond it."""
_TIMED = frozenset({"bin", "earliest", "latest"})


@dataclass(slots=True)
class Scope:
    """What names mean at one place of the query."""

    text: str
    fields: frozenset[str] | None = None  # those left by stats; None is any
    columns: dict[nodes.Expression, str] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    structures: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)

    def define(self, name: str, span: nodes.Span) -> None:
        """A new name, which later commands may use and none may define again."""
        if name in self.aliases:
            raise Misplaced(f"{name} is defined twice", span)
        self.aliases.add(name)
        if self.fields is not None:
            self.fields |= {name}

    def written(self, node: nodes.Expression) -> str:
        """The text of `node`, on one line."""
        return " ".join(self.text[node.span.start : node.span.end].split())


def checked_value(node: nodes.Expression, scope: Scope) -> nodes.Expression:
    """Checked, as a value of one row."""
    node = _resolved(_shallow(node), scope)
    _check(node, scope)
    return node


def comparable(node: nodes.Expression, scope: Scope) -> nodes.Expression:
    """Checked, as a value rows can be compared by: no map or list."""
    node = checked_value(node, scope)
    _refuse_structure(node, scope)
    return node


def checked_aggregate(
    node: nodes.Expression, scope: Scope, known: Set[str] = frozenset()
) -> nodes.Expression:
    """A column of stats: aggregates, and what is computed from them alone.

    `known` are the names of the columns before it, which it may use.
    """
    node = _renewed(_shallow(node), scope)
    pending, found = [node], False
    while pending:
        part = pending.pop()
        if isinstance(part, nodes.Call) and _function(part).aggregate:
            found = True
            _check_call(part, scope)
            for arg in part.args:
                _check(arg, scope)
                _refuse_structure(arg, scope)
        elif isinstance(part, nodes.Field) and part.name in known:
            found = True
        elif isinstance(part, nodes.Field):
            raise Misplaced(f"{part.name} is not inside an aggregate", part.span)
        else:
            _check_one(part, scope)
            pending.extend(nodes.parts(part))
    if not found:
        raise Misplaced("stats needs an aggregate such as count(*)", node.span)
    return node


def _shallow(node: nodes.Expression) -> nodes.Expression:
    """The same, unless it is nested too deeply for recursion."""
    pending = [(node, 1)]
    while pending:
        part, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise Misplaced(f"nested more than {MAX_DEPTH} deep", part.span)
        pending.extend((below, depth + 1) for below in nodes.parts(part))
    return node


def _resolved(node: nodes.Expression, scope: Scope) -> nodes.Expression:
    """With the columns of the last stats in place of what repeats them."""
    if not scope.columns:
        return node
    if node in scope.columns:
        return nodes.Field(scope.columns[node], node.span)
    return nodes.mapped(node, lambda part: _resolved(part, scope))


def _renewed(node: nodes.Expression, scope: Scope) -> nodes.Expression:
    """The same inside aggregates only: another count(*) counts anew."""
    within = isinstance(node, nodes.Call) and _function(node).aggregate
    change = _resolved if within else _renewed
    return nodes.mapped(node, lambda part: change(part, scope))


def _check(node: nodes.Expression, scope: Scope) -> None:
    """No aggregate here; everything else as `_check_one` says."""
    if isinstance(node, nodes.Call) and _function(node).aggregate:
        name = _function(node).name
        raise Misplaced(f"{name} is an aggregate, which only stats has", node.span)
    _check_one(node, scope)
    for part in nodes.parts(node):
        _check(part, scope)


def _check_one(node: nodes.Expression, scope: Scope) -> None:
    match node:
        case nodes.Field(name=name):
            if scope.fields is not None and name not in scope.fields:
                message = f"unknown symbols found in or after stats: {name}"
                raise Misplaced(message, node.span)
            scope.read.add(name)
            if len(scope.read) > MAX_FIELDS:
                raise Misplaced(f"more than {MAX_FIELDS} fields", node.span)
        case nodes.Call():
            _check_call(node, scope)
        case nodes.AllOf(parts=conditions) | nodes.AnyOf(parts=conditions):
            for each in conditions:
                checked_condition(each)
        case nodes.Not(part=part):
            checked_condition(part)


def _function(call: nodes.Call) -> Function:
    if found := FUNCTIONS.get(call.name):
        return found
    known = call.name in NOT_EMULATED
    message = (
        "the function {} is not emulated locally" if known else "unknown function {}"
    )
    raise Misplaced(message.format(call.name), call.span)


def _check_call(call: nodes.Call, scope: Scope) -> None:
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


def _fits(arg: nodes.Expression, kind: Kind, function: Function, scope: Scope) -> bool:
    if isinstance(arg, nodes.Star):
        return function.name == "count"
    if isinstance(arg, nodes.Period) or kind is Kind.PERIOD:
        return isinstance(arg, nodes.Period) and kind is Kind.PERIOD and arg.count > 0
    if kind is Kind.PERCENT:
        return isinstance(arg, nodes.Number) and 0 <= arg.value <= 100
    if kind is Kind.SUBNET:
        return isinstance(arg, nodes.Text) and _is_subnet(arg.value)
    if kind is Kind.STRUCTURE:
        return is_structure(arg, scope)
    return kind is not Kind.TRUTH or _is_condition(arg)


def _is_subnet(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def is_structure(node: nodes.Expression, scope: Scope) -> bool:
    match node:
        case nodes.Call(name="jsonparse"):
            return True
        case nodes.Field(name=name):
            return name in scope.structures
    return False


def _refuse_structure(node: nodes.Expression, scope: Scope) -> None:
    if is_structure(node, scope):
        message = "a map or list cannot be used in stats, sort or dedup"
        raise Misplaced(message, node.span)


def checked_condition(node: nodes.Expression) -> nodes.Expression:
    if not _is_condition(node):
        raise Misplaced("a condition is expected here", node.span)
    return node


def _is_condition(node: nodes.Expression) -> bool:
    match node:
        case nodes.Binary(op=op):
            return op not in nodes.ARITHMETIC
        case nodes.Call():
            return _function(node).gives in (Kind.TRUTH, Kind.VALUE)
        case (
            nodes.Text()
            | nodes.Number()
            | nodes.Negative()
            | nodes.Period()
            | nodes.Star()
        ):
            return False
    return True
