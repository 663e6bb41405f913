"""Filters of items: those of `GET /items` and of `GET /search`."""

import re
from collections.abc import Callable, Iterator
from operator import attrgetter

from flask import request

from lab_emulators.rollbar import query_parameters
from lab_emulators.rollbar.errors import invalid
from lab_emulators.rollbar.items.document import UNKNOWN, is_snoozed
from lab_emulators.rollbar.items.model import Item, ItemStatus

ItemFilter = Callable[[Item], bool]

NAMES = (
    "level",
    "status",
    "environment",
    "framework",
    "query",
    "ids",
    "assigned_user",
    "is_snoozed",
    "date_from",
    "date_to",
)
"""The filters. Those of dates are seconds, and about the last occurrence."""

STATUSES = (*ItemStatus, "archived")
_KEYED = re.compile(
    r"(?:status|level|environment|env|framework|platform|person|ip|host|branch|"
    r"version|code_version|is|owner|assigned|activated|last_seen|first_seen):\S",
    re.IGNORECASE,
)


def list_filter(now_ns: int) -> ItemFilter:
    """Returns the filter that the query parameters of `GET /items` make."""
    tests = [*_parameter_filters(), *_dated(), *_people(), *_words("query")]
    snoozed = query_parameters.flag("is_snoozed")
    if snoozed is not None:
        tests.append(lambda item: is_snoozed(item, now_ns) is snoozed)
    return lambda item: all(test(item) for test in tests)


def search_filter() -> ItemFilter:
    """Returns the filter of `GET /search`: a part of the title, and the like."""
    tests = list(_parameter_filters())
    if title := request.args.get("title", "").casefold():
        tests.append(lambda item: title in item.title.casefold())
    return lambda item: all(test(item) for test in tests)


def by_activity(items: list[Item]) -> list[Item]:
    """Sorts items: those that occurred last come first."""
    return sorted(items, key=attrgetter("last.time_ns", "last.id"), reverse=True)


def _parameter_filters() -> Iterator[ItemFilter]:
    if levels := query_parameters.levels():
        yield lambda item: item.level in levels
    if statuses := query_parameters.one_of("status", STATUSES):
        yield lambda item: item.status in statuses
    if environments := query_parameters.several("environment"):
        yield lambda item: item.environment in environments
    if frameworks := query_parameters.several("framework"):
        yield lambda item: (item.framework or UNKNOWN) in frameworks
    if ids := query_parameters.listed("ids"):
        numbers = [_number(each) for each in ids]
        yield lambda item: item.id in numbers


def _dated() -> Iterator[ItemFilter]:
    since = query_parameters.optional_whole("date_from", least=0)
    until = query_parameters.optional_whole("date_to", least=0)
    if since is not None:
        yield lambda item: item.last.time_s >= since
    if until is not None:
        yield lambda item: item.last.time_s <= until


def _people() -> Iterator[ItemFilter]:
    whose = request.args.get("assigned_user")
    if not whose:
        return
    if whose not in ("assigned", "unassigned"):
        raise invalid(f"assigned_user: there is no user {whose!r} in this project")
    has = whose == "assigned"
    yield (
        lambda item: (
            any(item.edits.get(f"assigned_{who}_id") for who in ("user", "team")) is has
        )
    )


def _words(name: str) -> Iterator[ItemFilter]:
    """All words of a search, in any order, in the title; operators are refused."""
    query = request.args.get(name, "")
    if _KEYED.search(query):
        raise invalid(f"{name}: operators like status: are not emulated")
    words = query.casefold().split()
    if words:
        yield lambda item: all(word in item.title.casefold() for word in words)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise invalid(f"ids: {text!r} is not an id")
    return int(text)
