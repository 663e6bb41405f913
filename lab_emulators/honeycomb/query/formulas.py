"""Formulas and havings: expressions over the aggregates of a group."""

from collections.abc import Mapping
from dataclasses import dataclass

from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.filters import COMPARISONS
from lab_emulators.honeycomb.query.layout import COUNTS
from lab_emulators.honeycomb.query.scope import unknown_column
from lab_emulators.honeycomb.query.spec import Having
from lab_emulators.honeycomb.query.variant import Variant
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    Column,
    Expr,
    Fold,
    Measure,
    Op,
    any_of,
    literal,
    predicate,
)


@dataclass(frozen=True, slots=True)
class FormulaNames:
    """The names a formula may use: those of named calculations."""

    columns: Mapping[str, Column]

    def value(self, name: str) -> Variant:
        """The measure of that name; raises `SpecError` (400) if there is none."""
        if name not in self.columns:
            raise unknown_column(name)
        return Variant.of(self.columns[name])

    @property
    def time(self) -> Expr:
        """A group of events has no time."""
        raise SpecError("EVENT_TIMESTAMP cannot be used in formulas")


def measure_column(measure: Measure, number: int) -> Column:
    """Measure number `number` as a value of its group."""
    return Column(f"m{number}", _type_of(measure))


def passes(having: Having, value: Variant) -> Expr:
    """Says whether a group has a `value` that fulfills `having`."""
    if value.number is None:
        return any_of([])
    threshold = literal(having.value)
    if having.op in COMPARISONS:
        return predicate(COMPARISONS[having.op], value.number, threshold)
    return predicate(Op.EQ if having.op == "=" else Op.NE, value.number, threshold)


def _type_of(measure: Measure) -> ColumnType:
    if measure.fold in (*COUNTS, Fold.PEAK):
        return ColumnType.INTEGER
    if measure.fold in (Fold.MIN, Fold.MAX) and measure.value is not None:
        return measure.value.type
    return ColumnType.FLOAT
