"""Counters of a daemon: raised by many threads, read by the lab's control side."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

COUNTS = (
    "received", "rejected", "spilled", "sent", "unprocessed", "lost", "unsampled",
)  # fmt: skip
"""Packets received and rejected; segments spilled from a full buffer, sent to the
service, refused by it, lost after every attempt; packets of unsampled spans."""

ERRORS = (
    "TimeoutCount", "ConnectionRefusedCount", "HTTPCode4XXCount", "HTTPCode5XXCount",
    "UnknownHostCount", "OtherCount",
)  # fmt: skip
"""The members of `BackendConnectionErrors` in a telemetry record."""


class Stats:
    """Counters since the daemon started, and since the last telemetry record."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total: Counter[str] = Counter()
        self._recent: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()

    def count(self, name: str, number: int = 1) -> None:
        """Adds to one of `COUNTS` or `ERRORS`."""
        with self._lock:
            self._total[name] += number
            self._recent[name] += number

    def reject(self, reason: str) -> None:
        """One packet that could not be read, and why."""
        self.count("rejected")
        with self._lock:
            self._reasons[reason] += 1

    def as_dict(self) -> dict[str, Any]:
        """Every count, errors and reasons included; JSON-ready."""
        with self._lock:
            return {
                **{name: self._total[name] for name in COUNTS},
                "reasons": dict(self._reasons),
                "errors": {n: self._total[n] for n in ERRORS if self._total[n]},
            }

    def telemetry(self, at: float) -> Mapping[str, Any] | None:
        """A record of what happened since the last one; None without segments."""
        with self._lock:
            recent, self._recent = self._recent, Counter()
        if not recent["received"]:
            return None
        return {
            "Timestamp": at,
            "SegmentsReceivedCount": recent["received"],
            "SegmentsSentCount": recent["sent"],
            "SegmentsSpilloverCount": recent["spilled"],
            "SegmentsRejectedCount": recent["unprocessed"],
            "BackendConnectionErrors": {name: recent[name] for name in ERRORS},
        }
