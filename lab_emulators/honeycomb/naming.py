"""Names Honeycomb gives to things: dataset slugs, ids, and the kinds of API key."""

import re
import secrets
from collections.abc import Callable
from enum import StrEnum

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ID_LENGTH = 11

_OUTSIDE_SLUG = re.compile(r"[^a-z0-9_.-]")


class KeyShape(StrEnum):
    """Kinds of API keys, as far as their shape tells (docs: "Honeycomb API keys")."""

    CONFIGURATION = "configuration"
    INGEST = "ingest"
    MANAGEMENT = "management"
    CLASSIC_CONFIGURATION = "classic configuration"
    CLASSIC_INGEST = "classic ingest"
    UNKNOWN = "unknown"


_SHAPES = (
    (KeyShape.CLASSIC_CONFIGURATION, re.compile(r"[a-f0-9]{32}")),
    (KeyShape.CONFIGURATION, re.compile(r"[A-Za-z0-9]{22,23}")),
    (KeyShape.INGEST, re.compile(r"hc[a-z]ik_[A-Za-z0-9]{58}")),
    (KeyShape.CLASSIC_INGEST, re.compile(r"hc[a-z]ic_[0-9a-z]{58}")),
    (KeyShape.MANAGEMENT, re.compile(r"hc[a-z]mk_[A-Za-z0-9]+(:[A-Za-z0-9]+)?")),
)


def slug_of(name: str) -> str:
    """Returns the slug of a dataset named `name`: `My Dataset!` gives `my-dataset-`.

    The API description shows examples only; that `.` and `_` stay and that nothing
    is collapsed or trimmed is our choice.
    """
    return _OUTSIDE_SLUG.sub("-", name.lower())


def new_id(choose: Callable[[str], str] = secrets.choice) -> str:
    """Returns a fresh id of 11 base58 characters, as columns, queries and results have.

    `choose` picks one character of a string; a seeded `random.Random(…).choice` makes
    the ids repeatable. Markers have ids of another shape (8 hex digits).
    """
    return "".join(choose(BASE58) for _ in range(ID_LENGTH))


def key_shape(key: str) -> KeyShape:
    """Says what kind of API key `key` looks like; an empty or odd one is `UNKNOWN`."""
    return next((name for name, s in _SHAPES if s.fullmatch(key)), KeyShape.UNKNOWN)


def is_classic(key: str) -> bool:
    """Says whether `key` belongs to a Classic account; an empty key does not."""
    return key_shape(key) in (KeyShape.CLASSIC_CONFIGURATION, KeyShape.CLASSIC_INGEST)
