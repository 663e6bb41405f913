"""Items in memory, made of occurrences and edits in the order of their ids.

Nothing here is stored: the same rows and documents always make the same shelf, so
counts cannot come apart from the occurrences they count.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lab_emulators.rollbar.items.code_versions import is_fixed_later
from lab_emulators.rollbar.items.model import (
    FIRST_ITEM,
    FIRST_OCCURRENCE,
    Draft,
    Item,
    Occurrence,
    Sighting,
    Status,
)

Edits = Mapping[str, Any]
"""What people changed: fields of the item, and `after`, the last occurrence before
the status was set."""


@dataclass(slots=True)
class _Known:
    item: Item
    affected: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)


class Shelf:
    """Every item, and the uuids of all occurrences; the owner serializes the calls."""

    def __init__(self) -> None:
        self._known: dict[int, _Known] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._uuids: set[str] = set()
        self._last = FIRST_OCCURRENCE
        self._items = 0

    def __contains__(self, uuid: str) -> bool:
        return uuid in self._uuids

    def items(self) -> Iterator[Item]:
        """All items, the oldest first."""
        for known in self._known.values():
            yield known.item

    def item(self, identity: int) -> Item | None:
        """The item of that id, None if there is none."""
        known = self._known.get(identity)
        return known.item if known else None

    def last(self) -> int:
        """The id of the latest occurrence."""
        return self._last

    def place(self, draft: Draft) -> Occurrence:
        """The draft with its numbers; the shelf stays as it is."""
        item = self._ids.get((draft.environment, draft.fingerprint))
        known = self._known.get(item) if item else None
        values = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
        return Occurrence(
            **values,
            id=self._last + 1,
            item=item or FIRST_ITEM + self._items + 1,
            reactivates=known is not None and _reactivates(known, draft),
        )

    def take(self, occurrence: Occurrence) -> None:
        """Count an occurrence; they come in the order of their ids."""
        known = self._known.get(occurrence.item)
        if known is None:
            known = self._new(occurrence)
        seen = Sighting(occurrence.id, occurrence.time_ns)
        known.affected.add(occurrence.person or occurrence.address)
        known.versions.add(occurrence.code_version)
        item = replace(
            known.item,
            last=seen,
            total=known.item.total + 1,
            unique=len(known.affected - {""}),
        )
        if occurrence.reactivates:
            item = replace(
                item,
                status=Status.ACTIVE,
                activated=seen,
                reactivations=item.reactivations + 1,
            )
        known.item = item
        self._uuids.add(occurrence.uuid)
        self._last = occurrence.id

    def edit(self, identity: int, edits: Edits) -> None:
        """Apply what people changed; an occurrence that came after may overrule it."""
        known = self._known.get(identity)
        if known is None:
            return
        item = replace(known.item, edits=edits)
        overruled = item.reactivations and item.activated.id > edits.get("after", 0)
        if "status" in edits and not overruled:
            item = replace(item, status=Status(edits["status"]))
        if "title" in edits:
            item = replace(item, title=edits["title"])
        if "level" in edits:
            item = replace(item, level=edits["level"])
        known.item = item

    def _new(self, occurrence: Occurrence) -> _Known:
        seen = Sighting(occurrence.id, occurrence.time_ns)
        item = Item(
            occurrence.item,
            occurrence.environment,
            occurrence.fingerprint,
            occurrence.title,
            occurrence.level,
            seen,
            seen,
            seen,
            platform=occurrence.platform,
            framework=occurrence.framework,
            language=occurrence.language,
        )
        known = self._known[item.id] = _Known(item)
        self._ids[item.environment, item.fingerprint] = item.id
        self._items = max(self._items, item.counter)
        return known


def _reactivates(known: _Known, draft: Draft) -> bool:
    """Whether this occurrence proves that a resolved item is not.

    Not if it comes from code that is older than the fix.
    """
    if known.item.status is not Status.RESOLVED:
        return False
    fixed_in = known.item.edits.get("resolved_in_version") or ""
    return not is_fixed_later(draft.code_version, fixed_in, known.versions)
