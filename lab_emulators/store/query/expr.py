"""A small typed expression tree, for whatever a vendor's query language says.

Every node has one static type. A predicate may come out null; null counts as false,
and `negate` and `definite` are where that is settled. Queries are compiled to SQL in
`render`; nothing here knows SQL or a vendor.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.store.schema.batch import ColumnType, Value

STRING, INTEGER = ColumnType.STRING, ColumnType.INTEGER
FLOAT, BOOLEAN = ColumnType.FLOAT, ColumnType.BOOLEAN
NUMBERS = frozenset({INTEGER, FLOAT})
MAX_SIZE = 20_000
MAX_DEPTH = 250
_INT64 = range(-(2**63), 2**63)


class SizeError(ValueError):
    """An expression of more than `MAX_SIZE` parts, or deeper than `MAX_DEPTH`."""


class Op(StrEnum):
    """Operators of calls; `render` has the SQL for each."""

    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    AND = "and"
    OR = "or"
    NOT = "not"
    IS_IN = "in"
    PRESENT = "present"
    FINITE = "finite"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"
    MATCHES = "matches"
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    MODULO = "%"
    FLOOR = "floor"
    LOG10 = "log10"
    LEAST = "least"
    GREATEST = "greatest"
    COALESCE = "coalesce"
    CASE = "case"
    TO_INTEGER = "to integer"
    TO_FLOAT = "to float"
    PARSE_NUMBER = "parse number"
    TO_TEXT = "to text"
    CONCAT = "concat"
    LENGTH = "length"
    BYTES = "bytes"
    LOWER = "lower"
    CHOMP = "chomp"
    EXTRACT = "extract"
    COUNT_MATCHES = "count matches"
    PARSE_TIME = "parse time"
    FORMAT_TIME = "format time"
    JSON_TEXT = "json text"
    JSON_KIND = "json kind"
    JSON_SCALAR = "json scalar"
    TO_NUMBER = "to number"
    CAST_NUMBER = "cast number"
    IS_NUMERAL = "is numeral"
    FLOOR_DIVIDE = "floor divide"
    INT_DIVIDE = "//"
    POWER = "^"
    ABS = "abs"
    CEIL = "ceil"
    SQRT = "sqrt"
    LN = "ln"
    UPPER = "upper"
    TRIM = "trim"
    TRIM_LEFT = "trim left"
    TRIM_RIGHT = "trim right"
    SUBSTRING = "substring"
    REPLACE = "replace"
    REPLACE_MATCHES = "replace matches"
    POSITION = "position"
    ROUND = "round"
    FINITE_OR_NULL = "finite or null"
    FLOOR_MONTHS = "floor months"
    ADD_MONTHS = "add months"
    NATURAL = "natural"
    IPV4_HEX = "ipv4 hex"
    IPV6_HEX = "ipv6 hex"


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of the rows read, or of the relation named by `scope`."""

    key: str
    type: ColumnType
    scope: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class EventTime:
    """The row's time, in nanoseconds since the epoch."""

    scope: str = ""
    type: ColumnType = INTEGER


