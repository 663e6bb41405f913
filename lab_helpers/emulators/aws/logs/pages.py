"""One page of events: at most 10,000, and no more than 1 MB of them (API reference)."""

from dataclasses import replace

import numpy as np

from lab_helpers.emulators.aws.logs.archive import MESSAGE, Archive, Event, Wanted
from lab_helpers.emulators.aws.logs.batches import EVENT_OVERHEAD
from lab_helpers.emulators.store.expr import Op, whole

MOST_EVENTS = 10_000
MOST_BYTES = 1_048_576

_SIZE = {"size": whole(Op.BYTES, MESSAGE)}


def page(archive: Archive, group: str, wanted: Wanted) -> tuple[list[Event], bool]:
    """The first of the wanted events that fit one page, and whether there are more.

    Sizes are looked at before any message is read, so memory holds one page at most.
    """
    limit = min(wanted.limit or MOST_EVENTS, MOST_EVENTS)
    ahead = archive.table(group, replace(wanted, limit=limit + 1), _SIZE)
    sizes = np.asarray(ahead["size"], dtype=np.int64) + EVENT_OVERHEAD
    fit = int(np.searchsorted(np.cumsum(sizes), MOST_BYTES, side="right"))
    count = min(max(fit, 1), limit, len(sizes))
    if not count:
        return [], False
    events = archive.read(group, replace(wanted, limit=count))
    return events, len(sizes) > count
