from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lab_emulators.store import Batch, ColumnType, Store

STRING = ColumnType.STRING


@pytest.mark.parametrize(
    "layout",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
    ],
    ids=str,
)
def test_strings_of_any_arrow_layout_are_stored(
    store: Store, cells: Any, layout: pa.DataType
) -> None:
    times, rates = np.array([2, 1]), np.ones(2, dtype=np.int32)
    plain = pa.array(["short", "longer than twelve bytes, é"])
    for column in (plain, plain.cast(layout)):
        store.append([Batch("events", "E", times, rates, {("a", STRING): column})])
        stored = [row["a"] for row in cells(store)]
    assert stored == ["longer than twelve bytes, é", "short"] * 2


def test_batches_with_different_columns_and_layouts_share_a_commit(
    store: Store, batch: Any, cells: Any
) -> None:
    views = batch({"a": "x"})
    columns = {("a", STRING): views.columns["a", STRING].cast(pa.string_view())}
    views = Batch("events", "E", views.time_ns, views.sample_rate, columns)
    store.append([views, batch({"a": "y", "b": 1}), batch({"b": 0.5})])
    rows = sorted(map(str, cells(store)))
    assert rows == ["{'a': 'x'}", "{'a': 'y', 'b': 1.0}", "{'b': 0.5}"]


def test_the_sample_rate_is_stored_with_each_row(store: Store) -> None:
    times, rates = np.array([1, 2]), np.array([1, 20], dtype=np.int32)
    store.append([Batch("events", "E", times, rates, {})])
    with store.reader() as reader:
        rows = reader.execute(f"SELECT _rate FROM {store.tables()[0].physical}")
    assert rows.column(0).to_pylist() == [1, 20]
