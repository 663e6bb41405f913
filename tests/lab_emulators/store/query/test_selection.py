"""Rows one by one: which ones, in what order, how many; and their removal."""

from typing import Any

import pytest

from lab_emulators.store import Batch, ColumnType, NoSuchTable, Row, Store
from lab_emulators.store.query.expr import (
    TRUE,
    Column,
    EventTime,
    Expr,
    Op,
    literal,
    predicate,
    whole,
)
from lab_emulators.store.query.plan import Source
from lab_emulators.store.query.selection import Selection, compile_selection

WORD = Column("word", ColumnType.STRING)
RANK = Column("rank", ColumnType.INTEGER)
TYPES = {"word": ColumnType.STRING, "rank": ColumnType.INTEGER}


@pytest.fixture
def words(store: Store) -> Store:
    """a at 1 ns, c and b at 2 ns (by rank: c, b), d at 3 ns."""
    cells = [(1, "a", 0), (2, "b", 2), (2, "c", 1), (3, "d", 0)]
    rows = [Row(time, 1, {"word": word, "rank": rank}) for time, word, rank in cells]
    store.append([Batch.from_rows("t", "T", rows)])
    return store


def selected(store: Store, *, end_ns: int = 10, **more: Any) -> list[dict[str, Any]]:
    with store.reader() as reader:
        source = Source(tuple(reader.tables()), TYPES, 0, end_ns)
        chosen = {"columns": {"word": WORD}, "then_by": (RANK,), **more}
        statement = compile_selection(Selection(source, **chosen))
        rows: list[dict[str, Any]] = reader.execute(
            statement.sql, statement.params
        ).to_pylist()
    return rows


def text(rows: list[dict[str, Any]]) -> str:
    return "".join(row["word"] for row in rows)


def is_word(word: str) -> Expr:
    return predicate(Op.EQ, WORD, literal(word))


def test_rows_come_by_time_and_then_by_what_is_said(words: Store) -> None:
    assert text(selected(words)) == "acbd"
    assert text(selected(words, descending=True)) == "dbca"
    assert [row["_time"] for row in selected(words)] == [1, 2, 2, 3]


def test_a_limit_takes_the_first_and_the_end_is_left_out(words: Store) -> None:
    assert text(selected(words, limit=2)) == "ac"
    assert text(selected(words, limit=0)) == ""
    assert text(selected(words, end_ns=3)) == "acb"


def test_a_condition_chooses_rows(words: Store) -> None:
    where = predicate(Op.GE, EventTime(), literal(2))
    assert text(selected(words, where=where)) == "cbd"


def test_a_column_may_be_computed(words: Store) -> None:
    columns = {"word": WORD, 'size "of it"': whole(Op.LENGTH, WORD)}
    row = selected(words, columns=columns, limit=1)[0]
    assert row == {"_time": 1, "word": "a", 'size "of it"': 1}


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
    with pytest.raises(NoSuchTable):
        store.delete_rows("none", TRUE)


def test_removed_rows_stay_removed_after_reopening(tmp_path: Any) -> None:
    row = Row(1, 1, {"word": "a", "rank": 0})
    with Store.open(tmp_path / "x.duckdb") as store:
        store.append([Batch.from_rows("t", "T", [row])])
        store.delete_rows("t", TRUE)
    with Store.open(tmp_path / "x.duckdb") as store:
        assert selected(store) == []
