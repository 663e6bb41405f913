"""How much a group and its streams hold, and of when: counted when somebody asks.

What was counted is kept until the group is written to again, so that nothing of it
costs anything while events come in.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from lab_emulators.aws.logs.batch_limits import EVENT_OVERHEAD
from lab_emulators.aws.logs.core import Core
from lab_emulators.aws.logs.repository.events_table import (
    INGESTED,
    MESSAGE,
    NS_PER_MS,
    Wanted,
)
from lab_emulators.aws.logs.repository.group_repository import Group
from lab_emulators.store.query.expr import EventTime, Op, whole
from lab_emulators.store.query.plan import Aggregate, Measure

_MEASURES = (
    Measure(Aggregate.MIN, (EventTime(),)),
    Measure(Aggregate.MAX, (EventTime(),)),
    Measure(Aggregate.MAX, (INGESTED,)),
    Measure(Aggregate.SUM, (whole(Op.BYTES, MESSAGE),)),
    Measure(Aggregate.COUNT),
)
_FRESH_MS = 60_000  # how late an event that has just expired may still be counted


@dataclass(frozen=True, slots=True)
class Held:
    """What a stream holds; times in ms since 1970, bytes as AWS counts them."""

    first_ms: int
    last_ms: int
    ingested_ms: int
    bytes: int


class Stored:
    """What groups hold; any thread may ask."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._lock = threading.Lock()
        self._known: dict[str, tuple[tuple[int, ...], Mapping[str, Held]]] = {}

    def streams(self, group: Group) -> Mapping[str, Held]:
        """By name of the stream; those without events are not there."""
        expiry = group.expiry_ms(self._core.now_ms())
        writes = self._core.archive.writes(group.name)
        state = (group.born_ns, writes, expiry // _FRESH_MS)
        known = self._known.get(group.name)
        if known is None or known[0] != state:
            known = state, self._counted(group, expiry)
            with self._lock:
                self._known[group.name] = known
        return known[1]

    def bytes(self, group: Group) -> int:
        """What the events of a group count for: their messages, and 26 bytes each."""
        return sum(held.bytes for held in self.streams(group).values())

    def _counted(self, group: Group, expiry: int) -> Mapping[str, Held]:
        wanted = Wanted(start_ms=expiry)
        found = self._core.archive.measured(group.name, wanted, _MEASURES)
        return {
            row["k0"]: Held(
                row["m0"] // NS_PER_MS,
                row["m1"] // NS_PER_MS,
                row["m2"],
                int(row["m3"]) + EVENT_OVERHEAD * row["m4"],
            )
            for row in found.to_pylist()
        }
