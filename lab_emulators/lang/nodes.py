"""The nodes that expressions of several query languages are made of.

A language adds nodes of its own and says in a union what its expressions are. Every
node carries its `span` of the query's text, which equality leaves out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from lab_emulators.lang.source import NOWHERE, Span

E = TypeVar("E")
N = TypeVar("N", bound="Node")


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a tree; `span` is its part of the text."""

    span: Span = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A field, column or alias by name, without quotes: `@message`, `person.id`."""

    name: str


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A quoted text, its escapes undone."""

    value: str


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number without sign."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Star(Node):
    """The `*` of count(*)."""


@dataclass(frozen=True, slots=True)
class FunctionCall(Node, Generic[E]):
    """A function by its name, and its arguments."""

    name: str
    args: tuple[E, ...]


@dataclass(frozen=True, slots=True)
class Binary(Node, Generic[E]):
    """Arithmetic or a comparison; `op` is the operator's sign."""

    op: str
    left: E
    right: E


@dataclass(frozen=True, slots=True)
class Negative(Node, Generic[E]):
    """A minus before a value."""

    part: E


@dataclass(frozen=True, slots=True)
class AllOf(Node, Generic[E]):
    """`and` between two or more conditions."""

    parts: tuple[E, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Node, Generic[E]):
    """`or` between two or more conditions."""

    parts: tuple[E, ...]


@dataclass(frozen=True, slots=True)
class Not(Node, Generic[E]):
    """`not`, also that of `not in`."""

    part: E


@dataclass(frozen=True, slots=True)
class In(Node, Generic[E]):
    """Comparison that is true if the value equals one of a list."""

    subject: E
    choices: tuple[E, ...]


@dataclass(frozen=True, slots=True)
class SortKey(Node, Generic[E]):
    """One value to sort by."""

    value: E
    descending: bool = False


def parts(node: Node) -> tuple[Any, ...]:
    """The nodes right below `node`, in the order they are written."""
    nodes: list[Node] = []
    for name in _attributes(node):
        nodes += _nodes(getattr(node, name))
    return tuple(nodes)


def mapped(node: N, change: Callable[[Any], Any]) -> N:
    """`node` with each of its parts put through `change`."""
    changes: dict[str, Any] = {}
    for name in _attributes(node):
        value = getattr(node, name)
        if below := _nodes(value):
            new = tuple(map(change, below))
            changes[name] = new if isinstance(value, tuple) else new[0]
    return replace(node, **changes) if changes else node


def walk(node: N) -> Iterator[N]:
    """`node` and everything below it, in the order it is written."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending += reversed(parts(current))


def too_deep(node: N, most: int) -> N | None:
    """The first node that stands more than `most` levels deep, None without one."""
    return next((part for part, depth in _levels(node) if depth > most), None)


def depth_of(node: Node) -> int:
    """The number of levels of a tree; a leaf has one."""
    return max(depth for _, depth in _levels(node))


def _levels(node: N) -> Iterator[tuple[N, int]]:
    """`node` and everything below it, and the depth of each."""
    pending = [(node, 1)]
    while pending:
        current, depth = pending.pop()
        yield current, depth
        pending += ((part, depth + 1) for part in parts(current))


def _nodes(value: object) -> tuple[Node, ...]:
    """The nodes that an attribute of a node holds."""
    if isinstance(value, tuple):
        return tuple(each for each in value if isinstance(each, Node))
    return (value,) if isinstance(value, Node) else ()


def _attributes(node: Node) -> tuple[str, ...]:
    """The attributes of a node but its span, which only keywords set."""
    names: tuple[str, ...] = node.__match_args__
    return names
