"""Names of the columns that clients return and that analysis and plots read."""

TRACE_COLUMNS: tuple[str, ...] = (
    "trace_id",
    "span_id",
    "parent_id",
    "name",
    "service",
    "kind",
    "start",
    "duration_ms",
    "status",
    "error",
    "annotation",
)
"""One row per span, span event or link of a trace.

`start` is datetime64[ns, UTC], `duration_ms` a float in milliseconds, `status` one of
unset, ok and error, `annotation` one of span, span_event and link; ids are text.
"""

HEATMAP_COLUMNS: tuple[str, ...] = ("time", "low", "high", "count")
"""One row per cell: the step's start (UTC), the bucket's bounds, weighted events."""

EDGE_COLUMNS: tuple[str, ...] = (
    "parent",
    "service",
    "calls",
    "errors",
    "p50_ms",
    "p95_ms",
)
"""One row per pair of services; `parent` is missing where a trace begins."""
