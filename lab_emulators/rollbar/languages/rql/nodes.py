"""The tree of an RQL query.

Trees that `parse` gives have passed `check`: functions exist and have the right
number of arguments, aggregates stand only where they may.
"""

from dataclasses import dataclass, field

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
from lab_emulators.lang.source import NOWHERE, Span

ARITHMETIC = frozenset({"+", "-", "*", "/", "div", "mod"})
"""The operators that give numbers; all others compare."""


@dataclass(frozen=True, slots=True)
class Null(Node):
    """The missing value."""


@dataclass(frozen=True, slots=True)
class Like(Node):
    """LIKE: the whole text, `%` for any characters, `_` for one, `\\` before either."""

    subject: "Expression"
    pattern: str


@dataclass(frozen=True, slots=True)
class RangeTest(Node):
    """BETWEEN: from `low` to `high`, both included."""

    subject: "Expression"
    low: "Expression"
    high: "Expression"


@dataclass(frozen=True, slots=True)
class IsTest(Node):
    """IS NULL, IS TRUE or IS FALSE; `what` None is NULL. Never null itself."""

    subject: "Expression"
    what: bool | None


Expression = (
    Field
    | Text
    | Number
    | Boolean
    | Null
    | Star
    | FunctionCall["Expression"]
    | Binary["Expression"]
    | Negative["Expression"]
    | AllOf["Expression"]
    | AnyOf["Expression"]
    | Not["Expression"]
    | Like
    | In["Expression"]
    | RangeTest
    | IsTest
)


@dataclass(frozen=True, slots=True)
class ResultColumn(Node):
    """A value and its name in the results: the alias, else the text as written."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class RqlQuery:
    """One SELECT; `selected` is empty for `*`, and `limit` None without a LIMIT.

    Numbers and aliases of GROUP BY and ORDER BY are replaced by what they stand for.
    """

    table: str
    selected: tuple[ResultColumn, ...]
    where: Expression | None = None
    groups: tuple[Expression, ...] = ()
    order: tuple[SortKey[Expression], ...] = ()
    limit: int | None = None
    skip: int = 0
    table_span: Span = field(default=NOWHERE, compare=False)
