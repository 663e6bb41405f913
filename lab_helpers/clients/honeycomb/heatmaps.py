"""Latency heatmaps from Honeycomb's HEATMAP queries."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from lab_helpers.analysis.columns import HEATMAP_COLUMNS
from lab_helpers.clients.transport.columns import utc
from lab_helpers.clients.transport.errors import HoneycombError

Scale = Literal["linear", "log"]


def calculation(column: str, scale: Scale) -> dict[str, object]:
    """The part of a query spec that asks for the heatmap of a column.

    Honeycomb's buckets are equally wide, so the logarithmic heatmap is that of the
    calculated field LOG10($column).
    """
    if scale not in ("linear", "log"):
        raise ValueError(f"scale is 'linear' or 'log', not {scale!r}")
    if scale == "linear":
        return {"calculations": [{"op": "HEATMAP", "column": column}]}
    field = f"log10_{column}"
    quoted = column.replace("\\", "\\\\").replace('"', '\\"')
    return {
        "calculated_fields": [{"name": field, "expression": f'LOG10($"{quoted}")'}],
        "calculations": [{"op": "HEATMAP", "column": field}],
    }


def cells(series: Sequence[Mapping[str, Any]], scale: Scale) -> pd.DataFrame:
    """Long rows (time, low, high, count) of a heatmap's series, empty buckets too.

    On the log scale bounds are turned back from exponents. HoneycombError if the
    service sent something other than a histogram (its REST description leaves the
    shape open).
    """
    rows: list[tuple[object, float, float, float]] = []
    for step in series:
        for value in (step.get("data") or {}).values():
            rows += [(step.get("time"), *cell) for cell in _buckets(value, scale)]
    frame = pd.DataFrame(rows, columns=list(HEATMAP_COLUMNS))
    frame["time"] = utc(frame["time"].tolist())
    return frame.astype({"low": "float64", "high": "float64"})


def _buckets(value: object, scale: Scale) -> list[tuple[float, float, float]]:
    if value is None:
        return []
    try:
        low, step, counts = value["min_value"], value["step_size"], value["counts"]  # type: ignore[index]
        edges = [low + i * step for i in range(len(counts) + 1)]
    except (KeyError, TypeError) as error:
        raise HoneycombError(
            "HEATMAP query",
            None,
            f"expected a histogram with counts, min_value and step_size, got {value!r}",
            "Ask for percentiles instead: P50, P95 and P99 with a granularity.",
        ) from error
    if scale == "log":
        edges = [10.0**edge for edge in edges]
    return list(zip(edges[:-1], edges[1:], counts, strict=True))
