"""Between the journal and the database: who waits for what, and what is refused."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.store import (
    ColumnType,
    OverloadedError,
    Store,
    StoreClosedError,
    StoreError,
    TooManyColumnsError,
)
from lab_emulators.store.durability.applier import BatchPolicy
from lab_emulators.store.durability.writer import Limits

PATIENT = BatchPolicy(rows=10**9, bytes=10**12, age_s=3600)
"""Nothing is applied unless somebody waits for it."""


@pytest.fixture
def started() -> Any:
    """Starts a call in a thread, and sees to it that it does not return yet."""
    with ThreadPoolExecutor(8) as pool:

        def start(call: Callable[[], Any]) -> "Future[Any]":
            future = pool.submit(call)
            assert not wait([future], timeout=0.2).done
            return future

        yield start


def applies(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the entries of each commit from now on."""
    counted: list[int] = []
    apply = store._engine.apply

    def count(entries: Any, sequence: int) -> None:
        counted.append(len(entries))
        apply(entries, sequence)

    monkeypatch.setattr(store._engine, "apply", count)
    return counted


def test_an_append_returns_before_the_database_has_it(
    store: Store, batch: Any, cells: Any
) -> None:
    with store.applying_paused():
        store.append([batch({"a": 1})])
        assert store._engine.catalog.tables == {}
    assert cells(store) == [{"a": 1}]


@pytest.mark.parametrize(
    "read",
    [
        lambda store: [info.name for info in store.tables()],
        lambda store: [store.table("events").name],
        lambda store: [store.update_table("events", label="Other").name],
    ],
    ids=["tables", "table", "change"],
)
def test_whoever_looks_waits_for_what_was_acknowledged_before(
    store: Store, batch: Any, started: Any, read: Any
) -> None:
    with store.applying_paused():
        store.append([batch({"a": 1})])
        looking = started(lambda: read(store))
    assert looking.result(10) == ["events"]


def test_a_reader_waits_for_what_was_acknowledged_before(
    store: Store, batch: Any, cells: Any, started: Any
) -> None:
    store.append([batch({"a": 1})])
    assert cells(store) == [{"a": 1}]
    with store.applying_paused():
        store.append([batch({"a": 2})])
        reading = started(lambda: cells(store))
    assert reading.result(10) == [{"a": 1}, {"a": 2}]


def test_documents_do_not_wait_for_rows(path: Path, batch: Any) -> None:
    with Store.open(path, policy=PATIENT) as store:
        store.append([batch({"a": 1})])
        store.documents.put("queries", "q", {"a": 1})
        assert store.documents.get("queries", "q") == {"a": 1}
        assert store._engine.catalog.tables == {}


