"""One page of events: at most 10,000, and no more than 1 MB of them (API reference)."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from lab_emulators.aws.logs.batch_limits import EVENT_OVERHEAD
from lab_emulators.aws.logs.repository.events_table import (
    MESSAGE,
    NS_PER_MS,
    SEQ,
    Archive,
    Event,
    Wanted,
)
from lab_emulators.store.query.expr import Op, literal, predicate, whole

MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576
FEW = 200

_AHEAD = {"seq": SEQ, "size": whole(Op.BYTES, MESSAGE)}


def page(archive: Archive, group: str, wanted: Wanted) -> tuple[list[Event], bool]:
    """The first of the wanted events that fit one page, and whether there are more.

    Sizes are looked at before any message is read, so memory holds one page at most.
    """
    limit = min(wanted.limit or MOST_EVENTS, MOST_EVENTS)
    ahead = archive.table(group, replace(wanted, limit=limit + 1), _AHEAD)
    sizes = np.asarray(ahead["size"], dtype=np.int64) + EVENT_OVERHEAD
    fit = int(np.searchsorted(np.cumsum(sizes), MOST_BYTES, side="right"))
    count = min(max(fit, 1), limit, len(sizes))
    if not count:
        return [], False
    chosen = _narrowed(wanted, ahead.slice(0, count))
    return archive.read(group, chosen), len(sizes) > count


def _narrowed(wanted: Wanted, rows: pa.Table) -> Wanted:
    """The events of these rows, the first of those that are wanted.

    A few are named by their numbers, so that a pattern is not searched for again;
    naming many would take longer than the search.
    """
    times = np.asarray(rows["_time"]) // NS_PER_MS
    where = wanted.where
    if len(rows) <= FEW:
        where = predicate(Op.IS_IN, SEQ, *map(literal, rows["seq"].to_pylist()))
    return replace(
        wanted,
        start_ms=int(times.min()),
        end_ms=int(times.max()) + 1,
        where=where,
        limit=len(rows),
    )
