import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_emulators.store import ForeignStoreError
from lab_emulators.store.durability import journal
from lab_emulators.store.durability.journal import Journal

OWNER, OTHER = "0f" * 16, "f0" * 16
HEADER = 32

Opener = Callable[..., Journal]


@pytest.fixture
def opened(path: Path) -> Iterator[Opener]:
    """Opens the journal beside `path`, closing what was opened before."""
    kept: list[Journal] = []

    def reopen(applied: int = 0, owner: str = OWNER) -> Journal:
        for old in kept:
            old.close()
        kept.append(Journal.open(path, owner, applied))
        return kept[-1]

    yield reopen
    for one in kept:
        one.close()


def files(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}.journal-{turn}") for turn in "ab"]


def used(path: Path) -> Path:
    return max(files(path), key=lambda file: file.stat().st_size)


def found(one: Journal, applied: int = 0) -> list[tuple[int, bytes]]:
    return list(one.after(applied))


def test_records_come_back_in_order_after_those_that_are_applied(
    opened: Opener,
) -> None:
    first = opened()
    assert [first.write([b"one", b"!"]), first.write([b""]), first.write([b"3"])]
    again = opened(applied=1)
    assert found(again, 1) == [(2, b""), (3, b"3")]
    assert again.write([b"four"]) == 4


@settings(max_examples=2 * settings().max_examples)
@given(
    payloads=st.lists(st.binary(max_size=300), min_size=1, max_size=6), data=st.data()
)
def test_wherever_the_tail_is_torn_the_records_before_it_are_there(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("torn") / "events.duckdb"
    one, sizes = Journal.open(path, OWNER, 0), [HEADER]
    for payload in payloads:
        one.write([payload])
        sizes.append(used(path).stat().st_size)
    one.close()
    cut = data.draw(st.integers(HEADER, sizes[-1]))
    os.truncate(used(path), cut)
    again = Journal.open(path, OWNER, 0)
    whole = sum(size <= cut for size in sizes[1:])
    assert found(again) == list(enumerate(payloads[:whole], start=1))
    assert again.write([b"next"]) == whole + 1
    again.close()


@settings(max_examples=2 * settings().max_examples)
@given(place=st.integers(0, 3 * 132 - 1))
def test_a_flipped_bit_is_reported_unless_it_is_in_the_last_record(
    tmp_path_factory: pytest.TempPathFactory, place: int
) -> None:
    path = tmp_path_factory.mktemp("flipped") / "events.duckdb"
    one = Journal.open(path, OWNER, 0)
    for number in range(3):
        one.write([bytes([number]) * 100])
    one.close()
    content = bytearray(used(path).read_bytes())
    content[HEADER + place] ^= 1
    used(path).write_bytes(content)
    if place < 2 * 132:
        with pytest.raises(ForeignStoreError, match=r"is damaged[\s\S]*`lab reset`"):
            Journal.open(path, OWNER, 0)
        assert used(path).read_bytes() == content
    else:
        again = Journal.open(path, OWNER, 0)
        assert [number for number, _ in found(again)] == [1, 2]
        again.close()


def test_a_record_missing_between_the_database_and_the_rest_is_reported(
    opened: Opener,
) -> None:
    one = opened()
    for number in range(5):
        one.write([b"%d" % number])
        if number == 2:
            one.release(3)
    assert found(opened(applied=3), 3) == [(4, b"3"), (5, b"4")]
    with pytest.raises(ForeignStoreError, match="record 3 is missing"):
        opened(applied=2)


def test_the_files_take_turns_and_what_is_applied_is_let_go(
    path: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "FILE_BYTES", 1000)
    one = opened()
    for _ in range(100):
        last = one.write([bytes(300)])
        one.release(last - 3)
        assert max(file.stat().st_size for file in files(path)) < 2500
    assert [number for number, _ in found(opened(applied=97), 97)] == [98, 99, 100]


def test_a_file_that_is_all_applied_is_empty(path: Path, opened: Opener) -> None:
    one = opened()
    one.release(one.write([b"payload"]))
    assert [file.stat().st_size for file in files(path)] == [HEADER, HEADER]
    assert one.write([b"more"]) == 2
    assert found(opened(applied=1), 1) == [(2, b"more")]


def test_numbers_go_on_where_the_database_is(opened: Opener) -> None:
    assert opened(applied=41).write([b"x"]) == 42


def test_records_of_another_database_are_refused_but_not_its_empty_files(
    path: Path, opened: Opener
) -> None:
    opened()
    opened(owner=OTHER).write([b"theirs"])
    before = [file.read_bytes() for file in files(path)]
    with pytest.raises(ForeignStoreError, match="of another database"):
        opened(owner=OWNER)
    assert [file.read_bytes() for file in files(path)] == before


def test_a_file_that_is_no_journal_is_refused(path: Path, opened: Opener) -> None:
    files(path)[0].write_text("somebody's notes, which are long enough to be notes")
    with pytest.raises(ForeignStoreError, match="another"):
        opened()
    assert files(path)[0].read_text().startswith("somebody's notes")


def test_a_file_whose_making_was_cut_short_is_made_anew(
    path: Path, opened: Opener
) -> None:
    opened()
    os.truncate(files(path)[1], 7)
    assert opened().write([b"x"]) == 1


def test_a_record_that_cannot_be_made_durable_leaves_no_trace(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = opened()
    one.write([b"kept"])

    def full(_: int) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            one.write([b"lost"])
    assert one.write([b"next"]) == 2
    assert found(opened()) == [(1, b"kept"), (2, b"next")]
