"""Latency heatmaps from Logs Insights queries.

CloudWatch has no heatmap either, but it can count by any expression: by the time, and
by the number of the bucket a value falls into. A bucket is `PER_DECADE`th part of a
decade, so its bounds are known from its number alone.
"""

import math

import pandas as pd

from lab_helpers.analysis.columns import HEATMAP_COLUMNS
from lab_helpers.clients.transport.errors import CloudWatchError

PER_DECADE = 10
MOST_CELLS = 10_000
"""The rows a query may return (quotas of Logs Insights)."""

# `log` is the natural logarithm in Logs Insights.
_SCALE = PER_DECADE / math.log(10)


def query(column: str, where: str, step_s: int) -> str:
    """The query that counts a column's values by time step and bucket."""
    condition = f"{column} > 0" + (f" and ({where})" if where else "")
    return (
        f"filter {condition}\n"
        f"| fields floor(log({column}) * {_SCALE:.12f}) as bucket\n"
        f"| stats count(*) as n by bin({step_s}s) as step, bucket\n"
        f"| limit {MOST_CELLS}"
    )


def cells(rows: pd.DataFrame, column: str, step_s: int) -> pd.DataFrame:
    """The long frame (time, low, high, count) of the query's rows."""
    if len(rows) >= MOST_CELLS:
        raise CloudWatchError(
            "heatmap",
            None,
            f"{MOST_CELLS:,} cells or more, as many as a query may return",
            "Ask for a shorter time range or a longer step_s.",
        )
    frame = pd.DataFrame(columns=list(HEATMAP_COLUMNS))
    if not rows.empty:
        bucket = rows["bucket"].astype("float64")
        frame = pd.DataFrame(
            {
                "time": rows["step"],
                "low": 10 ** (bucket / PER_DECADE),
                "high": 10 ** ((bucket + 1) / PER_DECADE),
                "count": rows["n"].astype("float64"),
            }
        ).sort_values(["time", "low"], ignore_index=True)
    frame.attrs.update(column=column, unit="ms", scale="log", step_s=step_s)
    return frame
