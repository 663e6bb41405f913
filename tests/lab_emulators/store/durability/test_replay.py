"""What was acknowledged is there exactly once, wherever on its way a kill met it."""

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.store import ForeignStoreError, Store
from lab_emulators.store.durability import replay
from lab_emulators.store.durability.transactions import Transactions

# Appends one batch for each step (new columns, integers that become floats, values of
# other types) and stops at a given place, where it says so and waits to be killed.
CHILD = """
import itertools, sys, threading
from pathlib import Path
from lab_emulators.store import Batch, Row, Store
from lab_emulators.store.durability.transactions import Transactions
from lab_emulators.store.durability.journal import Journal, _File

path, stop_at = Path(sys.argv[1]), sys.argv[2]
STEPS = [
    {"a": 1}, {"a": "2.5", "new": "x"}, {"a": 3.5}, {"new": True, "b": "s"},
    {"b": 7}, {"a": "misfit"}, {"c": 2**60}, {"c": 0.5},
]

def stop(*_):
    print("here", flush=True)
    threading.Event().wait()

def batch(step):
    table = f"t{step % 2}"
    row = Row(step, 1, {"step": step, **STEPS[step % len(STEPS)]})
    return Batch.from_rows(table, table.title(), [row])

if stop_at == "replayed":
    Journal.release = stop
store = Store.open(path, clock=itertools.count(1_000).__next__)
if stop_at == "emptied":
    store.reset()
if stop_at in ("acknowledged", "emptied"):
    with store.applying_paused():
        for step in range(16):
            store.append([batch(step)])
        stop()
if stop_at == "applied":
    Journal.release = stop
    for step in range(16):
        store.append([batch(step)])
    store.tables()
    threading.Event().wait()
if stop_at == "half written":
    for step in range(16):
        store.append([batch(step)])
    whole = _File.append
    def half(file, record, sequence):
        file.raw.seek(file.size)
        file.raw.write(record[: len(record) // 2])
        stop()
    with store.applying_paused():
        _File.append = half
        store.append([batch(16)])
if stop_at == "nowhere":
    for step in range(16):
        store.append([batch(step)])
    store.close()
"""


def killed(path: Path, stop_at: str) -> None:
    """Run the child until it is where it should stop, and kill it there."""
    command = [sys.executable, "-c", CHILD, str(path), stop_at]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        child.kill()


def content(store: Store) -> Any:
    """All rows in their order, with misfits, and the columns with types and times."""
    found = {}
    for info in store.tables():
        with store.reader() as reader:
            query = f"SELECT * FROM {info.physical} ORDER BY _time"
            rows = reader.execute(query).to_pylist()
        columns = [(c.key, c.type, c.physical) for c in info.columns.values()]
        found[info.name] = info.label, columns, rows
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is in a store whose process closed it."""
    path = tmp_path_factory.mktemp("undisturbed") / "events.duckdb"
    command = [sys.executable, "-c", CHILD, str(path), "nowhere"]
    subprocess.run(command, check=True, timeout=60)
    with Store.open(path) as store:
        rows = [row for _, _, own in content(store).values() for row in own]
        assert len(rows) == 16
        assert any(row["_misfits"] for row in rows)
        return content(store)


@pytest.mark.parametrize("stop_at", ["acknowledged", "applied", "half written"])
def test_after_a_kill_everything_is_there_as_without_it(
    path: Path, undisturbed: Any, stop_at: str
) -> None:
    killed(path, stop_at)
    with Store.open(path) as store:
        assert content(store) == undisturbed
    with Store.open(path) as store:
        assert content(store) == undisturbed


def test_a_replay_that_is_killed_begins_where_it_was(
    path: Path, undisturbed: Any
) -> None:
    killed(path, "acknowledged")
    killed(path, "replayed")
    with Store.open(path) as store:
        assert content(store) == undisturbed


def test_numbers_go_on_when_a_store_is_emptied_right_after_a_replay(
    path: Path,
) -> None:
    killed(path, "acknowledged")
    killed(path, "emptied")
    with Store.open(path) as store:
        assert [len(rows) for _, _, rows in content(store).values()] == [8, 8]


def test_a_replay_of_many_groups_gives_the_same(
    path: Path, undisturbed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(path, "acknowledged")
    groups: list[int] = []
    apply = Transactions.apply

    def count(engine: Transactions, entries: Any, sequence: int) -> None:
        groups.append(len(entries))
        apply(engine, entries, sequence)

    monkeypatch.setattr(Transactions, "apply", count)
    monkeypatch.setattr(replay, "GROUP_BYTES", 3000)
    with Store.open(path) as store:
        assert content(store) == undisturbed
    assert sum(groups) == 16
    assert len(groups) > 2


def test_the_times_of_a_replay_are_those_of_the_acknowledgment(path: Path) -> None:
    killed(path, "acknowledged")
    with Store.open(path, clock=itertools.count(5_000).__next__) as store:
        for info in store.tables():
            assert 1_000 <= info.created_ns < info.last_written_ns < 2_000
            assert all(c.last_written_ns < 2_000 for c in info.columns.values())


def test_a_store_goes_on_after_a_replay(path: Path, batch: Any, cells: Any) -> None:
    killed(path, "acknowledged")
    with Store.open(path) as store:
        store.append([batch({"a": "more"}, table="t0")])
        assert len(cells(store, "t0")) == 9
    with Store.open(path) as store:
        assert len(cells(store, "t0")) == 9


def test_a_damaged_journal_is_reported_and_left_alone(path: Path) -> None:
    killed(path, "acknowledged")
    files = sorted(path.parent.glob("*.journal-*"))
    used = max(files, key=lambda file: file.stat().st_size)
    content = bytearray(used.read_bytes())
    content[len(content) // 2] ^= 0xFF
    used.write_bytes(content)
    with pytest.raises(
        ForeignStoreError, match=r"is damaged[\s\S]*`lab reset`"
    ) as caught:
        Store.open(path)
    assert str(used) in str(caught.value)
    assert used.read_bytes() == content
    with pytest.raises(ForeignStoreError):
        Store.open(path)
