"""The tree of an RQL query.

Every node carries its `span`, offsets into the query's text, which equality leaves
out. Trees that `parse` gives have passed `check`: functions exist and have the right
number of arguments, aggregates stand only where they may.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    DIV = "div"
    MOD = "mod"
    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


ARITHMETIC = frozenset({Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.DIV, Op.MOD})


@dataclass(frozen=True, slots=True)
class Field:
    """A column or an alias by name, without backticks: `item.counter`, `person.id`."""

    name: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, its escapes undone but for those of a pattern, `\\%` and `\\_`."""

    value: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number without sign."""

    value: int | float
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Boolean:
    """TRUE or FALSE: values 1 and 0."""

    value: bool
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Null:
    """The missing value."""

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
    """AND between two or more conditions."""

    parts: tuple["Expression", ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """OR between two or more conditions."""

    parts: tuple["Expression", ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """NOT, also that of NOT LIKE, NOT IN, NOT BETWEEN and IS NOT."""

    part: "Expression"
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE: the whole text, `%` for any characters, `_` for one, `\\` before either."""

    subject: "Expression"
    pattern: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """Equal to one of the values."""

    subject: "Expression"
    choices: tuple["Expression", ...]
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """From `low` to `high`, both included."""

    subject: "Expression"
    low: "Expression"
    high: "Expression"
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Is:
    """IS NULL, IS TRUE or IS FALSE; `what` None is NULL. Never null itself."""

    subject: "Expression"
    what: bool | None
    span: Span = field(default=NOWHERE, compare=False)


Expression = (
    Field
    | Text
    | Number
    | Boolean
    | Null
    | Star
    | Call
    | Binary
    | Negative
    | AllOf
    | AnyOf
    | Not
    | Like
    | In
    | Between
    | Is
)


@dataclass(frozen=True, slots=True)
class Selected:
    """A value and its name in the results: the alias, else the text as written."""

    name: str
    value: Expression
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Key:
    """One value to sort by."""

    value: Expression
    descending: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT; `selected` is empty for `*`, and `limit` None where none is given.

    Numbers and aliases of GROUP BY and ORDER BY are replaced by what they stand for.
    """

    table: str
    selected: tuple[Selected, ...]
    where: Expression | None = None
    groups: tuple[Expression, ...] = ()
    order: tuple[Key, ...] = ()
    limit: int | None = None
    skip: int = 0
    table_span: Span = field(default=NOWHERE, compare=False)


def parts(node: Expression) -> tuple[Expression, ...]:
    """The expressions right below `node`, in the order they are written."""
    match node:
        case Call(args=found) | AllOf(parts=found) | AnyOf(parts=found):
            return found
        case Binary(left=left, right=right):
            return (left, right)
        case Negative(part=part) | Not(part=part):
            return (part,)
        case Like(subject=subject) | Is(subject=subject):
            return (subject,)
        case In(subject=subject, choices=choices):
            return (subject, *choices)
        case Between(subject=subject, low=low, high=high):
            return (subject, low, high)
        case _:
            return ()


def walk(node: Expression) -> Iterator[Expression]:
    """`node` and everything below it, in the order it is written."""
    stack = [node]
    while stack:
        found = stack.pop()
        yield found
        stack += reversed(parts(found))
