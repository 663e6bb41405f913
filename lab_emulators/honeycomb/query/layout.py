"""Layout of an answer: its columns by the names of keys, aggregates and formulas."""

from dataclasses import dataclass

from lab_emulators.honeycomb.query.spec import Calculation
from lab_emulators.store.query.plan import Aggregate, Bins, Measure, Steps
from lab_emulators.store.schema.batch import ColumnType

COUNTS = (Aggregate.COUNT, Aggregate.DISTINCT)


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of a result's `data`: its key and the columns that may hold it.

    `empty` is its value in a step without events, None for no value; `whole` says
    that it is an integer whatever the store computed it as.
    """

    name: str
    columns: tuple[str, ...]
    empty: int | None = None
    whole: bool = False
    bins: Bins | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Meanings of the columns of an answer."""

    keys: tuple[Shown, ...]
    values: tuple[Shown, ...]
    steps: Steps


def shown(calc: Calculation, measure: Measure, number: int) -> Shown:
    """The entry of a measure, by its number."""
    whole = measure.aggregate is Aggregate.SUM and (
        measure.args[0].type is ColumnType.INTEGER
    )
    empty = 0 if measure.aggregate in COUNTS else None
    bins = measure.bins
    if measure.aggregate is Aggregate.HISTOGRAM and bins is None:
        bins = Bins(0.0, 1.0, 1)
    return Shown(calc.alias, (f"m{number}",), empty, whole, bins)


def numbered(names: list[tuple[str, int]], letter: str) -> list[Shown]:
    """Consecutive columns `k0`, `k1`, … for names that take several each."""
    found, number = [], 0
    for name, count in names:
        columns = tuple(f"{letter}{number + i}" for i in range(count))
        found.append(Shown(name, columns))
        number += count
    return found
