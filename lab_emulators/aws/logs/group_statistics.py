"""Size and time range of groups and streams.

Both are computed when they are read, and cached until the next write to the group,
so that they cost nothing while events are written.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from lab_emulators.aws.logs.batch_limits import EVENT_OVERHEAD
from lab_emulators.aws.logs.core import LogsCore
from lab_emulators.aws.logs.model import LogGroup
from lab_emulators.aws.logs.repository.events_table import (
    INGESTED,
    MESSAGE,
    NS_PER_MS,
    EventSelection,
)
from lab_emulators.store.query import EventTime, Fold, Measure, Op, whole

_MEASURES = {
    "first_ns": Measure(Fold.MIN, EventTime()),
    "last_ns": Measure(Fold.MAX, EventTime()),
    "ingested_ms": Measure(Fold.MAX, INGESTED),
    "bytes": Measure(Fold.SUM, whole(Op.BYTES, MESSAGE)),
    "events": Measure(Fold.COUNT),
}
_EXPIRY_STEP_MS = 60_000  # an event may still be counted that long after it expired


@dataclass(frozen=True, slots=True)
class StreamStatistics:
    """Time range and size of a stream; times in ms since 1970, bytes as AWS counts."""

    first_ms: int
    last_ms: int
    ingested_ms: int
    bytes: int


class GroupStatistics:
    """Statistics of every group; safe for threads."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core
        self._lock = threading.Lock()
        self._known: dict[
            str, tuple[tuple[int, ...], Mapping[str, StreamStatistics]]
        ] = {}

    def streams(self, group: LogGroup) -> Mapping[str, StreamStatistics]:
        """Statistics by name of the stream, without streams that have no events."""
        expiry = group.expiry_ms(self._core.now_ms())
        writes = self._core.events.writes(group.name)
        state = (group.born_ns, writes, expiry // _EXPIRY_STEP_MS)
        known = self._known.get(group.name)
        if known is None or known[0] != state:
            known = state, self._counted(group, expiry)
            with self._lock:
                self._known[group.name] = known
        return known[1]

    def bytes(self, group: LogGroup) -> int:
        """`storedBytes` of a group: its messages, and 26 bytes for each of them."""
        return sum(stream.bytes for stream in self.streams(group).values())

    def _counted(self, group: LogGroup, expiry: int) -> Mapping[str, StreamStatistics]:
        selection = EventSelection(start_ms=expiry)
        counts = self._core.events.measured(group.name, selection, _MEASURES)
        return {
            row["stream"]: StreamStatistics(
                row["first_ns"] // NS_PER_MS,
                row["last_ns"] // NS_PER_MS,
                row["ingested_ms"],
                int(row["bytes"]) + EVENT_OVERHEAD * row["events"],
            )
            for row in counts.to_pylist()
        }
