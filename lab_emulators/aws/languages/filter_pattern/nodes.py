"""The tree of a filter pattern."""

import math
import re
from dataclasses import dataclass
from enum import Enum

from lab_emulators.lang.nodes import AllOf, AnyOf, Node

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


class Every(Enum):
    """A wildcard step of a selector."""

    FIELD = "*"
    ELEMENT = "[*]"


Step = str | int | Every
"""A property, the index of an element, or every one of them."""


@dataclass(frozen=True, slots=True)
class Selector(Node):
    """A path into a JSON message; `text` is that of the pattern, `$.a[0].b`."""

    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class FieldName(Node):
    """A field of a space-delimited line, by its name in the pattern."""

    text: str


@dataclass(frozen=True, slots=True)
class Glob(Node):
    """Text with anything at all between each two `chunks`."""

    chunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    """A number, and how the pattern writes it."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Regex(Node):
    """A regular expression in what Python's and RE2's syntax have in common.

    Only the end of the text is `\\z`, which Python spells `\\Z`. `anchored` says that
    it asks for the text's beginning or end. `loops` counts the parts that repeat
    without end, or nearly; `choices` the ways to take all the others.
    """

    expression: str
    anchored: bool
    loops: int = 0
    choices: int = 1


Value = Glob | NumberLiteral | Regex


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """A value of the message against one of the pattern; `op` as it is written."""

    subject: Selector | FieldName
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class IsConstant(Node):
    """The selector leads to null, true or false."""

    subject: Selector
    value: bool | None


@dataclass(frozen=True, slots=True)
class NotExists(Node):
    """The selector leads to nothing, not even to null."""

    subject: Selector


Condition = Compare | IsConstant | NotExists | AllOf["Condition"] | AnyOf["Condition"]


@dataclass(frozen=True, slots=True)
class Terms(Node):
    """Text that occurs in the message, text that does not, a regular expression."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    regex: Regex | None = None


@dataclass(frozen=True, slots=True)
class Document(Node):
    """A condition on a message that is a JSON object."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class LineField(Node):
    """One field of a line; `name` is None where the pattern has none."""

    name: str | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Line(Node):
    """Fields of a space-delimited line: those before `...`, and those after it.

    `after` is None where the pattern has no `...`.
    """

    before: tuple[LineField, ...]
    after: tuple[LineField, ...] | None

    @property
    def fields(self) -> tuple[LineField, ...]:
        """The fields before and after `...`."""
        return (*self.before, *(self.after or ()))


Tree = Terms | Document | Line


def number_of(text: str) -> float | None:
    """The number that a pattern or a message writes as `text`, None for other texts.

    None too for what is beyond 64-bit floats.
    """
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None
