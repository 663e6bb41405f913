import itertools
import os
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lab_emulators.store import Batch, OverloadedError, Row, Store, TooManyColumnsError
from lab_emulators.store.durability.transactions import Transaction
from lab_emulators.store.durability.writer import Limits


def test_appends_of_many_threads_are_all_there(store: Store, cells: Any) -> None:
    def append(number: int) -> None:
        for step in range(25):
            row = Row(step, 1, {"thread": number, f"own{number}": step})
            store.append([Batch.from_rows("events", "Events", [row])])

    threads = [threading.Thread(target=append, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {(row["thread"], row[f"own{row['thread']}"]) for row in cells(store)}
    assert found == set(itertools.product(range(8), range(25)))
    assert len(cells(store)) == 200


def test_appends_that_wait_are_committed_together(store: Store, batch: Any) -> None:
    with store.paused():
        waiting = [store.submit([batch({"a": n})]) for n in range(5)]
        assert not any(future.done() for future in waiting)
    for future in waiting:
        future.result()
    info = store.table("events")
    assert info is not None
    # The clock is read once for each commit: creation and last writing are one.
    assert info.last_written_ns == info.created_ns


def test_over_the_bytes_that_may_wait_an_append_is_refused_whole(
    path: Path, batch: Any, cells: Any
) -> None:
    with Store.open(path, limits=Limits(pending_bytes=1000)) as store:
        with store.paused():
            huge = store.submit([batch({"a": "x" * 5000})])
            with pytest.raises(OverloadedError) as caught:
                store.append([batch({"a": "refused"})])
            assert caught.value.retry_after_s > 0
        huge.result()
        store.append([batch({"a": "later"})])
        assert [len(row["a"]) for row in cells(store)] == [5000, 5]


def test_rows_for_which_there_is_no_memory_are_read_once_there_is_some(
    store: Store, batch: Any, cells: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise duckdb.OutOfMemoryException("queries have it all")

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "store", full)
        store.append([batch({"a": 1})])
        with pytest.raises(OverloadedError) as caught:
            store.tables()
    assert caught.value.retry_after_s > 0
    assert cells(store) == [{"a": 1}]


def test_over_the_appends_that_may_wait_one_is_refused(path: Path, batch: Any) -> None:
    with Store.open(path, limits=Limits(pending_appends=2)) as store:
        with store.paused():
            waiting = [store.submit([batch({"a": n})]) for n in range(2)]
            with pytest.raises(OverloadedError):
                store.submit([batch({"a": 2})])
        for future in waiting:
            future.result()
        store.append([batch({"a": 3})])


def test_the_room_of_an_append_is_free_again_when_it_returns(
    path: Path, batch: Any, cells: Any
) -> None:
    with Store.open(path, limits=Limits(pending_appends=1)) as store:
        for number in range(50):
            store.append([batch({"a": number})])
        assert len(cells(store)) == 50


def test_an_append_over_the_column_limit_does_not_fail_its_neighbors(
    path: Path, batch: Any, cells: Any
) -> None:
    with Store.open(path, max_columns=2) as store:
        with store.paused():
            wide = {f"k{n}": n for n in range(3)}
            futures = [store.submit([batch(row)]) for row in ({"a": 1}, wide, {"b": 2})]
        futures[0].result()
        futures[2].result()
        with pytest.raises(TooManyColumnsError, match="'events'"):
            futures[1].result()
        assert cells(store) == [{"a": 1}, {"b": 2}]


def test_an_append_that_breaks_the_commit_does_not_fail_its_neighbors(
    store: Store, batch: Any, cells: Any
) -> None:
    broken = batch({"a": 1})
    with store.paused():
        futures = [
            store.submit([b]) for b in (batch({"a": 2}), broken, batch({"a": 3}))
        ]
        for key in broken.columns:
            broken.columns[key] = "no array"
    futures[0].result()
    futures[2].result()
    with pytest.raises(AttributeError):
        futures[1].result()
    assert [row["a"] for row in cells(store)] == [2, 3]


def test_an_append_the_journal_cannot_take_is_refused_and_leaves_nothing(
    path: Path, batch: Any, cells: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("No space left on device")

    with Store.open(path, max_columns=1) as store:
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space"):
                store.append([batch({"refused": 1})])
        store.append([batch({"a": 1})])
        assert cells(store) == [{"a": 1}]


def test_all_batches_of_an_append_are_stored_or_none(path: Path, batch: Any) -> None:
    with Store.open(path, max_columns=1) as store:
        with pytest.raises(TooManyColumnsError):
            store.append([batch({"a": 1}, table="fits"), batch({"a": 1, "b": 2})])
        assert store.tables() == []


def test_closing_commits_what_waits(path: Path, batch: Any, cells: Any) -> None:
    store = Store.open(path)
    with store.paused():
        future = store.submit([batch({"a": 1})])
        closing = threading.Thread(target=store.close)
        closing.start()
    closing.join()
    future.result()
    with Store.open(path) as again:
        assert cells(again) == [{"a": 1}]
