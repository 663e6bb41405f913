"""Values whose type may differ from row to row, over statically typed expressions.

A calculated field such as `IF($a, 1, "x")` is a number in one row and text in the
next. A `Variant` holds one expression for each family of types; in any row at most
one of them is present, and it is that row's value.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lab_emulators.store import ColumnType, Value
from lab_emulators.store.query import (
    FALSE,
    Call,
    Expr,
    Literal,
    Op,
    absent,
    any_of,
    as_float,
    case,
    coalesce,
    definite,
    literal,
    merged,
    predicate,
    present,
    real,
    same_text,
    text,
)


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """Value by type: a row has one at most; None where the type cannot occur."""

    number: Expr | None = None
    text: Expr | None = None
    flag: Expr | None = None

    @classmethod
    def of(cls, expr: Expr) -> "Variant":
        """The variant that always has the type of `expr`."""
        if expr.type is ColumnType.STRING:
            return cls(text=expr)
        if expr.type is ColumnType.BOOLEAN:
            return cls(flag=expr)
        return cls(number=expr)

    @classmethod
    def constant(cls, value: Value | None) -> "Variant":
        """A literal; None is absent everywhere."""
        return cls() if value is None else cls.of(literal(value))

    @classmethod
    def condition(cls, condition: Expr) -> "Variant":
        """A predicate as a value: true or false, never absent."""
        return cls(flag=definite(condition))

    @property
    def families(self) -> tuple[Expr, ...]:
        """The expressions there are."""
        return tuple(e for e in (self.number, self.text, self.flag) if e is not None)

    @property
    def exists(self) -> Expr:
        """Says whether the row has a value."""
        return any_of(present(family) for family in self.families)

    def literal(self) -> Value | None:
        """The value if it is a constant, else None."""
        for family in self.families:
            if isinstance(family, Literal) and len(self.families) == 1:
                return family.value
        return None


def truth(value: Variant) -> Expr:
    """`true`, non-zero numbers and the string "true" are true, all else false."""
    ways = []
    if value.number is not None:
        ways.append(predicate(Op.NE, value.number, literal(0)))
    if value.text is not None:
        ways.append(predicate(Op.EQ, value.text, literal("true")))
    if value.flag is not None:
        ways.append(value.flag)
    return any_of(ways)


def equal(one: Variant, other: Variant) -> Expr:
    """Equality with strict types; false where a side is absent."""
    ways = []
    if one.number is not None and other.number is not None:
        ways.append(predicate(Op.EQ, one.number, other.number))
    if one.text is not None and other.text is not None:
        ways.append(same_text(one.text, other.text))
    if one.flag is not None and other.flag is not None:
        ways.append(predicate(Op.EQ, one.flag, other.flag))
    return any_of(ways)


def ordered(op: Op, one: Variant, other: Variant) -> Expr:
    """Numbers against numbers, text against text; false otherwise."""
    ways = []
    if one.number is not None and other.number is not None:
        ways.append(predicate(op, one.number, other.number))
    if one.text is not None and other.text is not None:
        ways.append(predicate(op, one.text, other.text))
    return any_of(ways)


def numeric(value: Variant) -> Expr | None:
    """The value as a number: numbers, and text that spells one; None if never."""
    ways = []
    if value.number is not None:
        ways.append(value.number)
    if value.text is not None:
        ways.append(real(Op.PARSE_NUMBER, value.text))
    return coalesce(ways) if ways else None


def number_or_zero(value: Variant) -> Expr:
    """The value as a float, 0 where it is no number."""
    number = numeric(value)
    if number is None:
        return literal(0.0)
    return coalesce([as_float(number), literal(0.0)])


def spelled(value: Variant) -> Expr | None:
    """The value as text; None if there never is one."""
    ways = [text(Op.TO_TEXT, family) for family in value.families]
    return coalesce(ways) if ways else None


def choose(branches: Sequence[tuple[Expr, Variant]], otherwise: Variant) -> Variant:
    """The value of the first branch whose condition is true."""
    if not branches:
        return otherwise
    values = [value for _, value in branches] + [otherwise]

    def pick(of: Callable[[Variant], Expr | None]) -> Expr | None:
        kinds = [e.type for e in map(of, values) if e is not None]
        if not kinds:
            return None
        kind = ColumnType.FLOAT if len(set(kinds)) > 1 else kinds[0]
        nothing = absent(kind)
        pairs = [(condition, of(value) or nothing) for condition, value in branches]
        return case(pairs, of(otherwise) or nothing)

    return _map(pick)


def first(values: Iterable[Variant]) -> Variant:
    """The first value that is not absent."""
    some = [value for value in values if value.families]
    kinds = {_family_names(value) for value in some}
    if len(kinds) == 1 and all(len(value.families) == 1 for value in some):
        return Variant.of(coalesce([value.families[0] for value in some]))
    return choose([(value.exists, value) for value in some], Variant())


def extreme(op: Op, values: Sequence[Variant]) -> Variant:
    """Least or greatest of the values that have the type of the first one present."""
    # Each type has an extreme of its own; in a row the one counts whose type the first
    # value present has (`_leads`), and the others are absent there.
    some = [value for value in values if value.families]

    def pick(of: Callable[[Variant], Expr | None]) -> Expr | None:
        parts = [e for e in map(of, some) if e is not None]
        if not parts:
            return None
        kind = ColumnType.FLOAT if len({e.type for e in parts}) > 1 else parts[0].type
        best = parts[0] if len(parts) == 1 else _call(op, parts, kind)
        if all(len(v.families) == 1 and of(v) is not None for v in some):
            return best
        return case([(_leads(some, of), best)], absent(kind))

    return _map(pick)


def _leads(values: Sequence[Variant], of: Callable[[Variant], Expr | None]) -> Expr:
    """Says whether the first value present has the type that `of` picks."""
    branches = [
        (present(family), literal(family is of(value)))
        for value in values
        for family in value.families
    ]
    return case(branches, FALSE)


def _map(
    pick: Callable[[Callable[[Variant], Expr | None]], Expr | None],
) -> Variant:
    return Variant(
        pick(lambda v: v.number), pick(lambda v: v.text), pick(lambda v: v.flag)
    )


def _family_names(value: Variant) -> tuple[bool, bool, bool]:
    return (value.number is None, value.text is None, value.flag is None)


def _call(op: Op, values: Sequence[Expr], kind: ColumnType) -> Expr:
    return Call(op, merged(values)[1], kind)
