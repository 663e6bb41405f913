"""One page of events: at most 10,000, and no more than 1 MB of them (API reference)."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from lab_emulators.aws.logs.batch_limits import EVENT_OVERHEAD
from lab_emulators.aws.logs.model import LogEvent
from lab_emulators.aws.logs.repository.events_table import (
    MESSAGE,
    NS_PER_MS,
    SEQ,
    EventSelection,
    EventsTable,
)
from lab_emulators.store.query import Op, literal, predicate, whole

MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576
FEW = 200

_AHEAD = {"seq": SEQ, "size": whole(Op.BYTES, MESSAGE)}


def page(
    events_table: EventsTable, group: str, selection: EventSelection
) -> tuple[list[LogEvent], bool]:
    """The first events of a selection that fit one page, and whether there are more.

    Sizes are read before any message, so memory holds one page at most.
    """
    limit = min(selection.limit or MOST_EVENTS, MOST_EVENTS)
    sized = events_table.table(group, replace(selection, limit=limit + 1), _AHEAD)
    sizes = np.asarray(sized["size"], dtype=np.int64) + EVENT_OVERHEAD
    # The running sum of sizes tells how many events fit; the first always does,
    # and one row more than the limit was read to know whether others follow.
    fit = int(np.searchsorted(np.cumsum(sizes), MOST_BYTES, side="right"))
    count = min(max(fit, 1), limit, len(sizes))
    if not count:
        return [], False
    chosen = _narrowed(selection, sized.slice(0, count))
    return events_table.read(group, chosen), len(sizes) > count


def _narrowed(selection: EventSelection, rows: pa.Table) -> EventSelection:
    """The selection of these rows, the first ones of another selection.

    A few are selected by their sequence numbers, so that a pattern is not searched
    for again; with many numbers that would take longer than the search.
    """
    times = np.asarray(rows["_time"]) // NS_PER_MS
    where = selection.where
    if len(rows) <= FEW:
        where = predicate(Op.IS_IN, SEQ, *map(literal, rows["seq"].to_pylist()))
    return replace(
        selection,
        start_ms=int(times.min()),
        end_ms=int(times.max()) + 1,
        where=where,
        limit=len(rows),
    )
