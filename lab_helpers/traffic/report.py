"""Report of a run: every request, and a table by route."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

COLUMNS = (
    "start",
    "route",
    "method",
    "status",
    "duration_ms",
    "habit",
    "user",
    "late_ms",
)
"""Columns of `Report.requests`."""

BUSY_MS = 6.0
"""A machine whose median health check takes longer is too busy for a picture."""


@dataclass(frozen=True, eq=False)
class Report:
    """The requests of one run.

    `requests` has one row per request, in the order planned: start
    (datetime64[ns, UTC]), route, method, status (0: no answer), duration_ms (from
    sending to the last byte), habit, user ("" for none), late_ms (how much later than
    planned it was sent).
    """

    base_url: str
    seconds: float
    seed: int
    requests: pd.DataFrame

    @property
    def summary(self) -> pd.DataFrame:
        """One row per method and route: counts by kind of answer, p50, p95 and max."""
        rows = [
            _summarize(str(key[0]), str(key[1]), group)
            for key, group in self.requests.groupby(["route", "method"], sort=True)
        ]
        return pd.DataFrame(rows).set_index("route") if rows else pd.DataFrame()

    @property
    def latest_ms(self) -> float:
        """Milliseconds by which the latest request missed its time."""
        return float(self.requests["late_ms"].max()) if len(self.requests) else 0.0

    @property
    def health_ms(self) -> float:
        """Median of the health checks, which wait for nothing; NaN without any."""
        checks = self.requests[self.requests["route"] == "/health"]
        return float(checks["duration_ms"].median())

    def headroom(self) -> str:
        """Tells by the health checks whether the machine had time to spare.

        Where it had none, the durations are more the machine's than the app's.
        """
        if math.isnan(self.health_ms):
            return "No health check in this run says how busy this machine was."
        took = f"the median health check took {self.health_ms:.1f} ms"
        if self.health_ms <= BUSY_MS:
            return f"This machine had time to spare: {took}."
        return (
            f"This machine was too busy for the picture: {took}, and it waits for "
            "nothing. Run the visitors again, or look at the stored page."
        )

    def sentence(self) -> str:
        """Sentence on the number of requests, those unanswered, and punctuality."""
        count, unanswered = len(self.requests), int((self.requests.status == 0).sum())
        return (
            f"{count} requests to {self.base_url} in {self.seconds:g} s, "
            f"{unanswered} without an answer, at most {self.latest_ms:.0f} ms late"
        )

    def __repr__(self) -> str:
        return f"{self.sentence()}\n{self.summary.to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{self.sentence()}</p>{self.summary.to_html(border=0)}"


def _summarize(route: str, method: str, group: pd.DataFrame) -> dict[str, object]:
    status, took = group["status"], group["duration_ms"]
    return {
        "route": f"{method} {route}",
        "count": len(group),
        "ok": int(status.between(200, 399).sum()),
        "4xx": int(status.between(400, 499).sum()),
        "5xx": int(status.between(500, 599).sum()),
        "p50_ms": round(float(took.quantile(0.5)), 1),
        "p95_ms": round(float(took.quantile(0.95)), 1),
        "max_ms": round(float(took.max()), 1),
    }
