"""Configuration of one emulated Honeycomb: its keys, names, limits and clock."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from lab_emulators.contract import HONEYCOMB_API_KEY


class Permission(StrEnum):
    """One flag of `api_key_access` in the answer of `GET /1/auth`."""

    EVENTS = "events"
    MARKERS = "markers"
    TRIGGERS = "triggers"
    BOARDS = "boards"
    QUERIES = "queries"
    COLUMNS = "columns"
    CREATE_DATASETS = "createDatasets"
    SLOS = "slos"
    RECIPIENTS = "recipients"
    PRIVATE_BOARDS = "privateBoards"


class KeyKind(StrEnum):
    """The `type` of a key: what part of the service it opens."""

    CONFIGURATION = "configuration"
    INGEST = "ingest"


EVERYTHING = frozenset(Permission)
INGEST = frozenset({Permission.EVENTS, Permission.CREATE_DATASETS})


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key: its kind, and its permissions.

    Keys that are `rate_limited`, or `truncates_windows`, meet what the real service
    does even where the class runs without: its limits, or windows of whole minutes.
    """

    id: str
    kind: KeyKind = KeyKind.CONFIGURATION
    permissions: frozenset[Permission] = EVERYTHING
    rate_limited: bool = False
    truncates_windows: bool = False

    def may(self, permission: Permission) -> bool:
        """Says whether this key carries `permission`."""
        return permission in self.permissions


def _ingest_key(region: str, name: str) -> str:
    """An ingest key as Honeycomb shapes it: `hc?ik_` and 58 characters."""
    return f"hc{region}ik_" + name.ljust(58, "0")


LAB_KEY = HONEYCOMB_API_KEY
NO_CREATE_KEY = "localLabNoCreate000000"
RATE_LIMITED_KEY = "localLabRateLimited000"
WHOLE_MINUTES_KEY = "localLabWholeMinutes00"
INGEST_KEY = _ingest_key("a", "01locallabingest")
NO_CREATE_INGEST_KEY = _ingest_key("a", "01locallabingestnocreate")
INGEST_ID_LENGTH = 32  # of an ingest key's 64 characters; the rest is its secret

DEFAULT_KEYS: Mapping[str, ApiKey] = {
    LAB_KEY: ApiKey("LabConfKey1"),
    NO_CREATE_KEY: ApiKey(
        "LabConfKey2", permissions=EVERYTHING - {Permission.CREATE_DATASETS}
    ),
    RATE_LIMITED_KEY: ApiKey("LabConfKey3", rate_limited=True),
    WHOLE_MINUTES_KEY: ApiKey("LabConfKey4", truncates_windows=True),
    INGEST_KEY: ApiKey(INGEST_KEY[:INGEST_ID_LENGTH], KeyKind.INGEST, INGEST),
    NO_CREATE_INGEST_KEY: ApiKey(
        NO_CREATE_INGEST_KEY[:INGEST_ID_LENGTH],
        KeyKind.INGEST,
        frozenset({Permission.EVENTS}),
    ),
}


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Sizes and counts beyond which a request is refused.

    The batch size is the published cap of Honeycomb's clients, the number of columns
    of a dataset is the documented default; the others are the service's own.
    """

    event_bytes: int = 1_000_000
    batch_bytes: int = 5_000_000
    otlp_bytes: int = 20 * 1024 * 1024
    document_bytes: int = 100_000
    event_columns: int = 2_000
    dataset_columns: int = 10_000
    string_bytes: int = 65_535


@dataclass(frozen=True, slots=True)
class HoneycombConfig:
    """Everything that may differ between two emulated Honeycombs.

    `clock` returns nanoseconds since the epoch. `truncate_window` makes queries end
    on a whole step as on the real service, which hides the last minutes' events.
    `decoder` chooses between the two OTLP paths that must give equal rows. `durable`
    off is for measuring what durability costs, never for events that matter.
    """

    keys: Mapping[str, ApiKey] = field(default_factory=lambda: dict(DEFAULT_KEYS))
    team: str = "Local Lab"
    team_slug: str = "local-lab"
    environment: str = "Course"
    environment_slug: str = "course"
    truncate_window: bool = False
    enforce_rate_limits: bool = False
    clock: Callable[[], int] = time.time_ns
    limits: RequestLimits = field(default_factory=RequestLimits)
    decoder: Literal["columnar", "plain"] = "columnar"
    durable: bool = True
