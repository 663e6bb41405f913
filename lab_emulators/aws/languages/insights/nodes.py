"""The tree of a Logs Insights query: commands in order, expressions inside them.

Every node carries its `span`, offsets into the query's text, which equality leaves
out. Trees that `parse` gives have passed `check`: functions exist and have the right
number of arguments, aggregates stand only where they may.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple


class Span(NamedTuple):
    """Where a node stands: characters `start` up to, not including, `end`."""

    start: int
    end: int


NOWHERE = Span(0, 0)


class Op(StrEnum):
    """The operators that take two values."""

    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    REMAINDER = "%"
    POWER = "^"
    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


ARITHMETIC = frozenset(
    {Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.REMAINDER, Op.POWER}
)


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
class Field:
    """A field by name, without backticks: `@message`, `http.route`, `items.0.id`.

    `items[0].id` is the same field as `items.0.id`. A name may also be an alias of an
    earlier command, or lead into one (`parsed.user` where `parsed` is a jsonParse).
    """

    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, its escapes undone."""

    value: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number without sign."""

    value: int | float
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Boolean:
    """`true` or `false`: values 1 and 0."""

    value: bool
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time, only ever an argument of bin, datefloor and dateceil.

    Counts are capped as AWS does, at 1000 ms, 60 s, 60 m and 24 h: 300s is 60s.
    """

    count: int
    unit: Unit
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression between slashes, with `\\/` undone and `(?P<name>…)`.

    Only ever the pattern of Like and ParseRegex; RE2 can run it.
    """

    pattern: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Star:
    """The `*` of count(*)."""

    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `functions.FUNCTIONS` by its key there (lower case)."""

    name: str
    args: tuple["Expression", ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic or a comparison."""

    op: Op
    left: "Expression"
    right: "Expression"
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus before a value."""

    part: "Expression"
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """`and` between two or more conditions."""

    parts: tuple["Expression", ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`or` between two or more conditions."""

    parts: tuple["Expression", ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """`not`, also that of `not like` and `not in`."""

    part: "Expression"
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Like:
    """`like` or `=~`: a substring (Text) or a regular expression (Regex)."""

    subject: "Expression"
    pattern: Text | Regex
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """Equal to one of the values."""

    subject: "Expression"
    choices: tuple["Expression", ...]
    span: Span = field(default=NOWHERE, compare=False)


Expression = (
    Field
    | Text
    | Number
    | Boolean
    | Period
    | Regex
    | Star
    | Call
    | Binary
    | Negative
    | AllOf
    | AnyOf
    | Not
    | Like
    | In
)


@dataclass(frozen=True, slots=True)
class Column:
    """A value and its name in the results: the alias, else the text as written.

    The name of a plain field is the field's; `named` tells an alias from the rest.
    """

    name: str
    value: Expression
    named: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Fields:
    """Values to show, and names that later columns and commands may use."""

    columns: tuple[Column, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Display:
    """The values to show, in place of whatever was shown before."""

    columns: tuple[Column, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """Keeps the rows for which the condition holds."""

    condition: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Stats:
    """One row for each combination of `groups`, one in all when there are none."""

    aggregates: tuple[Column, ...]
    groups: tuple[Column, ...] = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One value to sort by."""

    value: Expression
    descending: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Sort:
    """Orders the rows: by the first key, then the next."""

    keys: tuple[SortKey, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many rows; the smallest of several holds."""

    count: int
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ParseGlob:
    """Texts between the `literals` of the pattern, one name for each `*`.

    `"user=*, ip=*"` has the literals `("user=", ", ip=", "")`.
    """

    subject: Expression
    literals: tuple[str, ...]
    names: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ParseRegex:
    """What the named groups of the pattern match; `names` are in their order."""

    subject: Expression
    pattern: Regex
    names: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Dedup:
    """The first row, in the order so far, of each combination of the fields."""

    fields: tuple[Field, ...]
    span: Span = field(default=NOWHERE, compare=False)


Command = (
    Fields | Display | Filter | Stats | Sort | Limit | ParseGlob | ParseRegex | Dedup
)


@dataclass(frozen=True, slots=True)
class Query:
    """The commands of a query, in order."""

    commands: tuple[Command, ...]


def parts(node: Expression) -> tuple[Expression, ...]:
    """The expressions right below `node`, in the order they are written."""
    match node:
        case Call(args=found) | AllOf(parts=found) | AnyOf(parts=found):
            return found
        case Binary(left=left, right=right):
            return (left, right)
        case Negative(part=part) | Not(part=part):
            return (part,)
        case Like(subject=subject, pattern=pattern):
            return (subject, pattern)
        case In(subject=subject, choices=choices):
            return (subject, *choices)
        case _:
            return ()


def mapped(node: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """`node` with each of its parts put through `change`."""
    match node:
        case Call(args=args):
            return replace(node, args=tuple(map(change, args)))
        case AllOf(parts=found) | AnyOf(parts=found):
            return replace(node, parts=tuple(map(change, found)))
        case Binary(left=left, right=right):
            return replace(node, left=change(left), right=change(right))
        case Negative(part=part) | Not(part=part):
            return replace(node, part=change(part))
        case Like(subject=subject):
            return replace(node, subject=change(subject))
        case In(subject=subject, choices=choices):
            chosen = tuple(map(change, choices))
            return replace(node, subject=change(subject), choices=chosen)
        case _:
            return node
