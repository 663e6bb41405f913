"""Changes of an item (docs.rollbar.com, "Update an item")."""

from collections.abc import Callable, Mapping
from typing import Any

from lab_emulators.rollbar.errors import RollbarError, invalid
from lab_emulators.rollbar.items.model import LEVELS, Item, ItemStatus

LONGEST_TITLE = 255
LONGEST_VERSION = 40
_STAMPS = {
    ItemStatus.ACTIVE: "last_activated_timestamp",
    ItemStatus.RESOLVED: "last_resolved_timestamp",
    ItemStatus.MUTED: "last_muted_timestamp",
}


def edits_of(body: Mapping[str, Any], item: Item, now_s: int) -> dict[str, Any]:
    """The edits that a PATCH asks for; 422 names the field that is wrong."""
    edits: dict[str, Any] = {}
    for name, value in body.items():
        if name not in _FIELDS:
            raise invalid(f"{name}: not a field that can be changed")
        edits |= _FIELDS[name](name, value)
    if not edits:
        raise invalid("nothing to change: " + ", ".join(_FIELDS))
    if "status" in edits and edits["status"] != item.status:
        edits[_STAMPS[ItemStatus(edits["status"])]] = now_s
    _check_version(edits, item)
    seconds = edits.pop("snooze_expiration_in_seconds", None)
    if "snooze_enabled" in edits or seconds is not None:
        edits["snoozed_until"] = None if seconds is None else now_s + seconds
    return edits


def _check_version(edits: Mapping[str, Any], item: Item) -> None:
    status = edits.get("status", item.status)
    if edits.get("resolved_in_version") and status != ItemStatus.RESOLVED:
        raise invalid("resolved_in_version: only a resolved item has one")


def _status(name: str, value: Any) -> dict[str, Any]:
    if value == "archived":
        raise invalid("status: archived is not emulated")
    if value not in list(ItemStatus):
        raise _wrong(name, value, f"one of {', '.join(ItemStatus)}")
    return {name: value}


def _level(name: str, value: Any) -> dict[str, Any]:
    number = LEVELS.get(value) if isinstance(value, str) else value
    if isinstance(value, bool) or number not in LEVELS.values():
        raise _wrong(name, value, f"one of {', '.join(LEVELS)}")
    return {name: number}


def _text(longest: int, *, nullable: bool) -> Callable[[str, Any], dict[str, Any]]:
    def check(name: str, value: Any) -> dict[str, Any]:
        if value is None and nullable:
            return {name: None}
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise _wrong(name, value, f"a text of 1 to {longest} characters")
        return {name: value}

    return check


def _identity(name: str, value: Any) -> dict[str, Any]:
    if value is not None and not _is_positive(value):
        raise _wrong(name, value, "an id or null")
    return {"assigned_team_id" if name == "team_id" else name: value}


def _seconds(name: str, value: Any) -> dict[str, Any]:
    if not _is_positive(value):
        raise _wrong(name, value, "a positive number of seconds")
    return {name: value}


def _flag(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return {"snooze_enabled": value}


def _is_positive(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _wrong(name: str, value: Any, expected: str) -> RollbarError:
    return invalid(f"{name}: {value!r} is not {expected}")


_FIELDS: Mapping[str, Callable[[str, Any], dict[str, Any]]] = {
    "status": _status,
    "resolved_in_version": _text(LONGEST_VERSION, nullable=True),
    "title": _text(LONGEST_TITLE, nullable=False),
    "level": _level,
    "assigned_user_id": _identity,
    "assigned_team_id": _identity,
    "team_id": _identity,
    "snooze_enabled": _flag,
    "snoozed": _flag,
    "snooze_expiration_in_seconds": _seconds,
}
"""Fields by name; `snoozed` and `team_id` are what Rollbar's own API client sends."""
