"""The table of data points: a table for each namespace, a row for each value.

A row has the weight, the sum and the extremes of one value, or of one statistic set; so
every statistic adds up from rows, however they came. Times are
those of the metric's resolution: whole minutes, or seconds.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from lab_emulators.aws.metrics.model import Datum, Dimensions, Metric
from lab_emulators.aws.metrics.statistics import Spread, Summary
from lab_emulators.store import ARROW_TYPES, Batch, ColumnType, Store, plain_text
from lab_emulators.store.query import (
    TRUE,
    Aggregate,
    By,
    Column,
    EventTime,
    Expr,
    Fold,
    Keep,
    Measure,
    Op,
    Pipeline,
    Rows,
    Sort,
    all_of,
    literal,
    predicate,
    whole,
)

NS = 1_000_000_000
_TEXTS = ("name", "dimensions", "unit")
_NUMBERS = ("weight", "sum", "low", "high")
_TYPES = dict.fromkeys(_TEXTS, ColumnType.STRING) | dict.fromkeys(
    _NUMBERS, ColumnType.FLOAT
)
_ALL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class PeriodRange:
    """Periods of `period_s` from `start_s` on; they end with the time `end_s`."""

    start_s: int
    end_s: float
    period_s: int


PeriodKey = tuple[int, str]
"""Start of a period in seconds since 1970, and a unit ("" for all units together)."""


class DatapointsTable:
    """All data points; safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, data: Sequence[Datum]) -> None:
        """Stores the data, all of them or none; returns when they are durable."""
        by_namespace: dict[str, list[Datum]] = {}
        for datum in data:
            by_namespace.setdefault(datum.namespace, []).append(datum)
        batches = [_batch(name, group) for name, group in by_namespace.items()]
        if batches:
            self._store.append([batch for batch in batches if len(batch)])

    def namespaces(self) -> list[str]:
        """Every namespace that has data points."""
        return [table.name for table in self._store.tables()]

    def metrics(self, namespace: str, since_s: float) -> dict[Metric, int]:
        """The metrics with data since then, each with its latest time (seconds)."""
        keys = {name: _text(name) for name in ("name", "dimensions")}
        last = {"last_ns": Measure(Fold.MAX, EventTime())}
        step = Aggregate(keys, last)
        table = self._run(namespace, _from(since_s), _ALL * NS, TRUE, step)
        rows = zip(*(table[name].to_pylist() for name in (*keys, *last)), strict=True)
        return {
            Metric(namespace, name, dimensions_of(text)): last // NS
            for name, text, last in rows
        }

    def summaries(
        self,
        metric: Metric,
        window: PeriodRange,
        unit: str | None,
        *,
        by_unit: bool = False,
    ) -> dict[PeriodKey, Summary]:
        """The summary of every period with data, in order of time."""
        folds = {"weight": Fold.SUM, "sum": Fold.SUM, "low": Fold.MIN, "high": Fold.MAX}
        measures = {name: Measure(fold, _number(name)) for name, fold in folds.items()}
        table = self._periods(metric, window, unit, by_unit, Aggregate({}, measures))
        columns = zip(*(table[name].to_pylist() for name in folds), strict=True)
        return {
            key: Summary(*numbers)
            for key, numbers in zip(_period_keys(table), columns, strict=True)
        }

    def spreads(
        self,
        metric: Metric,
        window: PeriodRange,
        unit: str | None,
        *,
        by_unit: bool = False,
    ) -> dict[PeriodKey, Spread]:
        """The spread of every period with data, in order of time.

        A period with a statistic set has none, unless that set is of one value.
        """
        values = {name: _number(name) for name in ("low", "high")}
        weights = {"weight": Measure(Fold.SUM, _number("weight"))}
        step = Aggregate(values, weights)
        table = self._periods(metric, window, unit, by_unit, step)
        keys = _period_keys(table)
        low, high, weight = (
            table[name].to_numpy(zero_copy_only=False) for name in (*values, *weights)
        )
        # Rows come in the order of the periods, so a period is a run of equal keys.
        # Where every low is its high, the rows are single values: no statistic set.
        starts = [n for n in range(len(keys)) if n == 0 or keys[n] != keys[n - 1]]
        spreads: dict[PeriodKey, Spread] = {}
        for start, end in itertools.pairwise([*starts, len(keys)]):
            if np.array_equal(low[start:end], high[start:end]):
                spreads[keys[start]] = Spread(low[start:end], weight[start:end])
        return spreads

    def _periods(
        self,
        metric: Metric,
        window: PeriodRange,
        unit: str | None,
        by_unit: bool,  # noqa: FBT001 - handed on
        step: Aggregate,
    ) -> pa.Table:
        """Rows that `step` measures for each period, and for each unit."""
        members = {"name": metric.name, "dimensions": text_of(metric.dimensions)}
        if unit is not None:
            members["unit"] = unit
        where = all_of(
            predicate(Op.EQ, _text(key), literal(value))
            for key, value in members.items()
        )
        start, period = window.start_s * NS, window.period_s * NS
        # Periods are counted from the start of the window: that of a row begins at
        # its time less the remainder of its distance from that start.
        since = whole(Op.SUBTRACT, EventTime(), literal(start))
        into = whole(Op.MODULO, since, literal(period))
        begin = whole(Op.SUBTRACT, EventTime(), into)
        of_unit = _text("unit") if by_unit else literal("")
        keys = {"start_ns": begin, "unit": of_unit, **step.keys}
        end = int(window.end_s * 1000) * (NS // 1000)
        aggregate = Aggregate(keys, step.measures)
        return self._run(metric.namespace, start, end, where, aggregate)

    def _run(
        self,
        namespace: str,
        start_ns: int,
        end_ns: int,
        where: Expr,
        step: Aggregate,
    ) -> pa.Table:
        """The groups of `step`, in the order of their keys."""
        keys = {name: Column(name, key.type) for name, key in step.keys.items()}
        show = keys | {name: _number(name) for name in step.measures}
        order = Sort(tuple(By(key) for key in keys.values()))
        with self._store.reader() as reader:
            table = reader.table(namespace)
            rows = Rows((table,) if table else (), _TYPES, start_ns, end_ns)
            return reader.run(Pipeline(rows, (Keep(where), step, order), show)).table


def text_of(dimensions: Iterable[tuple[str, str]]) -> str:
    """Dimensions as the text of a row."""
    return json.dumps(sorted(dimensions), separators=(",", ":"))


def dimensions_of(text: str) -> Dimensions:
    """The dimensions of a row's text."""
    return tuple((name, value) for name, value in json.loads(text))


def _text(key: str) -> Column:
    return Column(key, ColumnType.STRING)


def _number(key: str) -> Column:
    return Column(key, ColumnType.FLOAT)


def _from(seconds: float) -> int:
    return int(seconds) * NS


def _period_keys(table: pa.Table) -> list[PeriodKey]:
    starts = (start // NS for start in table["start_ns"].to_pylist())
    return list(zip(starts, table["unit"].to_pylist(), strict=True))


def _batch(namespace: str, data: Sequence[Datum]) -> Batch:
    """The rows of data of one namespace."""
    table = plain_text(namespace)
    texts: dict[Dimensions, str] = {}
    times: list[int] = []
    rows: list[tuple[str, str, str]] = []
    numbers: list[_Cells] = []
    for datum in data:
        cells = list(_cells(datum))
        if datum.dimensions not in texts:
            texts[datum.dimensions] = text_of(datum.dimensions)
        series = plain_text(datum.name), texts[datum.dimensions], datum.unit
        at = int(datum.time_s // datum.resolution) * datum.resolution * NS
        times += [at] * len(cells)
        rows += [series] * len(cells)
        numbers += cells
    columns = {
        **_columns(_TEXTS, ColumnType.STRING, rows),
        **_columns(_NUMBERS, ColumnType.FLOAT, numbers),
    }
    once = np.ones(len(times), dtype=np.int32)
    return Batch(table, table, np.array(times, dtype=np.int64), once, columns)


def _columns(
    names: Sequence[str], kind: ColumnType, rows: Sequence[tuple[Any, ...]]
) -> dict[tuple[str, ColumnType], pa.Array]:
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    return {
        (name, kind): pa.array(column, ARROW_TYPES[kind])
        for name, column in zip(names, cells, strict=True)
    }


_Cells = tuple[float, float, float, float]


def _cells(datum: Datum) -> Iterator[_Cells]:
    """Weight, sum, low and high of every row; values with a count of 0 are left out."""
    if datum.statistics is not None:
        summary = datum.statistics
        numbers = summary.count, summary.sum, summary.minimum, summary.maximum
        yield float(numbers[0]), float(numbers[1]), float(numbers[2]), float(numbers[3])
    for value, count in zip(datum.values, datum.counts, strict=True):
        if count > 0:
            number = float(value)
            yield float(count), number * count, number, number
