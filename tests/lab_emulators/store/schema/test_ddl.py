from typing import Any

import pytest

from lab_emulators.store import ColumnType, Store
from lab_emulators.store.schema import ddl


@pytest.mark.parametrize("limit", ["HEAVY_BYTES", "HEAVY_STEPS"])
def test_a_table_rewritten_for_new_columns_keeps_rows_order_and_misfits(
    store: Store, batch: Any, cells: Any, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    store.append([batch({"a": 2**60}, {"a": "7"}, {"a": "misfit"})])
    assert len(cells(store)) == 3
    monkeypatch.setattr(ddl, limit, 0)
    store.append([batch({"b": True, "c": "x", "d": 1, "e": 1.5})])
    monkeypatch.undo()
    expected = [{"a": 2**60}, {"a": 7}, {}, {"b": True, "c": "x", "d": 1, "e": 1.5}]
    assert cells(store) == expected
    column = store.tables()[0].columns["a"]
    store.update_column("events", column.id, kind=ColumnType.STRING)
    assert [row.get("a") for row in cells(store)] == [str(2**60), "7", "misfit", None]


def test_a_widened_column_takes_in_the_strings_that_fit_it_now(
    store: Store, batch: Any, cells: Any
) -> None:
    store.append([batch({"a": 1}, {"a": "2.5"})])
    assert cells(store) == [{"a": 1}, {}]
    store.append([batch({"a": 3.5})])
    assert cells(store) == [{"a": 1.0}, {"a": 2.5}, {"a": 3.5}]


def test_two_columns_can_widen_while_others_are_added(
    store: Store, batch: Any, cells: Any
) -> None:
    store.append([batch({"a": 1, "b": 2**60})])
    store.append([batch({"a": 0.5, "b": 0.5, "c": "new"})])
    assert cells(store) == [
        {"a": 1.0, "b": float(2**60)},
        {"a": 0.5, "b": 0.5, "c": "new"},
    ]


def test_thousands_of_columns_arrive_at_once(
    store: Store, batch: Any, cells: Any
) -> None:
    wide = {f"k{number}": number for number in range(3000)}
    store.append([batch({"a": 1})])
    store.append([batch(wide)])
    assert cells(store) == [{"a": 1}, wide]
