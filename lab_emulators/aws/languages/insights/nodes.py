"""The tree of a Logs Insights query: commands in order, expressions inside them.

Trees that `parse` gives have passed `check`: functions exist and have the right
number of arguments, aggregates stand only where they may.
"""

from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.lang.nodes import (
    AllOf,
    AnyOf,
    Binary,
    Boolean,
    Field,
    FunctionCall,
    In,
    Negative,
    Node,
    Not,
    Number,
    SortKey,
    Star,
    Text,
)

ARITHMETIC = frozenset("+-*/%^")
"""The operators that give numbers; all others compare."""


class Unit(StrEnum):
    """The units of a period, by AWS's shortest name."""

    MILLISECOND = "ms"
    SECOND = "s"
    MINUTE = "m"
    HOUR = "h"
    DAY = "d"
    WEEK = "w"
    MONTH = "mo"
    QUARTER = "q"
    YEAR = "y"


@dataclass(frozen=True, slots=True)
class Period(Node):
    """A length of time, only ever an argument of bin, datefloor and dateceil.

    Counts are capped as AWS does, at 1000 ms, 60 s, 60 m and 24 h: 300s is 60s.
    """

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class RegexLiteral(Node):
    """A regular expression between slashes, with `\\/` undone and `(?P<name>…)`.

    Only ever the pattern of Like and ParseRegex; RE2 can run it.
    """

    pattern: str


@dataclass(frozen=True, slots=True)
class TextMatch(Node):
    """`like` or `=~`: a substring (Text) or a regular expression (Regex)."""

    subject: "Expression"
    pattern: Text | RegexLiteral


Expression = (
    Field
    | Text
    | Number
    | Boolean
    | Period
    | RegexLiteral
    | Star
    | FunctionCall["Expression"]
    | Binary["Expression"]
    | Negative["Expression"]
    | AllOf["Expression"]
    | AnyOf["Expression"]
    | Not["Expression"]
    | TextMatch
    | In["Expression"]
)


@dataclass(frozen=True, slots=True)
class OutputColumn(Node):
    """A value and its name in the results: the alias, else the text as written.

    The name of a plain field is the field's; `named` tells an alias from the rest.
    """

    name: str
    value: Expression
    named: bool = False


@dataclass(frozen=True, slots=True)
class FieldsCommand(Node):
    """Values to show, and names that later columns and commands may use."""

    columns: tuple[OutputColumn, ...]


@dataclass(frozen=True, slots=True)
class DisplayCommand(Node):
    """The values to show, instead of all that earlier commands show."""

    columns: tuple[OutputColumn, ...]


@dataclass(frozen=True, slots=True)
class FilterCommand(Node):
    """Keeps the rows for which the condition holds."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class StatsCommand(Node):
    """One row for each combination of `groups`, one in all when there are none."""

    aggregates: tuple[OutputColumn, ...]
    groups: tuple[OutputColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class SortCommand(Node):
    """Orders the rows: by the first key, then the next."""

    keys: tuple[SortKey[Expression], ...]


@dataclass(frozen=True, slots=True)
class LimitCommand(Node):
    """Greatest number of rows; of several `limit` commands the smallest holds."""

    count: int


@dataclass(frozen=True, slots=True)
class ParseGlob(Node):
    """Texts between the `literals` of the pattern, one name for each `*`.

    `"user=*, ip=*"` has the literals `("user=", ", ip=", "")`.
    """

    subject: Expression
    literals: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParseRegex(Node):
    """Matches of the named groups of the pattern; `names` are in their order."""

    subject: Expression
    pattern: RegexLiteral
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DedupCommand(Node):
    """The first row, in the order so far, of each combination of the fields."""

    fields: tuple[Field, ...]


Command = (
    FieldsCommand
    | DisplayCommand
    | FilterCommand
    | StatsCommand
    | SortCommand
    | LimitCommand
    | ParseGlob
    | ParseRegex
    | DedupCommand
)


@dataclass(frozen=True, slots=True)
class InsightsQuery:
    """The commands of a query, in order."""

    commands: tuple[Command, ...]
