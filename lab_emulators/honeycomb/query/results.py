"""Rows of an answer as the `data` member of a query result."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from lab_emulators.honeycomb.query.layout import Layout, ResultEntry
from lab_emulators.honeycomb.query.window import NS
from lab_emulators.store.query import Bins, Level, TimeSteps

MOST_BINS = 50
_EMPTY_WIDTH = 1.0
# what lies beyond counts in the first or last bin; a width must not overflow
_FARTHEST = 1e300
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = Mapping[str, Any]
Data = dict[str, Any]


def shape(table: pa.Table, layout: Layout, levels: Sequence[Level]) -> dict[str, Any]:
    """Makes `results`, `series` and the totals of `levels`, JSON-ready.

    A missing group value and an aggregate without a value have no key; counts are 0
    instead. Every step of the window has an entry for every group.
    """
    rows: dict[str, list[Row]] = {level: [] for level in Level}
    for row in table.to_pylist():
        rows[row["level"]].append(row)
    groups = rows[Level.GROUPS]
    keys = [_values(layout.keys, row) for row in groups]
    data: dict[str, Any] = {
        "results": [
            {"data": key | _values(layout.values, row)}
            for key, row in zip(keys, groups, strict=True)
        ],
        "series": [],
    }
    if Level.STEPS in levels:
        data["series"] = _series(rows[Level.STEPS], keys, layout)
    if Level.TOTAL in levels:
        data["total_by_aggregate"] = _single(rows[Level.TOTAL], layout)
    if Level.TOTAL_STEPS in levels:
        total = _series(rows[Level.TOTAL_STEPS], [{}], layout)
        data["total_by_aggregate_series"] = total
    if Level.OTHER in levels:
        data["other_by_aggregate"] = _single(rows[Level.OTHER], layout)
    return data


def heatmap(counts: Mapping[int, int], bins: Bins) -> dict[str, Any]:
    """A HEATMAP value: weights by bin number, as Honeycomb's raw results spell it.

    The public API description does not have it; this is the one place to change.
    """
    return {
        "counts": [counts.get(bin_number, 0) for bin_number in range(bins.count)],
        "min_value": _plain(bins.low),
        "max_value": _plain(bins.low + bins.count * bins.step),
        "step_size": _plain(bins.step),
    }


def bins_between(low: float | None, high: float | None) -> Bins:
    """Makes at most 50 equal bins with a step of 1, 2 or 5 times a power of ten.

    The first starts at or below `low`; the last is closed and holds `high`. How the
    live service chooses is unpublished.
    """
    if low is None or high is None:
        return Bins(0.0, _EMPTY_WIDTH, 1)
    low, high = max(low, -_FARTHEST), min(high, _FARTHEST)
    for step in _nice_steps((high - low) / MOST_BINS):
        start = math.floor(low / step) * step
        count = max(1, math.ceil((high - start) / step))
        if count <= MOST_BINS and math.isfinite(start):
            return Bins(start, step, count)
    return Bins(low, (high / 2 - low / 2) * 2 or _EMPTY_WIDTH, 1)


def _nice_steps(least: float) -> Iterator[float]:
    if least <= 0:
        yield _EMPTY_WIDTH
    elif math.isfinite(least):
        power = math.floor(math.log10(least))
        for exponent in range(max(power, -300), min(power + 3, 308)):
            for digit in (1, 2, 5):
                step = float(f"{digit}e{exponent}")
                if step >= least:
                    yield step


def _single(rows: Sequence[Row], layout: Layout) -> dict[str, Data]:
    return {"data": _values(layout.values, rows[0]) if rows else {}}


def _series(
    rows: Sequence[Row], keys: Sequence[Data], layout: Layout
) -> list[dict[str, Any]]:
    """The time series: each step in turn, with every group in order of rank."""
    by_position = {(row["step"], row["rank"] or 1): row for row in rows}
    nothing = {s.name: s.empty for s in layout.values if s.empty is not None}
    blank = nothing | {
        s.name: heatmap({}, s.bins) for s in layout.values if s.bins is not None
    }
    series = []
    for step in range(layout.steps.count):
        time = _time(layout.steps, step)
        for rank, key in enumerate(keys, 1):
            row = by_position.get((step, rank))
            values = _values(layout.values, row) if row else {}
            series.append({"time": time, "data": key | blank | values})
    return series


def _time(steps: TimeSteps, step: int) -> str:
    seconds = (steps.first_ns + step * steps.width_ns) // NS
    # not fromtimestamp: on Windows it knows no time before 1970
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def _values(items: Sequence[ResultEntry], row: Row) -> Data:
    data = {}
    for item in items:
        value = _value(item, row)
        if value is not None:
            data[item.name] = value
    return data


def _value(item: ResultEntry, row: Row) -> Any:
    value = next((row[c] for c in item.columns if row[c] is not None), None)
    if value is None:
        return None
    if item.bins is not None:
        return heatmap({pair["b"]: pair["n"] for pair in value}, item.bins)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if item.whole else value
    return value


def _plain(number: float) -> int | float:
    """Whole numbers without a fraction."""
    whole = number == math.floor(number) and abs(number) < 2**53
    return int(number) if whole else number
