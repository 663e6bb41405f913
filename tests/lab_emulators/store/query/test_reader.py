import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lab_emulators.store import (
    ColumnType,
    NoSuchColumnError,
    QueryInterruptedError,
    QueryMemoryError,
    Store,
)
from lab_emulators.store.durability.database import DatabaseOptions


def count(reader: Any, table: str = "events") -> int:
    query = f"SELECT count(*) FROM {reader.table(table).physical}"
    return int(reader.execute(query).column(0)[0].as_py())


def test_a_reader_sees_one_moment(store: Store, batch: Any) -> None:
    store.append([batch({"a": 1})])
    with store.reader() as reader:
        store.append([batch({"a": 2, "b": 3})])
        store.append([batch({"a": 2}, table="later")])
        assert (count(reader), list(reader.table("events").columns)) == (1, ["a"])
        assert [info.name for info in reader.tables()] == ["events"]
    with store.reader() as reader:
        assert (count(reader), list(reader.table("events").columns)) == (2, ["a", "b"])


@pytest.mark.parametrize("change", ["reset", "delete", "retype", "widen", "drop"])
def test_a_reader_outlives_a_change_of_what_it_reads(
    store: Store, batch: Any, change: str
) -> None:
    store.append([batch({"a": 1, "b": 2})])
    column = store.tables()[0].columns["a"]
    with store.reader() as reader:
        match change:
            case "reset":
                store.reset()
            case "delete":
                store.delete_table("events")
            case "retype":
                store.update_column("events", column.id, kind=ColumnType.STRING)
            case "widen":
                store.append([batch({"a": 1.5})])
            case "drop":
                store.delete_column("events", column.id)
        query = f"SELECT {column.physical} FROM {reader.table('events').physical}"
        assert reader.execute(query).column(0).to_pylist() == [1]


def test_a_reader_older_than_the_catalogs_kept_loads_its_own(
    store: Store, batch: Any
) -> None:
    store.append([batch({"a": 1})])
    assert store.table("events") is not None
    with store._snapshot() as con:
        con.execute("SELECT version FROM lab.meta").fetchall()
        for number in range(70):
            store.create_table(f"t{number}", label="T")
        seen = store._engine.as_seen_by(con)
    assert list(seen.tables) == ["events"]
    assert list(seen.tables["events"].columns) == ["a"]


def test_parameters_are_bound_by_place_and_by_name(store: Store) -> None:
    with store.reader() as reader:
        assert reader.execute("SELECT ? + ? AS n", [1, 2]).to_pylist() == [{"n": 3}]
        assert reader.execute("SELECT $x AS n", {"x": "'"}).to_pylist() == [{"n": "'"}]


def test_a_query_beyond_the_memory_is_refused_and_the_next_one_answered(
    path: Path,
) -> None:
    options = DatabaseOptions(memory_limit="32MB")
    with Store.open(path, database=options) as store:
        with store.reader() as reader, pytest.raises(QueryMemoryError, match="memory"):
            reader.execute("SELECT list(i) FROM range(20000000) AS numbers(i)")
        with store.reader() as reader:
            assert reader.execute("SELECT 1 AS n").to_pylist() == [{"n": 1}]


def test_a_reader_cannot_write(store: Store) -> None:
    with store.reader() as reader, pytest.raises(duckdb.Error, match="read-only"):
        reader.execute("DELETE FROM lab.documents")


def test_readers_work_while_writers_add_columns_tables_and_reset(
    store: Store, batch: Any
) -> None:
    done = threading.Event()
    errors: list[BaseException] = []

    def read() -> None:
        while not done.is_set():
            try:
                with store.reader() as reader:
                    for info in reader.tables():
                        names = [c.physical for c in info.columns.values()]
                        query = f"SELECT {', '.join(names)} FROM {info.physical}"
                        assert reader.execute(query).num_rows > 0
            except BaseException as error:
                errors.append(error)
                raise

    readers = [threading.Thread(target=read) for _ in range(3)]
    for thread in readers:
        thread.start()
    for number in range(60):
        value = 1.5 if number % 7 == 3 else number
        store.append(
            [batch({f"k{number}": number, "v": value}, table=f"t{number % 3}")]
        )
        if number % 20 == 10:
            store.reset()
        if number % 20 == 15:
            store.delete_table(store.tables()[0].name)
    done.set()
    for thread in readers:
        thread.join()
    assert errors == []


def test_rows_come_by_event_time_whatever_order_they_were_stored_in(
    store: Store, batch: Any
) -> None:
    store.append([batch({"a": 1, 'say "b"': "x"}, {"a": 2})])
    store.append([batch({"a": 3, 'say "b"': "y"})])
    with store.reader() as reader:
        rows = reader.rows("events", ["a", 'say "b"'])
        with pytest.raises(NoSuchColumnError, match="no column 'c'"):
            reader.rows("events", ["c"])
    assert rows.column_names == ["a", 'say "b"']
    assert sorted(rows.column("a").to_pylist()[:2]) == [1, 3]
    assert rows.column("a")[2].as_py() == 2


def test_a_query_ends_when_another_thread_interrupts_its_reader(store: Store) -> None:
    endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
    with store.reader() as reader:
        over = threading.Event()

        def interrupt() -> None:
            while not over.wait(0.01):
                reader.interrupt()

        stopper = threading.Thread(target=interrupt, daemon=True)
        stopper.start()
        with pytest.raises(QueryInterruptedError):
            reader.execute(endless)
        over.set()
        stopper.join(10)
        with pytest.raises(QueryInterruptedError):
            reader.execute("SELECT 1")
