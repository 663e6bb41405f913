"""Evaluate a query over the tables of a store."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.options import ResultOptions, effective_limit
from lab_emulators.honeycomb.query.plan import Planner
from lab_emulators.honeycomb.query.results import bins_between, shape
from lab_emulators.honeycomb.query.schema import Schema
from lab_emulators.honeycomb.query.spec import QuerySpec
from lab_emulators.honeycomb.query.window import steps_of, window_of
from lab_emulators.store import TableInfo, Value
from lab_emulators.store.query import SizeError
from lab_emulators.store.query.plan import Bins, Part, Source
from lab_emulators.store.query.sql import Statement, compile_plan, heaviest_weight


class Reader(Protocol):
    """What is needed of a store's snapshot."""

    def table(self, name: str, /) -> TableInfo | None:
        """The table as of the snapshot."""

    def execute(self, sql: str, params: Sequence[Value], /) -> pa.Table:
        """Run one statement."""


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
    source = Source(tuple(infos), schema.columns, window.start_ns, window.end_ns)
    planner = Planner(spec, schema)
    parts = _parts(options)
    try:
        plan, layout = planner.plan(
            source,
            steps_of(window, spec.granularity),
            parts,
            limit=effective_limit(spec, options),
            weighted=not spec.usage_mode and _is_weighted(reader, source),
            bins=_bins(planner, reader, source),
        )
        statement = compile_plan(plan)
    except SizeError:
        raise SpecError("the query's calculated fields are too large") from None
    return shape(_execute(reader, statement), layout, parts)


def _parts(options: ResultOptions) -> tuple[Part, ...]:
    series = not options.disable_series
    total = not options.disable_total_by_aggregate
    wanted = {
        Part.GROUPS: True,
        Part.STEPS: series,
        Part.TOTAL: total,
        Part.TOTAL_STEPS: total and series,
        Part.OTHER: not options.disable_other_by_aggregate,
    }
    return tuple(part for part, asked in wanted.items() if asked)


def _is_weighted(reader: Reader, source: Source) -> bool:
    """Whether any row stands for more than one, which costs more to compute."""
    heaviest = _execute(reader, heaviest_weight(source)).column(0)[0].as_py()
    return heaviest is not None and heaviest > 1


def _bins(planner: Planner, reader: Reader, source: Source) -> dict[int, Bins]:
    """The bins of every HEATMAP: a first pass for the range, which is cheap."""
    plan = planner.bounds(source)
    if plan is None:
        return {}
    row = _execute(reader, compile_plan(plan)).to_pylist()[0]
    heatmaps = [
        place
        for place, calc in enumerate(planner.calculations())
        if calc.op == "HEATMAP"
    ]
    return {
        place: bins_between(row[f"m{2 * i}"], row[f"m{2 * i + 1}"])
        for i, place in enumerate(heatmaps)
    }


def _execute(reader: Reader, statement: Statement) -> pa.Table:
    return reader.execute(statement.sql, statement.params)
