"""Data points in a store: a table for each namespace, a row for each value.

A row says of one value, or of one statistic set, how often it was seen, the sum and
the extremes; so every statistic adds up from rows, however they came. Times are
those of the metric's resolution: whole minutes, or seconds.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from lab_helpers.emulators.aws.metrics.model import Datum, Dimensions
from lab_helpers.emulators.store import Batch, ColumnType, Row, Store, Value

NS = 1_000_000_000
_TYPES = {
    "name": ColumnType.STRING,
    "dimensions": ColumnType.STRING,
    "unit": ColumnType.STRING,
    "resolution": ColumnType.INTEGER,
    "weight": ColumnType.FLOAT,
    "sum": ColumnType.FLOAT,
    "low": ColumnType.FLOAT,
    "high": ColumnType.FLOAT,
}
_ALL = 2**31 - 1


class Archive:
    """All data points ever put; every method may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, data: Sequence[Datum]) -> None:
        """Store the data, all of them or none; returns when they are durable."""
        by_namespace: dict[str, list[Row]] = {}
        for datum in data:
            by_namespace.setdefault(datum.namespace, []).extend(_rows(datum))
        batches = [Batch.from_rows(n, n, rows) for n, rows in by_namespace.items()]
        if batches:
            self._store.append(batches)


def text_of(dimensions: Iterable[tuple[str, str]]) -> str:
    """Dimensions as the text that stands for them in a row."""
    return json.dumps(sorted(dimensions), separators=(",", ":"))


def dimensions_of(text: str) -> Dimensions:
    """The dimensions of a row's text."""
    return tuple((name, value) for name, value in json.loads(text))


def _rows(datum: Datum) -> Iterator[Row]:
    at = int(datum.time_s // datum.resolution) * datum.resolution * NS
    same: dict[str, Value] = {
        "name": datum.name,
        "dimensions": text_of(datum.dimensions),
        "unit": datum.unit,
        "resolution": datum.resolution,
    }
    for weight, total, low, high in _cells(datum):
        numbers = {"weight": weight, "sum": total, "low": low, "high": high}
        yield Row(at, 1, {**same, **numbers})


def _cells(datum: Datum) -> Iterator[tuple[float, float, float, float]]:
    """Weight, sum, low and high of every row."""
    if datum.statistics is not None:
        told = datum.statistics
        yield float(told.count), float(told.sum), told.minimum, told.maximum
    for value, count in zip(datum.values, datum.counts, strict=True):
        yield float(count), float(value) * count, float(value), float(value)
