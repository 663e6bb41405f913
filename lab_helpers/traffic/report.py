"""Report of a run: every request, and a table by route."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from html import escape

import pandas as pd

from lab_helpers.traffic.load import MachineLoad

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

TEXT_WIDTH = 79
"""Characters in a line of printed text; JupyterLab breaks longer ones in a word."""


@dataclass(frozen=True, eq=False)
class Report:
    """The requests of one run.

    `requests` has one row per request, in the order planned: start
    (datetime64[ns, UTC]), route, method, status (0: no answer), duration_ms (from
    sending to the last byte), habit, user ("" for none), late_ms (how much later than
    planned it was sent). `share` is the part of the processor time it wanted that a
    heartbeat beside the visitors got (NaN: there was none).
    """

    base_url: str
    seconds: float
    seed: int
    requests: pd.DataFrame
    share: float = math.nan

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
    def machine(self) -> MachineLoad:
        """What this machine took from the run."""
        checks = self.requests[self.requests["route"] == "/health"]
        return MachineLoad(
            share=self.share,
            late_ms=float(self.requests["late_ms"].quantile(0.95)),
            health_ms=float(checks["duration_ms"].median()),
        )

    @property
    def notice(self) -> str:
        """What a picture of this run has to say of the machine; mostly nothing."""
        return self.machine.notice

    def headroom(self) -> str:
        """Tells whether the machine had time to spare, and if not, what to do.

        Where it had none, the durations are more the machine's than the app's.
        """
        return textwrap.fill(self.machine.sentence(), TEXT_WIDTH)

    def sentence(self) -> str:
        """Sentence on the number of requests, those unanswered, and punctuality."""
        count, unanswered = len(self.requests), int((self.requests.status == 0).sum())
        return (
            f"{count} requests to {self.base_url} in {self.seconds:g} s, "
            f"{unanswered} without an answer, at most {self.latest_ms:.0f} ms late"
        )

    def __repr__(self) -> str:
        return f"{self._opening()}\n{self.summary.to_string()}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._opening())}</p>{self.summary.to_html(border=0)}"

    def _opening(self) -> str:
        """Both sentences; that on the machine comes first if it was busy."""
        if not self.machine.busy:
            return f"{self.sentence()}. {self.headroom()}"
        return f"{self.headroom()} {self.sentence()}."


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
