"""The parts of a metric math expression."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Name:
    """The id of a metric or expression, or a word such as REPEAT."""

    value: str


@dataclass(frozen=True, slots=True)
class Array:
    """Several series as one value."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in capitals."""

    name: str
    args: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands; AND and OR stand for `&&` and `||` too."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus sign before an operand."""

    operand: "Node"


Node = Number | Text | Name | Array | Call | Binary | Negative
