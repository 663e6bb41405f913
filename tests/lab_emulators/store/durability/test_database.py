import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lab_emulators.store import ForeignStoreError, Store, StoreBusyError

OPEN_AND_WAIT = """
import sys
from pathlib import Path
from lab_emulators.store import Store
with Store.open(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.read()
"""


def other_program(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE theirs AS SELECT 1 AS a")


def newer_version(path: Path) -> None:
    Store.open(path).close()
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE lab.meta SET format = 99")


def damaged(path: Path) -> None:
    Store.open(path).close()
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)


def cut_off(path: Path) -> None:
    Store.open(path).close()
    path.write_bytes(path.read_bytes()[:20_000])


def a_text(path: Path) -> None:
    path.write_text("not a database, but somebody's notes")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (other_program, "is a database of another program"),
        (newer_version, "has layout 99, this lab writes 3"),
        (damaged, "cannot be read"),
        (cut_off, "cannot be read"),
        (a_text, "cannot be read"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_by_name_and_left_alone(
    path: Path, make: Any, reason: str
) -> None:
    make(path)
    before = path.read_bytes()
    with pytest.raises(ForeignStoreError, match=reason) as caught:
        Store.open(path)
    assert str(path) in str(caught.value)
    assert "`lab reset`" in str(caught.value)
    assert path.read_bytes() == before


def test_a_file_another_process_has_open_is_busy(path: Path) -> None:
    command = [sys.executable, "-c", OPEN_AND_WAIT, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        with pytest.raises(StoreBusyError, match="`lab down`") as caught:
            Store.open(path)
        child.communicate("")
    assert str(path) in str(caught.value)
    Store.open(path).close()


def test_a_file_this_process_has_open_is_busy(store: Store, path: Path) -> None:
    with pytest.raises(StoreBusyError):
        Store.open(path)
    assert store.tables() == []


def test_a_file_whose_making_was_cut_short_is_made_anew(path: Path) -> None:
    path.touch()
    with Store.open(path) as store:
        assert store.tables() == []
    path.unlink()
    duckdb.connect(str(path)).close()
    with Store.open(path) as store:
        assert store.tables() == []
