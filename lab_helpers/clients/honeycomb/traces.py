"""Rows of one trace, from grouped queries, since Honeycomb's API has no raw rows."""

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from lab_helpers.analysis.columns import TRACE_COLUMNS

TIME = "lab_event_time"
MOST_ROWS = 10_000

# Honeycomb's column for each column of a trace frame.
SOURCES = {
    "trace_id": "trace.trace_id",
    "span_id": "trace.span_id",
    "parent_id": "trace.parent_id",
    "name": "name",
    "service": "service.name",
    "kind": "span.kind",
    "status": "status_code",
    "error": "error",
    "annotation": "meta.annotation_type",
}
# The trace whose root span began last.
LATEST: dict[str, object] = {
    "breakdowns": ["trace.trace_id"],
    "calculated_fields": [{"name": TIME, "expression": "EVENT_TIMESTAMP()"}],
    "calculations": [{"op": "MAX", "column": TIME}],
    "filters": [{"column": "is_root", "op": "=", "value": True}],
    "orders": [{"op": "MAX", "column": TIME, "order": "descending"}],
    "limit": 1,
}
STATUS = {0: "unset", 1: "ok", 2: "error"}


def plain_id(trace_id: str | int) -> str:
    """A trace id as Honeycomb shows it: lowercase hex; takes OpenTelemetry's int."""
    if isinstance(trace_id, int):
        return f"{trace_id:032x}"
    return trace_id.strip().lower().removeprefix("0x")


def spec(
    trace_id: str, existing: Collection[str], extra: Sequence[str]
) -> dict[str, object]:
    """The query whose groups are the trace's rows; unknown columns are left out.

    Grouping by the event's own time keeps equal span events apart.
    """
    known = [name for name in SOURCES.values() if name in existing]
    attributes = [name for name in extra if name in existing and name not in known]
    measure = {"op": "MAX", "column": "duration_ms"}
    return {
        "breakdowns": [*known, TIME, *attributes],
        "calculated_fields": [{"name": TIME, "expression": "EVENT_TIMESTAMP()"}],
        "calculations": [measure if "duration_ms" in existing else {"op": "COUNT"}],
        "filters": [{"column": "trace.trace_id", "op": "=", "value": trace_id}],
    }


def tidy(rows: pd.DataFrame, extra: Sequence[str]) -> pd.DataFrame:
    """A query's groups as TRACE_COLUMNS plus the extra attributes, by time."""
    columns = {ours: _source(rows, theirs) for ours, theirs in SOURCES.items()}
    frame = pd.DataFrame(columns, index=rows.index)
    frame["start"] = _times(rows[TIME])
    frame["duration_ms"] = _numbers(rows, "MAX(duration_ms)")
    frame["status"] = [STATUS.get(_code(v), "unset") for v in frame["status"]]
    frame["error"] = [v is True or v == "true" for v in frame["error"]]
    frame["annotation"] = [
        v if isinstance(v, str) else "span" for v in frame["annotation"]
    ]
    for name in ("name", "service", "kind"):
        frame[name] = [v if isinstance(v, str) else "" for v in frame[name]]
    frame = frame[list(TRACE_COLUMNS)]
    for name in extra:
        frame[name] = _source(rows, name)
    order = frame.assign(neg=-frame["duration_ms"]).sort_values(
        ["start", "neg", "span_id"], kind="stable"
    )
    return frame.loc[order.index].reset_index(drop=True)


def _source(rows: pd.DataFrame, name: str) -> "pd.Series[Any]":
    if name in rows:
        return rows[name].astype("object").where(rows[name].notna(), None)
    return pd.Series([None] * len(rows), index=rows.index, dtype="object")


def _times(seconds: "pd.Series[float]") -> "pd.Series[pd.Timestamp]":
    """Float seconds to the microsecond: more digits than that are not in a float."""
    micros = [round(float(value) * 1e6) for value in seconds]
    times = pd.to_datetime(pd.Series(micros, index=seconds.index), unit="us", utc=True)
    return times.dt.as_unit("ns")


def _numbers(rows: pd.DataFrame, name: str) -> "pd.Series[float]":
    if name in rows:
        return rows[name].astype("float64")
    return pd.Series(float("nan"), index=rows.index, dtype="float64")


def _code(value: object) -> int:
    return int(value) if isinstance(value, int | float) and value == value else 0
