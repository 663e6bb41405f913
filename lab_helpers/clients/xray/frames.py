"""X-Ray's trace summaries as DataFrames: one trace, one row."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

Summary = Mapping[str, Any]

SUMMARY_COLUMNS: tuple[str, ...] = (
    "trace_id",
    "start",
    "duration_ms",
    "response_ms",
    "method",
    "url",
    "status",
    "error",
    "fault",
    "throttle",
    "partial",
    "entry",
    "services",
    "user",
)
"""`start` is UTC; `response_ms` is the root's own length, `duration_ms` the trace's.

`status` is missing where the root had no HTTP answer; `entry` is the root's service,
`services` the names of all, sorted; `user` the first user named. The caller's
annotations follow as columns of their own.
"""


def of_summaries(
    summaries: Sequence[Summary], annotations: Sequence[str] = ()
) -> pd.DataFrame:
    """SUMMARY_COLUMNS and one column per annotation, in order of start."""
    columns = [*SUMMARY_COLUMNS, *annotations]
    rows = [_row(summary, annotations) for summary in summaries]
    frame = pd.DataFrame(rows, columns=columns)
    frame["start"] = pd.to_datetime(frame["start"], utc=True).dt.as_unit("ns")
    frame["status"] = frame["status"].astype("Int64")
    frame = frame.astype({"duration_ms": "float64", "response_ms": "float64"})
    flags = ["error", "fault", "throttle", "partial"]
    frame[flags] = frame[flags].astype("bool")
    return frame.sort_values(["start", "trace_id"], ignore_index=True)


def _row(summary: Summary, annotations: Sequence[str]) -> list[object]:
    http = summary.get("Http") or {}
    users = [item.get("UserName") for item in summary.get("Users") or []]
    names = {item.get("Name") for item in summary.get("ServiceIds") or []}
    return [
        summary.get("Id"),
        summary.get("StartTime"),
        1000 * float(summary.get("Duration") or 0),
        1000 * float(summary.get("ResponseTime") or 0),
        http.get("HttpMethod"),
        http.get("HttpURL"),
        http.get("HttpStatus"),
        bool(summary.get("HasError")),
        bool(summary.get("HasFault")),
        bool(summary.get("HasThrottle")),
        bool(summary.get("IsPartial")),
        (summary.get("EntryPoint") or {}).get("Name"),
        tuple(sorted(name for name in names if name)),
        users[0] if users else None,
        *(_annotation(summary, name) for name in annotations),
    ]


def _annotation(summary: Summary, name: str) -> object:
    """The first value of an annotation; it may have one per service that set it."""
    for item in (summary.get("Annotations") or {}).get(name, ()):
        for value in (item.get("AnnotationValue") or {}).values():
            return value
    return None
