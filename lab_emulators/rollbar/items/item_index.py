"""Items in memory, made of occurrences and edits in the order of their ids.

Nothing here is stored: the same rows and documents always make the same index, so
counts cannot come apart from the occurrences they count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lab_emulators.rollbar.items.code_versions import is_fixed_later
from lab_emulators.rollbar.items.model import (
    FIRST_ITEM,
    FIRST_OCCURRENCE,
    Item,
    ItemStatus,
    Occurrence,
    OccurrenceData,
    OccurrenceRef,
)

Edits = Mapping[str, Any]
"""Changes that people made: fields of the item, and `after`, the last occurrence before
the status was set."""


@dataclass(slots=True)
class _Entry:
    item: Item
    affected: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)


class ItemIndex:
    """Every item, and the uuids of all occurrences; the owner serializes the calls."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._uuids: set[str] = set()
        self._last = FIRST_OCCURRENCE
        self._items = 0

    def __contains__(self, uuid: str) -> bool:
        return uuid in self._uuids

    def items(self) -> Iterator[Item]:
        """All items, the oldest first."""
        for entry in self._entries.values():
            yield entry.item

    def item(self, identity: int) -> Item | None:
        """The item of that id, None if there is none."""
        entry = self._entries.get(identity)
        return entry.item if entry else None

    def last(self) -> int:
        """The id of the latest occurrence."""
        return self._last

    def assign_ids(self, draft: OccurrenceData) -> Occurrence:
        """Returns an occurrence with its ids; the index stays as it is."""
        item = self._ids.get((draft.environment, draft.fingerprint))
        entry = self._entries.get(item) if item else None
        values = {
            name: getattr(draft, name) for name in OccurrenceData.__dataclass_fields__
        }
        return Occurrence(
            **values,
            id=self._last + 1,
            item=item or FIRST_ITEM + self._items + 1,
            reactivates=entry is not None and _reactivates(entry, draft),
        )

    def take(self, occurrence: Occurrence) -> None:
        """Counts an occurrence; they come in the order of their ids."""
        entry = self._entries.get(occurrence.item)
        if entry is None:
            entry = self._new(occurrence)
        reference = OccurrenceRef(occurrence.id, occurrence.time_ns)
        entry.affected.add(occurrence.person or occurrence.address)
        entry.versions.add(occurrence.code_version)
        item = replace(
            entry.item,
            last=reference,
            total=entry.item.total + 1,
            unique=len(entry.affected - {""}),
        )
        if occurrence.reactivates:
            item = replace(
                item,
                status=ItemStatus.ACTIVE,
                activated=reference,
                reactivations=item.reactivations + 1,
            )
        entry.item = item
        self._uuids.add(occurrence.uuid)
        self._last = occurrence.id

    def edit(self, identity: int, edits: Edits) -> None:
        """Applies an edit of a person; a later occurrence may overrule it."""
        entry = self._entries.get(identity)
        if entry is None:
            return
        item = replace(entry.item, edits=edits)
        overruled = item.reactivations and item.activated.id > edits.get("after", 0)
        if "status" in edits and not overruled:
            item = replace(item, status=ItemStatus(edits["status"]))
        if "title" in edits:
            item = replace(item, title=edits["title"])
        if "level" in edits:
            item = replace(item, level=edits["level"])
        entry.item = item

    def _new(self, occurrence: Occurrence) -> _Entry:
        reference = OccurrenceRef(occurrence.id, occurrence.time_ns)
        item = Item(
            occurrence.item,
            occurrence.environment,
            occurrence.fingerprint,
            occurrence.title,
            occurrence.level,
            reference,
            reference,
            reference,
            platform=occurrence.platform,
            framework=occurrence.framework,
            language=occurrence.language,
        )
        entry = self._entries[item.id] = _Entry(item)
        self._ids[item.environment, item.fingerprint] = item.id
        self._items = max(self._items, item.counter)
        return entry


def _reactivates(entry: _Entry, draft: OccurrenceData) -> bool:
    """Says whether this occurrence proves that a resolved item is not.

    Not if it comes from code that is older than the fix.
    """
    if entry.item.status is not ItemStatus.RESOLVED:
        return False
    fixed_in = entry.item.edits.get("resolved_in_version") or ""
    return not is_fixed_later(draft.code_version, fixed_in, entry.versions)
