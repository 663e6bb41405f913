import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from lab_emulators.aws.logs.query_execution import (
    LONGEST_MS,
    SHORTEST_MS,
    QueryExecution,
    QueryStatus,
)
from lab_emulators.store import Reader, Store

ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


@dataclass(frozen=True)
class Found:
    rows: list[Any] = field(default_factory=list)
    statistics: dict[str, float] = field(default_factory=dict)


@pytest.fixture
def execution(clock: Any) -> Callable[..., QueryExecution]:
    """A query of that work, at the time of `clock`."""

    def made(work: Callable[[Reader], Found]) -> QueryExecution:
        return QueryExecution(work, lambda: int(clock.now * 1000))

    return made


def endless(reader: Reader) -> Found:
    reader.execute(ENDLESS)
    return Found()


def test_a_query_is_scheduled_then_running_then_complete(
    execution: Any, store: Store, clock: Any
) -> None:
    query = execution(lambda reader: Found([["row"]]))
    seen = [query.status]
    query.run(store.reader)
    seen.append(query.status)
    assert query.answer is None
    clock.now += SHORTEST_MS / 1000
    assert [*seen, query.status] == [
        QueryStatus.SCHEDULED, QueryStatus.RUNNING, QueryStatus.COMPLETE
    ]  # fmt: skip
    assert query.answer.rows == [["row"]]


def test_a_running_query_is_interrupted(execution: Any, store: Store) -> None:
    begun = threading.Event()

    def work(reader: Reader) -> Found:
        begun.set()
        return endless(reader)

    query = execution(work)
    thread = threading.Thread(target=query.run, args=(store.reader,), daemon=True)
    thread.start()
    assert begun.wait(10)
    assert query.stop() and not query.stop()
    thread.join(20)
    assert (thread.is_alive(), query.status) == (False, QueryStatus.CANCELLED)


def test_a_query_stopped_before_its_turn_never_begins(
    execution: Any, store: Store
) -> None:
    query = execution(endless)
    assert query.stop()
    query.run(store.reader)
    assert (query.status, query.answer) == (QueryStatus.CANCELLED, None)


def test_a_query_that_ended_cannot_be_stopped(
    execution: Any, store: Store, clock: Any
) -> None:
    query = execution(lambda reader: Found())
    query.run(store.reader)
    clock.now += 1
    assert not query.stop() and query.status is QueryStatus.COMPLETE


def test_a_query_whose_work_fails_says_so_and_logs_why(
    execution: Any, store: Store, clock: Any, caplog: Any
) -> None:
    def work(reader: Reader) -> Found:
        raise ValueError("no such luck")

    query = execution(work)
    query.run(store.reader)
    clock.now += 1
    assert query.status is QueryStatus.FAILED
    assert "no such luck" in caplog.text


def test_a_query_that_takes_too_long_times_out(
    execution: Any, store: Store, clock: Any
) -> None:
    query = execution(endless)
    thread = threading.Thread(target=query.run, args=(store.reader,), daemon=True)
    thread.start()
    clock.now += LONGEST_MS / 1000 + 1
    assert query.status is QueryStatus.TIMEOUT
    thread.join(20)
    assert not thread.is_alive()
