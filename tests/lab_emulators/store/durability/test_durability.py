"""What was acknowledged is there after the process was killed, whatever it did then."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.store import ColumnType, Store

# Four threads append to three tables until they are killed: new columns, values of
# other types, changes of type, documents. Each says what the store has acknowledged.
CHILD = """
import itertools, sys, threading
from pathlib import Path
from lab_emulators.store import Batch, ColumnType, Row, Store

store, start = Store.open(Path(sys.argv[1])), int(sys.argv[2])
said = threading.Lock()

def say(line):
    with said:
        print(line, flush=True)

def work(thread):
    for step in itertools.count():
        number = start + step * 4 + thread
        values = {"seq": number, "mixed": ("x", 1, 1.5, True)[step % 4]}
        if step % 4 == 0:
            values[f"new{number}"] = step
        table = f"t{number % 3}"
        rows = [Row(number, 1, values)] + [Row(number, 1, {"fill": "y" * 99})] * 20
        store.append([Batch.from_rows(table, table, rows)])
        say(f"event {table} {number}")
        if step % 4 == 1:
            store.documents.put("d", str(number), {"n": number})
            say(f"document d {number}")
        if step % 8 == 7 and thread == 0:
            column = store.table(table).columns["mixed"].id
            kind = list(ColumnType)[step % 4]
            store.update_column(table, column, kind=kind)

threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(4)]
for thread in threads:
    thread.start()
threads[0].join()
"""

Said = list[list[str]]


def killed_after(path: Path, lines: int, start: int) -> Said:
    """What a child acknowledged, all of it, until it was killed."""
    command = [sys.executable, "-c", CHILD, str(path), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    assert child.returncode != 0
    # The last line may have been cut while it was written.
    return [line.split() for line in said if line.endswith("\n")]


def numbers(store: Store, table: str) -> set[int]:
    with store.reader() as reader:
        info = reader.table(table)
        assert info is not None
        name = info.columns["seq"].physical
        query = f"SELECT {name} AS n FROM {info.physical} WHERE {name} IS NOT NULL"
        found: list[int] = reader.execute(query).column("n").to_pylist()
    assert len(found) == len(set(found))
    return set(found)


@pytest.fixture(scope="module")
def survived(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store killed three times, and everything it had acknowledged."""
    path = tmp_path_factory.mktemp("killed") / "events.duckdb"
    said: Said = []
    for place, lines in enumerate((5, 30, 60)):
        said += killed_after(path, lines, start=place * 1_000_000)
    with Store.open(path) as store:
        yield store, said


def test_every_acknowledged_event_is_there_once(survived: Any) -> None:
    store, said = survived
    events = [line for line in said if line[0] == "event"]
    assert len(events) > 50
    for table in ("t0", "t1", "t2"):
        expected = {int(number) for _, name, number in events if name == table}
        assert expected <= numbers(store, table)


def test_every_acknowledged_document_is_there(survived: Any) -> None:
    store, said = survived
    put = {number for kind, _, number in said if kind == "document"}
    assert put <= {identity for identity, _ in store.documents.list("d")}


def test_an_append_cut_short_left_no_part_of_itself(survived: Any) -> None:
    store, _ = survived
    for info in store.tables():
        with store.reader() as reader:
            query = f"SELECT count(*) AS n FROM {info.physical}"
            stored = reader.execute(query).column("n")[0].as_py()
        assert stored == 21 * len(numbers(store, info.name))


def test_times_of_writing_are_not_older_than_the_last_acknowledged_event(
    survived: Any,
) -> None:
    store, _ = survived
    for info in store.tables():
        last = max(numbers(store, info.name))
        new = info.columns.get(f"new{last}")
        assert info.last_written_ns >= info.columns["seq"].last_written_ns
        assert info.columns["seq"].last_written_ns > info.created_ns
        assert new is None or new.created_ns <= info.last_written_ns


def test_the_store_goes_on_serving(survived: Any, batch: Any) -> None:
    store, _ = survived
    store.append([batch({"seq": 7_777_777, "after": True}, table="t0")])
    assert 7_777_777 in numbers(store, "t0")
    kept = store.table("t0").columns["after"]
    assert kept.type is ColumnType.BOOLEAN
