"""Occurrences, and the items they add up to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
"""Names of levels and the numbers that RQL and the items of Rollbar's API have."""

LEVEL_NAMES = {number: name for name, number in LEVELS.items()}

FIRST_ITEM = 800_000_000
"""Item ids start here, so that none is taken for a counter, which start at 1."""

FIRST_OCCURRENCE = 300_000_000_000


class ItemStatus(StrEnum):
    """Statuses of an item."""

    ACTIVE = "active"
    RESOLVED = "resolved"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class OccurrenceData:
    """An occurrence before it has a number: all that its payload says of it.

    `time_ns` is when it happened, `ingested_ns` when it came; `level` is a number.
    What the payload does not say is the empty string. `address` is the client's.
    """

    uuid: str
    time_ns: int
    ingested_ns: int
    environment: str
    level: int
    title: str
    fingerprint: str
    person: str = ""
    address: str = ""
    code_version: str = ""
    platform: str = ""
    framework: str = ""
    language: str = ""
    payload: str = field(default="", repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """The `data` as it was sent, with its uuid; the payload must have been read."""
        data: dict[str, Any] = json.loads(self.payload)
        return data


@dataclass(frozen=True, slots=True)
class Occurrence(OccurrenceData):
    """One occurrence: its id, its item's, and whether it reactivated that item."""

    id: int = 0
    item: int = 0
    reactivates: bool = False


@dataclass(frozen=True, slots=True)
class OccurrenceRef:
    """One occurrence as its item remembers it: id and time (ns since the epoch)."""

    id: int
    time_ns: int

    @property
    def time_s(self) -> int:
        """Whole seconds since the epoch, as the API has times."""
        return self.time_ns // 10**9


@dataclass(frozen=True, slots=True)
class Item:
    """A group of occurrences: what they add up to, and what people made of it.

    `unique` counts people, or addresses where no person is known. `activated` is the
    occurrence that made the item active last: the first one, or the last that came
    after it was resolved, of which there were `reactivations`. `edits` is what was
    changed through the API (title, level, assigned_user_id, resolved_in_version …).
    """

    id: int
    environment: str
    fingerprint: str
    title: str
    level: int
    first: OccurrenceRef
    last: OccurrenceRef
    activated: OccurrenceRef
    status: ItemStatus = ItemStatus.ACTIVE
    total: int = 0
    unique: int = 0
    reactivations: int = 0
    platform: str = ""
    framework: str = ""
    language: str = ""
    edits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counter(self) -> int:
        """The item's small number within its project."""
        return self.id - FIRST_ITEM
