"""Versions of the code and what happened in them (docs.rollbar.com, "Versions")."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request

from lab_emulators.rollbar import errors, query_parameters
from lab_emulators.rollbar.auth import require
from lab_emulators.rollbar.config import TokenScope
from lab_emulators.rollbar.context import repository, store
from lab_emulators.rollbar.items.aggregation import aggregate, is_one_of
from lab_emulators.rollbar.items.model import LEVEL_NAMES, Item, ItemStatus
from lab_emulators.rollbar.items.repository import ID, ITEM
from lab_emulators.rollbar.routes import result
from lab_emulators.rollbar.routes.deploys import deploys
from lab_emulators.rollbar.routes.items import item_body
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    Column,
    EventTime,
    Fold,
    Measure,
    absent,
    all_of,
    case,
    literal,
)

EVENTS = ("new", "reactivated", "repeated", "resolved")
_BACK = Column("reactivates", ColumnType.BOOLEAN)
_MEASURES = {
    "first": Measure(Fold.MIN, ID),
    "last": Measure(Fold.MAX, ID),
    "first_ns": Measure(Fold.FIRST, EventTime(), order=(ID,)),
    "last_ns": Measure(Fold.LAST, EventTime(), order=(ID,)),
    "back": Measure(
        Fold.COUNT, case([(_BACK, literal(1))], absent(ColumnType.INTEGER))
    ),
}

ItemRows = Sequence[Mapping[str, Any]]
"""Occurrences of a version: for each item its first and last occurrence there."""

blueprint = Blueprint("releases", __name__, url_prefix="/api/1")


@blueprint.get("/versions/<version>")
def show_version(version: str) -> Response:
    """`GET /versions/{version}?environment=`: its occurrences, deploy and items."""
    require(TokenScope.READ)
    query_parameters.only("environment")
    environment = _environment()
    rows = _item_rows(version, environment)
    deploy = _deploy(version, environment)
    if not rows and deploy is None:
        raise errors.not_found()
    by_event = _events(version, environment, rows)
    return result(
        {
            "version": version,
            "environment": environment,
            **_span(rows),
            "deployed_by": deploy["local_username"] if deploy else None,
            "last_deploy_timestamp": deploy["start_ns"] // 10**9 if deploy else None,
            "item_stats": {event: _by_level(by_event[event]) for event in EVENTS},
        }
    )


@blueprint.get("/versions/<version>/items")
def list_version_items(version: str) -> Response:
    """`GET /versions/{version}/items?environment=&event=`: items of one kind."""
    require(TokenScope.READ)
    query_parameters.only("environment", "event", "level", "page")
    environment = _environment()
    levels, page = query_parameters.levels(), query_parameters.whole("page", 1)
    events = query_parameters.one_of("event", EVENTS)
    if len(events) != 1:
        raise errors.invalid(f"event: one of {', '.join(EVENTS)} is required")
    candidates = _events(version, environment, _item_rows(version, environment))[
        events[0]
    ]
    items = [item for item in candidates if not levels or item.level in levels]
    selection = items[(page - 1) * 100 : page * 100]
    return result({"page": page, "items": list(map(item_body, selection))})


def _environment() -> str:
    environment = request.args.get("environment")
    if not environment:
        raise errors.invalid("environment: is required")
    return environment


def _item_rows(version: str, environment: str) -> ItemRows:
    where = [
        is_one_of("code_version", [version]),
        is_one_of("environment", [environment]),
    ]
    return aggregate(store(), all_of(where), {"item": ITEM}, _MEASURES)


def _deploy(version: str, environment: str) -> dict[str, Any] | None:
    """The newest deploy of a version."""
    key = (version, environment)
    candidates = deploys().all()
    return next(
        (one for one in candidates if (one["revision"], one["environment"]) == key),
        None,
    )


def _events(version: str, environment: str, rows: ItemRows) -> dict[str, list[Item]]:
    """Items that were new in the version, came back, went on, or were resolved."""
    items = {item.id: item for item in repository().items()}
    by_event: dict[str, list[Item]] = {event: [] for event in EVENTS}
    for each in rows:
        item = items[each["item"]]
        is_new = item.first.id == each["first"]
        event = "new" if is_new else "reactivated" if each["back"] else "repeated"
        by_event[event].append(item)
    by_event["resolved"] = [
        item
        for item in items.values()
        if item.status is ItemStatus.RESOLVED
        and item.environment == environment
        and item.edits.get("resolved_in_version") == version
    ]
    return by_event


def _by_level(items: Iterable[Item]) -> dict[str, int]:
    counts = dict.fromkeys(LEVEL_NAMES.values(), 0)
    for item in items:
        counts[LEVEL_NAMES[item.level]] += 1
    return counts


def _span(rows: ItemRows) -> dict[str, int | None]:
    first = min(rows, key=lambda each: each["first"], default=None)
    last = max(rows, key=lambda each: each["last"], default=None)
    return {
        "first_occurrence_id": first["first"] if first else None,
        "first_occurrence_timestamp": first["first_ns"] // 10**9 if first else None,
        "last_occurrence_id": last["last"] if last else None,
        "last_occurrence_timestamp": last["last_ns"] // 10**9 if last else None,
    }