@dataclass(frozen=True, slots=True, eq=False)
class SampleRate:
    """The number of events that the row stands for."""

    type: ColumnType = INTEGER


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A constant; None is the absent value of that type."""

    value: Value | None
    type: ColumnType


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """`op` applied to `args`; CASE takes condition, value, …, and a last else."""

    op: Op
    args: tuple["Expr", ...]
    type: ColumnType


Cell = Column | EventTime | SampleRate
"""A value that an expression reads of a row."""

Expr = Cell | Literal | Call
TRUE = Literal(True, BOOLEAN)  # noqa: FBT003 - a constant, not a switch
FALSE = Literal(False, BOOLEAN)  # noqa: FBT003


def literal(value: Value) -> Literal:
    """A constant of its own type; integers beyond 64 bits become floats."""
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, str):
        return Literal(value, STRING)
    if isinstance(value, int) and value in _INT64:
        return Literal(value, INTEGER)
    return Literal(float(value), FLOAT)


def predicate(op: Op, *args: Expr) -> Expr:
    """A call that is true, false, or null for false."""
    return Call(op, args, BOOLEAN)


def text(op: Op, *args: Expr) -> Expr:
    """A call with a string result."""
    return Call(op, args, STRING)


def real(op: Op, *args: Expr) -> Expr:
    """A call with a float result."""
    return Call(op, args, FLOAT)


def whole(op: Op, *args: Expr) -> Expr:
    """A call with an integer result."""
    return Call(op, args, INTEGER)


def all_of(conditions: Iterable[Expr]) -> Expr:
    """True when all are; no condition is true."""
    return _joined(Op.AND, tuple(conditions), TRUE)


def any_of(conditions: Iterable[Expr]) -> Expr:
    """True when one is; no condition is false."""
    return _joined(Op.OR, tuple(conditions), FALSE)


def _joined(op: Op, conditions: tuple[Expr, ...], empty: Expr) -> Expr:
    if len(conditions) < 2:
        return conditions[0] if conditions else empty
    return predicate(op, *conditions)


def absent(kind: ColumnType) -> Literal:
    """The missing value of a type."""
    return Literal(None, kind)


def definite(condition: Expr) -> Expr:
    """The condition with null made false."""
    sure = isinstance(condition, Call) and (
        condition.op in (Op.PRESENT, Op.NOT)
        or (condition.op is Op.COALESCE and condition.args[-1] is FALSE)
    )
    if sure or (isinstance(condition, Literal) and condition.value is not None):
        return condition
    return predicate(Op.COALESCE, condition, FALSE)


def negate(condition: Expr) -> Expr:
    """The plain complement: true wherever `condition` is false or null."""
    return predicate(Op.NOT, definite(condition))


def present(value: Expr) -> Expr:
    """True where `value` is not absent."""
    return predicate(Op.PRESENT, value)


def as_float(value: Expr) -> Expr:
    """A number as a float."""
    return value if value.type is FLOAT else real(Op.TO_FLOAT, value)


def merged(values: Sequence[Expr]) -> tuple[ColumnType, tuple[Expr, ...]]:
    """`values` brought to one type: float where integers and floats meet."""
    kinds = {value.type for value in values}
    if len(kinds) == 1:
        return values[0].type, tuple(values)
    if not kinds <= NUMBERS:
        raise TypeError(f"cannot merge {', '.join(sorted(kinds))}")
    return FLOAT, tuple(as_float(value) for value in values)


def coalesce(values: Sequence[Expr]) -> Expr:
    """The first value that is not absent."""
    kind, args = merged(values)
    return args[0] if len(args) == 1 else Call(Op.COALESCE, args, kind)


def case(branches: Sequence[tuple[Expr, Expr]], otherwise: Expr) -> Expr:
    """The value of the first branch whose condition is true."""
    kind, values = merged([value for _, value in branches] + [otherwise])
    args: list[Expr] = []
    for (condition, _), value in zip(branches, values, strict=False):
        args += [condition, value]
    return Call(Op.CASE, (*args, values[-1]), kind)


def same_text(one: Expr, other: Expr) -> Expr:
    """String equality that ignores one trailing newline on either side."""
    if isinstance(one, Literal):
        one, other = other, one
    if isinstance(other, Literal) and isinstance(other.value, str):
        return text_in(one, [other.value])
    return predicate(Op.EQ, text(Op.CHOMP, one), text(Op.CHOMP, other))


def equals_number(text: Expr, number: Expr) -> Expr:
    """Condition that `text` is written as a number that equals `number`; never null.

    The same as comparing `TO_NUMBER`, in half the time (99 for 194 ms CPU, two million
    texts of which one in a thousand is equal), so a whole filtered search of
    `benchmarks/logs_insights.py` takes 7 % less. Only how equal ones are written is
    looked at: a cast alone takes more spellings. Where many texts pass, as with <, it
    is slower.
    """
    equal = predicate(Op.EQ, real(Op.CAST_NUMBER, text), number)
    return case([(equal, predicate(Op.IS_NUMERAL, text))], FALSE)


def text_in(one: Expr, values: Iterable[str]) -> Expr:
    """Condition that `one` is in `values`, each side less one trailing newline."""
    spellings: dict[str, None] = {}
    for value in values:
        bare = value.removesuffix("\n")
        if not bare.endswith("\n"):
            spellings[bare] = None
        spellings[bare + "\n"] = None
    if not spellings:
        return FALSE
    return predicate(Op.IS_IN, one, *(literal(s) for s in spellings))


def walk(roots: Iterable[Expr]) -> Iterator[Expr]:
    """Every node under `roots` once; raise `SizeError` where one is too large."""
    # A node that several parents share is visited once, but counts in the size of each
    # parent: SQL repeats its text there.
    sizes: dict[int, tuple[int, int]] = {}
    for root in roots:
        for node in _unseen(root, sizes):
            parts = (
                [sizes[id(part)] for part in node.args]
                if isinstance(node, Call)
                else []
            )
            size = 1 + sum(part[0] for part in parts)
            depth = 1 + max((part[1] for part in parts), default=0)
            sizes[id(node)] = (size, depth)
            if size > MAX_SIZE or depth > MAX_DEPTH:
                raise SizeError("the expression is too large")
            yield node


def _unseen(root: Expr, seen: Container[int]) -> Iterator[Expr]:
    """Nodes under `root` not in `seen`, parts before wholes, without recursion."""
    stack: list[tuple[Expr, bool]] = [(root, False)]
    while stack:
        node, opened = stack.pop()
        if id(node) in seen:
            continue
        if opened or not isinstance(node, Call):
            yield node
        else:
            stack.append((node, True))
            stack.extend((part, False) for part in node.args)
