from pathlib import Path
from typing import Any

import pytest

from lab_emulators.store import (
    ColumnExistsError,
    ColumnType,
    NoSuchColumnError,
    NoSuchTableError,
    Store,
    StoreClosedError,
    TableExistsError,
    TableInfo,
    TooManyColumnsError,
)


def table(store: Store, name: str = "events") -> TableInfo:
    info = store.table(name)
    assert info is not None
    return info


def test_what_is_appended_can_be_queried_at_once(
    store: Store, batch: Any, cells: Any
) -> None:
    store.append([batch({"a": 1, "b": "x"}, {"c": True, "d": 0.5})])
    assert cells(store) == [{"a": 1, "b": "x"}, {"c": True, "d": 0.5}]


def test_rows_of_one_commit_are_stored_in_order_of_time(
    store: Store, batch: Any, cells: Any
) -> None:
    early, late = batch({"n": 1}, {"n": 3}), batch({"n": 2}, {"n": 4})
    store.append([early, late])
    with store.reader() as reader:
        query = f"SELECT _time FROM {table(store).physical}"
        assert reader.execute(query).column(0).to_pylist() == [1, 1, 2, 2]
    assert [row["n"] for row in cells(store)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "key", ["", " ", "é", 'say "hi"', "it's", "a;b", "_time", "c1", "k" * 1000, "\x00"]
)
def test_any_text_can_be_the_key_of_a_column(
    store: Store, batch: Any, cells: Any, key: str
) -> None:
    store.append([batch({key: 1, key.upper() + "X": "other"})])
    store.append([batch({key: 1.5})])
    assert cells(store)[-1][key] == 1.5
    assert table(store).columns[key].key == key


def test_names_of_tables_are_told_apart_by_case(store: Store, batch: Any) -> None:
    for name in ("api", "API", "Ünïcode 'x'"):
        store.append([batch({"a": 1}, table=name)])
    assert [info.name for info in store.tables()] == ["api", "API", "Ünïcode 'x'"]


def test_text_that_is_not_unicode_becomes_text_that_is(
    store: Store, batch: Any, cells: Any
) -> None:
    store.append([batch({"k\ud800": "v\udfff"}, table="t\ud800")])
    made = store.create_table("u\ud800", label="\ud800")
    column = store.create_column(made.name, "\ud800", ColumnType.STRING)
    assert cells(store, "t\ufffd") == [{"k\ufffd": "v\ufffd"}]
    assert (made.label, column.key) == ("\ufffd", "\ufffd")


def test_an_array_without_values_creates_no_column(store: Store, batch: Any) -> None:
    empty = batch({"a": 1}, {"b": 2})
    gone = {key: cells for key, cells in empty.columns.items() if key[0] == "a"}
    rows = type(empty)("t", "T", empty.time_ns, empty.sample_rate, gone)
    store.append([rows])
    nulls = {key: cells.slice(1) for key, cells in gone.items()}
    store.append(
        [type(empty)("u", "U", empty.time_ns[1:], empty.sample_rate[1:], nulls)]
    )
    assert (list(table(store, "t").columns), list(table(store, "u").columns)) == (
        ["a"],
        [],
    )


def test_times_of_writing_are_exact_by_table_and_column(
    store: Store, batch: Any
) -> None:
    store.append([batch({"a": 1})])
    first = table(store).last_written_ns
    store.append([batch({"b": 1})])
    info = table(store)
    assert first is not None
    assert info.created_ns == info.columns["a"].created_ns == first
    assert info.columns["a"].last_written_ns == first
    assert info.columns["b"].last_written_ns == info.last_written_ns == first + 1


def test_everything_is_there_after_reopening(
    path: Path, batch: Any, cells: Any
) -> None:
    with Store.open(path) as store:
        store.append([batch({"a": 1, "A": "x"}), batch({"b": 0.5}, table="other")])
        store.create_table("made", label="Made", properties={"description": "d"})
        store.update_column("events", table(store).columns["a"].id, properties={"h": 1})
        before = store.tables()
    with Store.open(path) as store:
        assert store.tables() == before
        assert cells(store) == [{"a": 1, "A": "x"}]


