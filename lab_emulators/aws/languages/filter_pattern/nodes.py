"""The tree of a filter pattern."""

from dataclasses import dataclass
from enum import Enum


class Every(Enum):
    """A step of a selector that goes to many places."""

    FIELD = "*"
    ELEMENT = "[*]"


Step = str | int | Every
"""A property, the index of an element, or every one of them."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Where in a JSON message; `text` is what the pattern says, `$.a[0].b`."""

    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A field of a space-delimited line, by its name in the pattern."""

    text: str


@dataclass(frozen=True, slots=True)
class Glob:
    """Text with anything at all between each two `chunks`."""

    chunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and how the pattern writes it."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression in what Python's and RE2's syntax have in common.

    Only the end of the text is `\\z`, which Python spells `\\Z`. `anchored` says that
    it asks for the text's beginning or end. `loops` counts the parts that repeat
    without end, or nearly; `choices` the ways to take all the others.
    """

    expression: str
    anchored: bool
    loops: int = 0
    choices: int = 1


Value = Glob | Number | Regex


@dataclass(frozen=True, slots=True)
class Compare:
    """A value of the message against one of the pattern; `op` as it is written."""

    subject: Selector | Name
    op: str
    value: Value


@dataclass(frozen=True, slots=True)
class Is:
    """There is null, true or false at that place."""

    subject: Selector
    value: bool | None


@dataclass(frozen=True, slots=True)
class NotExists:
    """There is nothing at that place, not even null."""

    subject: Selector


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Condition", ...]


Condition = Compare | Is | NotExists | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Terms:
    """Text that occurs in the message, text that does not, a regular expression."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    regex: Regex | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A condition on a message that is a JSON object."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a line; `name` is None where the pattern has none."""

    name: str | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Fields of a space-delimited line: those before `...`, and those after it.

    `after` is None where the pattern has no `...`.
    """

    before: tuple[Field, ...]
    after: tuple[Field, ...] | None

    @property
    def fields(self) -> tuple[Field, ...]:
        """All of them."""
        return (*self.before, *(self.after or ()))


Tree = Terms | Document | Line
