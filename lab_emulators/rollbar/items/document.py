"""Items as Rollbar's API shows them."""

from typing import Any

from lab_emulators.rollbar.items.model import LEVEL_NAMES, Item

UNKNOWN = "unknown"
_NULLS = ("public_item_id", "integrations_data", "group_item_id", "group_status")


def item_document(item: Item, *, project_id: int, now_ns: int) -> dict[str, Any]:
    """One item, JSON-ready: texts for status and level, times in seconds.

    What belongs to parts of Rollbar that are not emulated is null.
    """
    return {
        "id": item.id,
        "project_id": project_id,
        "counter": item.counter,
        "environment": item.environment,
        "platform": item.platform or UNKNOWN,
        "framework": item.framework or UNKNOWN,
        "language": item.language or UNKNOWN,
        "hash": item.fingerprint,
        "title": item.title,
        "status": item.status.value,
        "level": LEVEL_NAMES[item.level],
        **_sightings(item),
        "total_occurrences": item.total,
        "unique_occurrences": item.unique,
        **_decisions(item),
        **_snooze(item, now_ns),
        **dict.fromkeys(_NULLS),
    }


def last_activated(item: Item) -> int:
    """Time when the item became active last (s): by an occurrence, or by somebody."""
    return max(item.activated.time_s, item.edits.get("last_activated_timestamp") or 0)


def is_snoozed(item: Item, now_ns: int) -> bool:
    """Says whether the item is snoozed and the snooze is not over."""
    until_s = item.edits.get("snoozed_until")
    if not item.edits.get("snooze_enabled"):
        return False
    return until_s is None or now_ns < until_s * 10**9


def _sightings(item: Item) -> dict[str, Any]:
    return {
        "first_occurrence_id": item.first.id,
        "first_occurrence_timestamp": item.first.time_s,
        "last_occurrence_id": item.last.id,
        "last_occurrence_timestamp": item.last.time_s,
        "activating_occurrence_id": item.activated.id,
        "last_activated_timestamp": last_activated(item),
    }


def _decisions(item: Item) -> dict[str, Any]:
    """Members that people decided on."""
    names = (
        "last_resolved_timestamp",
        "last_muted_timestamp",
        "resolved_in_version",
        "assigned_user_id",
        "assigned_team_id",
        "last_modified_by",
    )
    return {
        **{name: item.edits.get(name) for name in names},
        "level_lock": int("level" in item.edits),
        "title_lock": int("title" in item.edits),
    }


def _snooze(item: Item, now_ns: int) -> dict[str, Any]:
    snoozed = is_snoozed(item, now_ns)
    until_s = item.edits.get("snoozed_until") if snoozed else None
    return {"snooze_enabled": snoozed, "snooze_expiration_datetime": until_s}