def test_a_table_can_be_made_described_and_removed(store: Store) -> None:
    store.create_table("t", label="T", properties={"a": 1})
    with pytest.raises(TableExistsError, match="'t'"):
        store.create_table("t", label="again")
    changed = store.update_table("t", label="New", properties={"b": [2]})
    assert (changed.label, changed.properties) == ("New", {"b": [2]})
    store.delete_table("t")
    assert store.table("t") is None
    with pytest.raises(NoSuchTableError, match="'t'"):
        store.delete_table("t")


def test_a_table_made_again_after_removal_starts_empty(
    store: Store, batch: Any, cells: Any
) -> None:
    store.append([batch({"a": 1})])
    store.delete_table("events")
    store.append([batch({"a": "text"})])
    assert cells(store) == [{"a": "text"}]


def test_a_column_can_be_made_described_and_removed(store: Store, batch: Any) -> None:
    store.append([batch({"b": 1})])
    made = store.create_column("events", "a", ColumnType.FLOAT, properties={"x": 1})
    assert (made.type, made.last_written_ns) == (ColumnType.FLOAT, None)
    with pytest.raises(ColumnExistsError, match="'a'"):
        store.create_column("events", "a", ColumnType.FLOAT)
    changed = store.update_column("events", made.id, properties={"y": 2})
    assert changed.properties == {"y": 2}
    assert changed.updated_ns > made.updated_ns
    store.delete_column("events", made.id)
    with pytest.raises(NoSuchColumnError, match=made.id):
        store.update_column("events", made.id)


def test_a_column_written_again_after_removal_is_another_one(
    store: Store, batch: Any, cells: Any
) -> None:
    store.append([batch({"a": 1, "b": 1})])
    store.append([batch({"a": "a misfit", "b": 2})])
    old = table(store).columns["a"]
    store.delete_column("events", old.id)
    store.append([batch({"a": "new", "b": 3})])
    assert cells(store) == [{"b": 1}, {"b": 2}, {"a": "new", "b": 3}]
    new = table(store).columns["a"]
    assert (new.id == old.id, new.physical == old.physical) == (False, False)


def test_a_change_of_type_keeps_identity_place_and_time_of_writing(
    store: Store, batch: Any
) -> None:
    store.append([batch({"a": 1, "b": 2})])
    old = table(store).columns["a"]
    new = store.update_column("events", old.id, kind=ColumnType.STRING)
    assert (new.id, new.key, new.created_ns) == (old.id, old.key, old.created_ns)
    assert (new.type, new.last_written_ns) == (ColumnType.STRING, old.last_written_ns)
    assert list(table(store).columns) == ["a", "b"]


def test_the_limit_on_columns_holds_for_made_ones_too(path: Path) -> None:
    with Store.open(path, max_columns=1) as store:
        store.create_table("t", label="T")
        store.create_column("t", "a", ColumnType.STRING)
        with pytest.raises(TooManyColumnsError, match="'t'"):
            store.create_column("t", "b", ColumnType.STRING)
        assert list(table(store, "t").columns) == ["a"]


def test_reset_empties_everything_and_keeps_serving(
    store: Store, batch: Any, cells: Any
) -> None:
    store.append([batch({"a": 1})])
    store.documents.put("queries", "q", {})
    store.reset()
    assert (store.tables(), store.documents.list("queries")) == ([], [])
    store.append([batch({"a": "fresh"})])
    assert cells(store) == [{"a": "fresh"}]


def test_the_store_is_empty_after_reset_and_reopening(path: Path, batch: Any) -> None:
    with Store.open(path) as store:
        store.append([batch({"a": 1})])
        store.reset()
    with Store.open(path) as store:
        assert store.tables() == []


def test_a_closed_store_says_so(path: Path, batch: Any) -> None:
    store = Store.open(path)
    store.close()
    with pytest.raises(StoreClosedError):
        store.append([batch({"a": 1})])
    with pytest.raises(StoreClosedError):
        store.documents.get("c", "i")
    store.close()


def test_its_repr_is_a_sentence(store: Store, batch: Any) -> None:
    store.append([batch({"a": 1})])
    assert repr(store) == f"store in {store.path}, 1 tables"