def test_what_gathered_is_applied_in_one_commit(
    path: Path, batch: Any, cells: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(path, policy=PATIENT) as store:
        counted = applies(store, monkeypatch)
        for number in range(7):
            store.append([batch({"a": number})])
        assert counted == []
        assert [row["a"] for row in cells(store)] == list(range(7))
        assert counted == [7]


@pytest.mark.parametrize(
    "policy",
    [
        BatchPolicy(rows=4, bytes=10**12, age_s=3600),
        BatchPolicy(rows=10**9, bytes=1, age_s=3600),
        BatchPolicy(rows=10**9, bytes=10**12, age_s=0.05),
    ],
    ids=["rows", "bytes", "age"],
)
def test_rows_are_applied_though_nobody_waits(
    path: Path, batch: Any, policy: BatchPolicy
) -> None:
    with Store.open(path, policy=policy) as store:
        for number in range(4):
            store.append([batch({"a": number})])
        deadline = time.monotonic() + 20
        while store._applier.pending_bytes and time.monotonic() < deadline:
            time.sleep(0.01)
        assert store._applier.pending_bytes == 0


def test_too_far_behind_appends_wait_and_then_are_refused(
    path: Path, batch: Any, cells: Any, started: Any
) -> None:
    limits = Limits(pending_appends=1, behind_bytes=1000)
    with Store.open(path, limits=limits) as store:
        with store.applying_paused():
            store.append([batch({"a": "x" * 2000})])
            waiting = started(lambda: store.append([batch({"a": "waits"})]))
            with pytest.raises(OverloadedError) as caught:
                store.append([batch({"a": "refused"})])
            assert caught.value.retry_after_s > 0
        waiting.result(10)
        assert [len(row["a"]) for row in cells(store)] == [2000, 5]


def test_the_column_limit_counts_what_is_not_applied_yet(
    path: Path, batch: Any, cells: Any
) -> None:
    with Store.open(path, max_columns=2, policy=PATIENT) as store:
        store.append([batch({"a": 1})])
        store.append([batch({"b": 1})])
        with pytest.raises(TooManyColumnsError, match="'events'"):
            store.append([batch({"c": 1})])
        store.append([batch({"a": 2, "b": 2})])
        assert cells(store) == [{"a": 1}, {"b": 1}, {"a": 2, "b": 2}]


def test_a_change_of_the_catalog_counts_for_the_appends_after_it(
    path: Path, batch: Any, cells: Any
) -> None:
    with Store.open(path, max_columns=2, policy=PATIENT) as store:
        store.append([batch({"a": 1, "b": 1})])
        column = store.tables()[0].columns["b"]
        store.delete_column("events", column.id)
        store.append([batch({"c": 1})])
        store.create_table("other", label="Other")
        store.create_column("other", "a", ColumnType.STRING)
        store.append([batch({"a": 7}, table="other")])
        assert cells(store) == [{"a": 1}, {"c": 1}]
        assert cells(store, "other") == [{"a": "7"}]


def test_columns_and_times_are_those_of_their_own_append(
    store: Store, batch: Any
) -> None:
    with store.applying_paused():
        store.append([batch({"a": 1, "both": 1})])
        store.append([batch({"b": 1, "both": 1})])
    info = store.tables()[0]
    a, b, both = (info.columns[key] for key in ("a", "b", "both"))
    assert info.created_ns == a.created_ns == a.last_written_ns == both.created_ns
    assert a.last_written_ns < b.created_ns == b.last_written_ns
    assert info.last_written_ns == both.last_written_ns == b.last_written_ns


def test_reset_drops_what_is_not_applied(
    path: Path, batch: Any, cells: Any, started: Any
) -> None:
    with Store.open(path) as store:
        with store.applying_paused():
            store.append([batch({"secret": 1})])
            emptied = started(store.reset)
        emptied.result(10)
        assert store.tables() == []
        assert not any(b"secret" in file.read_bytes() for file in path.parent.iterdir())
        store.append([batch({"a": 2})])
    with Store.open(path) as again:
        assert cells(again) == [{"a": 2}]


def test_closing_applies_everything(path: Path, batch: Any) -> None:
    with Store.open(path, policy=PATIENT) as store:
        for number in range(5):
            store.append([batch({"a": number})])
    with Store.open(path, policy=PATIENT) as again:
        assert list(again._engine.catalog.tables) == ["events"]
        assert again._engine.applied == 5


def refuse(*_: Any) -> None:
    raise OSError("No space left on device")


def test_what_cannot_be_applied_is_kept_and_tried_again(
    store: Store, batch: Any, cells: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(store._engine, "apply", refuse)
        for number in range(3):
            store.append([batch({"a": number})])
        with pytest.raises(StoreError, match="safe in the journal"):
            store.tables()
    assert cells(store) == [{"a": 0}, {"a": 1}, {"a": 2}]


def test_what_cannot_be_applied_is_there_after_reopening(
    path: Path, batch: Any, cells: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(path)
    monkeypatch.setattr(store._engine, "apply", refuse)
    store.append([batch({"a": 1})])
    store.close()
    with pytest.raises(StoreClosedError):
        store.tables()
    with Store.open(path) as again:
        assert cells(again) == [{"a": 1}]


def test_reset_helps_when_nothing_can_be_applied(
    path: Path, batch: Any, cells: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(path, limits=Limits(behind_bytes=1)) as store:
        with monkeypatch.context() as broken:
            broken.setattr(store._engine, "apply", refuse)
            store.append([batch({"a": 1})])
            late = store.submit([batch({"a": 2})])
            assert not late.done()
            store.reset()
        late.result(10)
        assert cells(store) == [{"a": 2}]


def test_readers_and_changes_work_while_many_append(
    path: Path, batch: Any, cells: Any
) -> None:
    seen: list[int] = []
    with Store.open(path, policy=BatchPolicy(rows=16, age_s=0.01)) as store:

        def append(thread: int) -> None:
            for step in range(40):
                store.append([batch({"n": thread * 40 + step, f"k{step}": 1})])
                if step % 10 == 5:
                    store.documents.put("d", f"{thread}-{step}", {})
                    store.update_table("events", label=f"{thread}-{step}")
                if step % 10 == 7:
                    seen.append(len(cells(store)))

        threads = [threading.Thread(target=append, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(row["n"] for row in cells(store)) == list(range(160))
        assert len(seen) == 16
        assert len(store.documents.list("d")) == 16


def test_who_brings_rows_to_a_known_table_does_not_wait_for_others(
    store: Store, batch: Any, started: Any
) -> None:
    store.append([batch({"a": 1})])
    store.update_table("events", properties={"depth": 2})
    with store.applying_paused():
        store.append([batch({"b": 1})])
        info = store.known("events")
        new = started(lambda: store.known("absent"))
    assert info is not None and info.properties == {"depth": 2}
    assert new.result(10) is None
