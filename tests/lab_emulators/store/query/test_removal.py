"""Rows in the order of their times, and their removal."""

from typing import Any

import pytest

from lab_emulators.store import Batch, ColumnType, NoSuchTableError, Row, Store
from lab_emulators.store.query import (
    TRUE,
    By,
    Column,
    EventTime,
    Expr,
    Keep,
    Limit,
    Op,
    Pipeline,
    Rows,
    Sort,
    Step,
    literal,
    predicate,
    whole,
)

WORD = Column("word", ColumnType.STRING)
RANK = Column("rank", ColumnType.INTEGER)
TYPES = {"word": ColumnType.STRING, "rank": ColumnType.INTEGER}
FORWARD = Sort((By(EventTime()), By(RANK)))
BACKWARD = Sort((By(EventTime(), descending=True), By(RANK, descending=True)))


@pytest.fixture
def words(store: Store) -> Store:
    """a at 1 ns, c and b at 2 ns (by rank: c, b), d at 3 ns."""
    cells = [(1, "a", 0), (2, "b", 2), (2, "c", 1), (3, "d", 0)]
    rows = [Row(time, 1, {"word": word, "rank": rank}) for time, word, rank in cells]
    store.append([Batch.from_rows("t", "T", rows)])
    return store


def selected(
    store: Store, *steps: Step, end_ns: int = 10, **show: Expr
) -> list[dict[str, Any]]:
    with store.reader() as reader:
        rows = Rows(tuple(reader.tables()), TYPES, 0, end_ns)
        shown = {"word": WORD, **show}
        found = reader.run(Pipeline(rows, steps or (FORWARD,), shown)).table
        listed: list[dict[str, Any]] = found.to_pylist()
    return listed


def text(rows: list[dict[str, Any]]) -> str:
    return "".join(row["word"] for row in rows)


def is_word(word: str) -> Expr:
    return predicate(Op.EQ, WORD, literal(word))


def test_rows_come_by_time_and_then_by_what_is_said(words: Store) -> None:
    assert text(selected(words)) == "acbd"
    assert text(selected(words, BACKWARD)) == "dbca"
    assert [row["time"] for row in selected(words, time=EventTime())] == [1, 2, 2, 3]


def test_a_limit_takes_the_first_and_the_end_is_left_out(words: Store) -> None:
    assert text(selected(words, FORWARD, Limit(2))) == "ac"
    assert text(selected(words, FORWARD, Limit(0))) == ""
    assert text(selected(words, FORWARD, Limit(2, skip=1))) == "cb"
    assert text(selected(words, end_ns=3)) == "acb"


def test_a_condition_chooses_rows(words: Store) -> None:
    later = Keep(predicate(Op.GE, EventTime(), literal(2)))
    assert text(selected(words, later, FORWARD)) == "cbd"


def test_a_column_may_be_computed(words: Store) -> None:
    size = {'size "of it"': whole(Op.LENGTH, WORD)}
    assert selected(words, FORWARD, Limit(1), **size) == [
        {"word": "a", 'size "of it"': 1}
    ]


def test_no_table_has_no_rows(store: Store) -> None:
    assert selected(store) == []


def test_removed_rows_are_gone_and_others_stay(words: Store) -> None:
    words.delete_rows("t", is_word("b"))
    words.delete_rows("t", predicate(Op.LT, EventTime(), literal(2)))
    assert text(selected(words)) == "cd"
    words.delete_rows("t", TRUE)
    assert selected(words) == []


def test_removal_by_a_column_that_is_not_there_removes_nothing(store: Store) -> None:
    store.create_table("t", label="T")
    store.delete_rows("t", is_word("a"))
    with pytest.raises(NoSuchTableError):
        store.delete_rows("none", TRUE)


def test_removed_rows_stay_removed_after_reopening(tmp_path: Any) -> None:
    row = Row(1, 1, {"word": "a", "rank": 0})
    with Store.open(tmp_path / "x.duckdb") as store:
        store.append([Batch.from_rows("t", "T", [row])])
        store.delete_rows("t", TRUE)
    with Store.open(tmp_path / "x.duckdb") as store:
        assert selected(store) == []
