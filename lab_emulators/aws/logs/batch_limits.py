"""Limits of a batch of log events, and the range of its events that is accepted.

"PutLogEvents", CloudWatch Logs API reference; the texts are those AWS answers with.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.model import DAY_MS, LogEvents

MAX_EVENTS = 10_000
MAX_BATCH_BYTES = 1_048_576
MAX_EVENT_BYTES = 1_048_576
EVENT_OVERHEAD = 26
"""Bytes that count for each event besides its message in UTF-8."""

OLDEST_MS = 14 * DAY_MS
NEWEST_MS = 2 * 3_600_000
LONGEST_SPAN_MS = DAY_MS

_FAULT = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint"


def check_batch(events: LogEvents) -> None:
    """Checks count, sizes and order of events; InvalidParameterException."""
    _check_count(len(events))
    _check_times(events.times_ms)
    _check_sizes(np.diff(_ends(events.messages)))


def _ends(texts: pa.StringArray) -> npt.NDArray[np.int32]:
    """Offsets in memory at which the texts begin, and the end of the last one."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)
    return offsets[texts.offset : texts.offset + len(texts) + 1]


def _check_count(count: int) -> None:
    if 1 <= count <= MAX_EVENTS:
        return
    where = _FAULT.format(f"[{count} events]", "logEvents")
    bound = (
        f"less than or equal to {MAX_EVENTS}" if count else "greater than or equal to 1"
    )
    raise invalid(f"{where}: Member must have length {bound}")


def _check_times(times: npt.NDArray[np.int64]) -> None:
    if times.min() < 0:
        index = int(np.argmax(times < 0))
        where = _FAULT.format(times[index], f"logEvents.{index + 1}.member.timestamp")
        raise invalid(f"{where}: Member must have value greater than or equal to 0")
    if (times[1:] < times[:-1]).any():
        raise invalid(
            "Log events in a single PutLogEvents request must be in chronological "
            "order."
        )


def _check_sizes(sizes: npt.NDArray[np.int32]) -> None:
    if not sizes.all():
        index = int(np.argmin(sizes)) + 1
        where = _FAULT.format("", f"logEvents.{index}.member.message")
        raise invalid(f"{where}: Member must have length greater than or equal to 1")
    largest = int(sizes.max()) + EVENT_OVERHEAD
    if largest > MAX_EVENT_BYTES:
        what = "Log event too large"
        raise invalid(f"{what}: {largest} bytes exceeds limit of {MAX_EVENT_BYTES}")
    total = int(sizes.sum(dtype=np.int64)) + len(sizes) * EVENT_OVERHEAD
    if total > MAX_BATCH_BYTES:
        what = "Upload too large"
        raise invalid(f"{what}: {total} bytes exceeds limit of {MAX_BATCH_BYTES}")


@dataclass(frozen=True, slots=True)
class AcceptedRange:
    """The events [first, end) of a batch in order of time: neither too old nor too new.

    The first `too_old` are older than 14 days, the first `expired` than the group's
    retention; those from `end` on are more than two hours ahead.
    """

    too_old: int
    expired: int
    end: int

    @property
    def first(self) -> int:
        """Index of the first event that is accepted."""
        return max(self.too_old, self.expired)

    @classmethod
    def of(
        cls, times: npt.NDArray[np.int64], now_ms: int, expiry_ms: int
    ) -> "AcceptedRange":
        """The range at that time; InvalidParameterException if it spans too much."""
        bounds = np.array([now_ms - OLDEST_MS, expiry_ms, now_ms + NEWEST_MS + 1])
        too_old, expired, end = np.searchsorted(times, bounds).tolist()
        window = cls(too_old, expired, end)
        first = window.first
        if first < end and times[end - 1] - times[first] > LONGEST_SPAN_MS:
            raise invalid(
                "The batch of log events in a single PutLogEvents request cannot "
                "span more than 24 hours."
            )
        return window

    def rejected(self, count: int) -> dict[str, int]:
        """`rejectedLogEventsInfo` for `count` events; empty if all are accepted."""
        info = {}
        if self.end < count:
            info["tooNewLogEventStartIndex"] = self.end
        if self.too_old:
            info["tooOldLogEventEndIndex"] = self.too_old
        if self.expired:
            info["expiredLogEventEndIndex"] = self.expired
        return info
