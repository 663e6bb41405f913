"""Occurrences to ask about, and what a query over them means row by row."""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lab_emulators.rollbar.items.model import OccurrenceData
from lab_emulators.rollbar.items.repository import ItemRepository
from lab_emulators.rollbar.languages.rql import (
    Project,
    RqlResult,
    RqlSnapshot,
    parse,
    run,
)
from lab_emulators.store import Store

NOW_S = 1_767_225_600  # 2026-01-01T00:00:00Z
PROJECT = Project(7321, "kittiwake")
ODD: list[Any] = [1, -2.5, "7", "x%", "", True, False, None, [1, "é"], {"k": 0.5}]


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """`answer(query, rows, now_s)`: tests are no package."""
    path = Path(__file__).with_name("oracle.py")
    spec = importlib.util.spec_from_file_location("rql_oracle", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ItemRepository]:
    """Thirty occurrences of three items; `custom` has values of every type."""
    path = tmp_path_factory.mktemp("rql") / "items.duckdb"
    with Store.open(path) as store:
        repository = ItemRepository(store, lambda: NOW_S * 10**9)
        for place in range(30):
            repository.add(_draft(place))
        first, second, _ = repository.items()
        repository.edit(first.id, {"status": "resolved", "resolved_in_version": "2"})
        repository.edit(second.id, {"level": 50, "assigned_user_id": 9, "title": "Bé"})
        yield repository


def _draft(place: int) -> OccurrenceData:
    kind = ("TypeError", "KeyError", "OSError")[place % 3]
    data = {
        "environment": "lab",
        "uuid": f"u{place:02}",
        "language": "python",
        "body": {
            "trace": {"exception": {"class": kind, "message": f"{kind} no. {place}"}}
        },
        "person": {"id": str(place % 4), "username": "Ann"[: place % 3]},
        "request": {
            "user_ip": f"10.0.0.{place % 5}",
            "headers": {"User-Agent": f"python-requests/2.{place}"},
        },
        "custom": {
            "a": ODD[place % len(ODD)],
            "b": ODD[place * 7 % len(ODD)],
            "half": place / 2,
            "list": [place % 2, "z"],
            "Odd-Name": place % 2 == 0,
        },
        "client": {"javascript": {"browser": "Mozilla/5.0 Version/9.1.2 Safari/601"}},
    }
    if place % 5 == 0:
        del data["custom"]
    return OccurrenceData(
        f"u{place:02}",
        (NOW_S - place * 3_600) * 10**9,
        NOW_S * 10**9,
        "lab",
        (10, 40, 50)[place % 3],
        f"{kind}: no",
        f"f{kind}",
        framework="flask",
        payload=json.dumps(data),
    )


@pytest.fixture(scope="session")
def scene(asked: ItemRepository) -> Callable[..., RqlSnapshot]:
    return lambda reader: RqlSnapshot(reader, asked.items, PROJECT, NOW_S)


@pytest.fixture(scope="session")
def ask(
    asked: ItemRepository, scene: Callable[..., RqlSnapshot]
) -> Callable[[str], RqlResult]:
    """The result of a query."""

    def result(query: str) -> RqlResult:
        with asked.store.reader() as reader:
            return run(parse(query), scene(reader))

    return result


@pytest.fixture(scope="session")
def rows(asked: ItemRepository) -> list[dict[str, Any]]:
    """What the oracle reads, the newest first."""
    return [_row(each, asked) for each in asked.occurrences(limit=100)]


def _row(occurrence: Any, repository: ItemRepository) -> dict[str, Any]:
    item = repository.item(occurrence.item)
    names = {10: "debug", 40: "error", 50: "critical"}
    return {
        "payload": occurrence.data,
        "timestamp": occurrence.time_ns // 10**9,
        "occurrence_id": occurrence.id,
        "uuid": occurrence.uuid,
        "level": names[occurrence.level],
        "environment": "lab",
        "project_id": 7321,
        "project_slug": "kittiwake",
        "item.id": item.id,
        "item.counter": item.id - 800_000_000,
        "item.title": item.title,
        "item.level": item.level,
        "item.status": {"active": 1, "resolved": 2}[item.status],
        "item.framework": 16,
        "item.assigned_user_id": item.edits.get("assigned_user_id"),
        "item.resolved_in_version": item.edits.get("resolved_in_version"),
        "item.total_occurrences": item.total,
    }
