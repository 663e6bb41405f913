"""Draw the pictures of README.md: `python docs/pictures.py` writes them beside itself.

The heatmap is the one of notebook 02, from data/same_average.csv. The trace is made
up, with the spans Kittiwake's three services leave for one home feed.
"""

from pathlib import Path

import pandas as pd

from lab_helpers import plots
from lab_helpers.analysis import HeatmapGrid

HERE = Path(__file__).resolve().parent
BUCKETS = [2 * 1.12**step for step in range(48)]
# name, service, kind, parent, start and duration in ms
SPANS = [
    ("GET /api/feed/home", "kittiwake-api", "server", None, 0.0, 61.0),
    ("GET", "kittiwake-api", "client", 1, 1.2, 58.6),
    ("GET /feed/home", "kittiwake-feed", "server", 2, 3.1, 54.0),
    ("SELECT calls", "kittiwake-feed", "client", 3, 6.0, 31.5),
    ("SELECT replies", "kittiwake-feed", "client", 3, 38.9, 9.4),
]


def heatmap() -> plots.Picture:
    """An hour of two services with the same mean and the same P95."""
    hour = pd.read_csv(HERE.parent / "data/same_average.csv", parse_dates=["start"])
    grids = {
        str(name): HeatmapGrid.from_durations(rows, step_s=120, bins=BUCKETS)
        for name, rows in hour.groupby("service")
    }
    return plots.compare(
        grids["steady"], grids["split"], titles=("one service", "another, same average")
    )


def trace() -> plots.Picture:
    """One request through three services, as a waterfall."""
    begin = pd.Timestamp("2026-11-02 09:00", tz="UTC")
    rows = [
        {
            "trace_id": f"{7:032x}",
            "span_id": f"{number:016x}",
            "parent_id": f"{parent:016x}" if parent else None,
            "name": name,
            "service": service,
            "kind": kind,
            "start": begin + pd.Timedelta(milliseconds=start),
            "duration_ms": duration,
            "status": "unset",
            "error": False,
            "annotation": "span",
        }
        for number, (name, service, kind, parent, start, duration) in enumerate(
            SPANS, 1
        )
    ]
    return plots.waterfall(pd.DataFrame(rows))


if __name__ == "__main__":
    heatmap().save(HERE / "heatmap.png")
    trace().save(HERE / "trace.png")
