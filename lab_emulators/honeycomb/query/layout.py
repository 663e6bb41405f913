"""Layout of an answer: its columns by the names of keys, aggregates and formulas."""

from dataclasses import dataclass

from lab_emulators.honeycomb.query.spec import Calculation
from lab_emulators.store.query import Bins, Fold, Measure, TimeSteps

COUNTS = (Fold.COUNT, Fold.DISTINCT)


@dataclass(frozen=True, slots=True)
class ResultEntry:
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

    keys: tuple[ResultEntry, ...]
    values: tuple[ResultEntry, ...]
    steps: TimeSteps


def measure_entry(
    calc: Calculation, measure: Measure, number: int, *, whole: bool
) -> ResultEntry:
    """The entry of measure number `number`; `whole` for a sum of integers."""
    empty = 0 if measure.fold in COUNTS else None
    bins = measure.bins
    if measure.fold is Fold.HISTOGRAM and bins is None:
        bins = Bins(0.0, 1.0, 1)
    return ResultEntry(calc.alias, (f"m{number}",), empty, whole, bins)


def entries_of(names: list[tuple[str, int]], letter: str) -> list[ResultEntry]:
    """Consecutive columns `k0`, `k1`, … for names that take several each."""
    entries, number = [], 0
    for name, count in names:
        columns = tuple(f"{letter}{number + i}" for i in range(count))
        entries.append(ResultEntry(name, columns))
        number += count
    return entries
