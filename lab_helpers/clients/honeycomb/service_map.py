"""Calls between services, by the relational field `parent.service.name`."""

from collections.abc import Collection

import pandas as pd

from lab_helpers.analysis.columns import EDGE_COLUMNS

CALLER = "parent.service.name"
FAILED = "lab_failed"


def spec(existing: Collection[str]) -> dict[str, object]:
    """The query that groups spans by their own and their parent's service."""
    query: dict[str, object] = {
        "breakdowns": [CALLER, "service.name"],
        "calculations": [
            {"op": "COUNT"},
            {"op": "P50", "column": "duration_ms"},
            {"op": "P95", "column": "duration_ms"},
        ],
        # Span events, links and logs have parents too, but no id of their own.
        "filters": [{"column": "trace.span_id", "op": "exists"}],
    }
    if "error" not in existing:
        return query
    failed = {"name": FAILED, "expression": "IF($error, 1, 0)"}
    calculations = [*query["calculations"], {"op": "SUM", "column": FAILED}]  # type: ignore[misc]
    return query | {"calculated_fields": [failed], "calculations": calculations}


def tidy(rows: pd.DataFrame) -> pd.DataFrame:
    """The query's groups as EDGE_COLUMNS, most calls first; `parent` may be missing."""
    frame = pd.DataFrame(
        {
            "parent": rows[CALLER].astype("object").where(rows[CALLER].notna(), None),
            "service": rows["service.name"],
            "calls": rows["COUNT"].astype("int64"),
            "errors": _errors(rows),
            "p50_ms": rows["P50(duration_ms)"].astype("float64"),
            "p95_ms": rows["P95(duration_ms)"].astype("float64"),
        },
        columns=list(EDGE_COLUMNS),
    )
    order = ["calls", "service", "parent"]
    frame = frame.sort_values(order, ascending=[False, True, True])
    return frame.reset_index(drop=True)


def _errors(rows: pd.DataFrame) -> "pd.Series[int]":
    name = f"SUM({FAILED})"
    if name not in rows:
        return pd.Series(0, index=rows.index, dtype="int64")
    return rows[name].astype("float64").fillna(0).round().astype("int64")
