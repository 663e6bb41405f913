"""Rows on their way into a table: several batches become one sorted INSERT."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from lab_emulators.store.schema.batch import Batch, ColumnType
from lab_emulators.store.schema.coerce import fitted, merged_misfits, misfit
from lab_emulators.store.schema.fit import cells_by_key
from lab_emulators.store.schema.model import TableInfo

TIME, RATE = "_time", "_rate"

Layout = dict[str, dict[ColumnType, str]]
"""For each key written, the name of the incoming column of each of its types."""


def insert(con: DuckDBPyConnection, info: TableInfo, batches: Sequence[Batch]) -> None:
    """Puts the rows of `batches` into `info`, sorted by time.

    The table must have room for every key (`Fitter.fit`), the batches must be `plain`.
    """
    layout: Layout = {}
    parts = [_part(info, batch, layout) for batch in batches]
    incoming = pa.concat_tables(parts, promote_options="default")
    insert_from(con, _statement(info, layout), _sorted(incoming))


def insert_from(con: DuckDBPyConnection, sql: str, incoming: pa.Table) -> None:
    """Runs an INSERT that says FROM incoming.

    DuckDB finds the Arrow table by the name of the variable, so the parameter must
    be called as it is; nothing has to be registered, nor taken back after an error.
    """
    con.execute(sql)


def _part(info: TableInfo, batch: Batch, layout: Layout) -> pa.Table:
    columns = {TIME: pa.array(batch.time_ns), RATE: pa.array(batch.sample_rate)}
    for key, arrays in cells_by_key(batch).items():
        for kind, cells in arrays.items():
            name = f"{info.columns[key].physical}_{kind}"
            layout.setdefault(key, {})[kind] = name
            columns[name] = cells
    return pa.table(columns)


def _sorted(incoming: pa.Table) -> pa.Table:
    times = incoming.column(TIME).to_numpy()
    if (times[1:] >= times[:-1]).all():
        return incoming
    return incoming.take(pa.array(np.argsort(times, kind="stable")))


def _statement(info: TableInfo, layout: Layout) -> str:
    values: dict[str, str] = {TIME: TIME, RATE: RATE}
    misfits: dict[str, str] = {}
    for key, sources in layout.items():
        column = info.columns[key]
        values[column.physical] = fitted(sources, column.type)
        original = misfit(sources, column.type)
        if original:
            misfits[column.physical] = original
    if misfits:
        values["_misfits"] = merged_misfits(misfits)
    return (
        f"INSERT INTO {info.physical} ({', '.join(values)}) "
        f"SELECT {', '.join(values.values())} FROM incoming"
    )
