"""Evaluation of a query over the tables of a store."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.options import ResultOptions, effective_limit
from lab_emulators.honeycomb.query.plan import Planner
from lab_emulators.honeycomb.query.results import bins_between, shape
from lab_emulators.honeycomb.query.schema import Schema
from lab_emulators.honeycomb.query.spec import QuerySpec
from lab_emulators.honeycomb.query.window import steps_of, window_of
from lab_emulators.store import ColumnType, Reader
from lab_emulators.store.query import (
    Aggregate,
    Bins,
    Column,
    Fold,
    Level,
    Measure,
    Pipeline,
    Rows,
    SampleRate,
    SizeError,
)


def run_query(
    spec: QuerySpec,
    reader: Reader,
    tables: list[str],
    calculated: Mapping[str, str],
    *,
    now_ns: int,
    options: ResultOptions,
) -> dict[str, Any]:
    """The `data` member of a finished query result, JSON-ready.

    `tables` are the datasets to read (all of them for `__all__`), `calculated` the
    stored calculated fields in force. Raises `SpecError` (400) for a window of more
    than seven days, or a column that has gone since the specification was checked.
    """
    window = window_of(spec, now_ns, truncate=options.truncate_window)
    infos = [info for name in tables if (info := reader.table(name)) is not None]
    schema = Schema.of(infos, calculated)
    rows = Rows(tuple(infos), schema.columns, window.start_ns, window.end_ns)
    planner = Planner(spec, schema)
    levels = _levels(options)
    try:
        pipeline, layout = planner.plan(
            rows,
            steps_of(window, spec.granularity),
            levels,
            limit=effective_limit(spec, options),
            weighted=not spec.usage_mode and _is_weighted(reader, rows),
            bins=_bins(planner, reader, rows),
        )
        table = reader.run(pipeline).table
    except SizeError:
        raise SpecError("the query's calculated fields are too large") from None
    return shape(table, layout, levels)


def _levels(options: ResultOptions) -> tuple[Level, ...]:
    series = not options.disable_series
    total = not options.disable_total_by_aggregate
    levels = {
        Level.GROUPS: True,
        Level.STEPS: series,
        Level.TOTAL: total,
        Level.TOTAL_STEPS: total and series,
        Level.OTHER: not options.disable_other_by_aggregate,
    }
    return tuple(level for level, included in levels.items() if included)


def _is_weighted(reader: Reader, rows: Rows) -> bool:
    """Says whether any row stands for several, which costs more to compute.

    Without a filter DuckDB answers from its statistics, in about a millisecond.
    """
    most = Aggregate({}, {"most": Measure(Fold.MAX, SampleRate())})
    show = {"most": Column("most", ColumnType.INTEGER)}
    table = reader.run(Pipeline(rows, (most,), show)).table
    heaviest = table.column(0)[0].as_py()
    return heaviest is not None and heaviest > 1


def _bins(planner: Planner, reader: Reader, rows: Rows) -> dict[int, Bins]:
    """The bins of every HEATMAP: a first pass for the range, which is cheap."""
    pipeline = planner.bounds(rows)
    if pipeline is None:
        return {}
    row = reader.run(pipeline).table.to_pylist()[0]
    heatmaps = [
        number
        for number, calc in enumerate(planner.calculations())
        if calc.op == "HEATMAP"
    ]
    return {
        number: bins_between(row[f"m{2 * i}"], row[f"m{2 * i + 1}"])
        for i, number in enumerate(heatmaps)
    }
