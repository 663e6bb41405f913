"""Reports, as on the dashboard of a project (docs.rollbar.com, "Reports")."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response

from lab_emulators.rollbar import query_parameters
from lab_emulators.rollbar.auth import require
from lab_emulators.rollbar.config import TokenScope
from lab_emulators.rollbar.context import config, repository, store
from lab_emulators.rollbar.items import aggregation
from lab_emulators.rollbar.items.document import last_activated
from lab_emulators.rollbar.items.model import LEVELS, Item, ItemStatus
from lab_emulators.rollbar.items.repository import ITEM
from lab_emulators.rollbar.languages.rql.schema import FRAMEWORKS
from lab_emulators.rollbar.routes import result
from lab_emulators.store.query import Expr, all_of

HOUR, DAY = 3_600, 86_400
TOP = 10
WIDEST = 168
BUCKETS = {"60": 60, "3600": HOUR, "86400": DAY}
SHOWN = {60: 60, HOUR: 24, DAY: 30}
"""Buckets of a report, by their size in seconds (our choice)."""

blueprint = Blueprint("reports", __name__, url_prefix="/api/1/reports")


@blueprint.get("/top_active_items")
def top_active_items() -> Response:
    """`GET /reports/top_active_items`: ten items with their counts by the hour."""
    require(TokenScope.READ)
    query_parameters.only("hours", "environments", "sort")
    hours = query_parameters.whole("hours", 24, most=WIDEST)
    by_count = bool(query_parameters.one_of("sort", ("occurrences",)))
    last = config().clock() // 10**9 // HOUR
    where = [aggregation.since((last - hours + 1) * HOUR), _environments()]
    keys = {"item": ITEM, "hour": aggregation.bucket(HOUR)}
    rows = aggregation.aggregate(
        store(), all_of(where), keys, {"count": aggregation.COUNT}
    )
    counts: dict[int, list[int]] = {}
    for row in rows:
        if row["hour"] <= last:
            mine = counts.setdefault(row["item"], [0] * hours)
            mine[row["hour"] - last + hours - 1] = row["count"]
    active = [one for one in repository().items() if one.status is ItemStatus.ACTIVE]
    items = [item for item in active if item.id in counts]
    items.sort(key=lambda one: _rank(one, counts[one.id], by_count=by_count))
    return result([_shape(item, counts[item.id]) for item in items[:TOP]])


@blueprint.get("/occurrence_counts")
def occurrence_counts() -> Response:
    """`GET /reports/occurrence_counts`: `[time, count]` for active items."""
    require(TokenScope.READ)
    query_parameters.only(
        "bucket_size", "environments", "min_level", "max_level", "item_id"
    )
    size = BUCKETS[(query_parameters.one_of("bucket_size", BUCKETS) or ["3600"])[-1]]
    items = {item.id for item in repository().items() if _is_counted(item)}
    starts = _starts(size, SHOWN[size])
    where = all_of([aggregation.since(starts[0]), _environments()])
    keys = {"item": ITEM, "bucket": aggregation.bucket(size)}
    rows = aggregation.aggregate(store(), where, keys, {"count": aggregation.COUNT})
    counts: Counter[int] = Counter()
    for row in rows:
        if row["item"] in items:
            counts[row["bucket"] * size] += row["count"]
    return result([[start, counts[start]] for start in starts])


@blueprint.get("/activated_counts")
def activated_counts() -> Response:
    """`GET /reports/activated_counts`: `[day, items]` first seen or active again."""
    require(TokenScope.READ)
    query_parameters.only(
        "bucket_size", "buckets", "environments", "min_level", "max_level"
    )
    query_parameters.one_of("bucket_size", (str(DAY),))
    starts = _starts(DAY, query_parameters.whole("buckets", SHOWN[DAY], most=366))
    environments = query_parameters.listed("environments")
    low, high = _levels()
    counts: Counter[int] = Counter()
    for item in repository().items():
        if environments and item.environment not in environments:
            continue
        if low <= item.level <= high:
            times = {item.first.time_s // DAY, last_activated(item) // DAY}
            counts.update(day * DAY for day in times)
    return result([[start, counts[start]] for start in starts])


def _is_counted(item: Item) -> bool:
    low, high = _levels()
    chosen = query_parameters.optional_whole("item_id")
    is_active = item.status is ItemStatus.ACTIVE
    return is_active and low <= item.level <= high and chosen in (None, item.id)


def _levels() -> tuple[int, int]:
    low = query_parameters.levels("min_level") or [min(LEVELS.values())]
    high = query_parameters.levels("max_level") or [max(LEVELS.values())]
    return low[-1], high[-1]


def _starts(size: int, count: int) -> list[int]:
    """The beginnings (s) of so many stretches of time up to the present one."""
    last = config().clock() // 10**9 // size
    return [(last - back) * size for back in reversed(range(count))]


def _environments() -> Expr:
    return aggregation.is_one_of("environment", query_parameters.listed("environments"))


def _rank(item: Item, counts: Sequence[int], *, by_count: bool) -> tuple[int, ...]:
    level = 0 if by_count else -item.level
    return level, -sum(counts), item.id


def _shape(item: Item, counts: list[int]) -> Mapping[str, Any]:
    """Numbers for level and framework, unlike `GET /item`."""
    return {
        "item": {
            "id": item.id,
            "project_id": config().project_id,
            "counter": item.counter,
            "environment": item.environment,
            "framework": FRAMEWORKS.get(item.framework, 0),
            "level": item.level,
            "title": item.title,
            "last_occurrence_timestamp": item.last.time_s,
            "occurrences": sum(counts),
            "unique_occurrences": item.unique,
            "group_status": None,
        },
        "counts": counts,
    }
