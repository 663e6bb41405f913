"""Replay: what was acknowledged and not applied when the process ended."""

from collections.abc import Iterator

from lab_emulators.store.durability.journal import Journal
from lab_emulators.store.durability.packing import Entry, unpack
from lab_emulators.store.durability.transactions import Transactions

GROUP_BYTES = 24 * 2**20
"""Bytes of the journal after which a transaction of the replay ends."""


def replay(journal: Journal, engine: Transactions) -> None:
    """Applies the records of the journal to the database, and empties the journal."""
    for entries, last in _groups(journal.after(engine.applied)):
        engine.apply(entries, last)
    journal.release(journal.last)


def _groups(
    records: Iterator[tuple[int, bytes]],
) -> Iterator[tuple[list[Entry], int]]:
    """Entries of consecutive records, and the number of the last one."""
    entries, size, last = list[Entry](), 0, 0
    for last, payload in records:
        entries.append(unpack(payload))
        size += len(payload)
        if size >= GROUP_BYTES:
            yield entries, last
            entries, size = [], 0
    if entries:
        yield entries, last
