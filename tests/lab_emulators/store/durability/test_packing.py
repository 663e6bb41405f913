import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.store import Batch, ColumnType, Row
from lab_emulators.store.durability.packing import Entry, pack, plain, unpack

STRING, INTEGER = ColumnType.STRING, ColumnType.INTEGER

a_value = st.one_of(st.text(), st.booleans(), st.integers(), st.floats(allow_nan=False))
a_row = st.builds(
    Row,
    st.integers(-(2**63), 2**63 - 1),
    st.integers(1, 2**31 - 1),
    st.dictionaries(st.text(max_size=8), a_value, max_size=6),
)
a_batch = st.builds(
    Batch.from_rows,
    st.text(max_size=8),
    st.text(max_size=8),
    st.lists(a_row, min_size=1, max_size=8),
)


def content(batch: Batch) -> object:
    columns = {key: cells.to_pylist() for key, cells in batch.columns.items()}
    times, rates = batch.time_ns.tolist(), batch.sample_rate.tolist()
    return batch.table, batch.label, times, rates, columns


@given(st.integers(-(2**63), 2**63 - 1), st.lists(a_batch, max_size=4))
def test_an_entry_comes_back_as_it_was_packed(
    now_ns: int, batches: list[Batch]
) -> None:
    entry = Entry(now_ns, [plain(batch) for batch in batches])
    again = unpack(b"".join(pack(entry)))
    assert again.now_ns == now_ns
    assert list(map(content, again.batches)) == list(map(content, batches))
    assert again.rows == sum(map(len, batches))


@pytest.mark.parametrize(
    "layout",
    [pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())],
    ids=str,
)
def test_every_layout_of_strings_becomes_the_plain_one(layout: pa.DataType) -> None:
    words = pa.array(["short", None, "longer than twelve bytes, é"])
    columns = {("a", STRING): words.cast(layout), ("b", STRING): words.cast(layout)}
    columns["none", INTEGER] = pa.nulls(3, pa.int64())
    rates = np.ones(3, dtype=np.int32)
    found = plain(Batch("t", "T", np.arange(3), rates, columns))
    assert found.columns == {("a", STRING): words, ("b", STRING): words}


def broken_text() -> pa.Array:
    data, offsets = pa.py_buffer(b"\xff\xfe"), np.array([0, 2], np.int32)
    return pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(offsets), data])


@pytest.mark.parametrize(
    ("kind", "cells"),
    [(STRING, broken_text()), (INTEGER, pa.array([0.5]))],
    ids=["not UTF-8", "not a whole number"],
)
def test_what_the_database_could_not_take_is_refused(
    kind: ColumnType, cells: pa.Array
) -> None:
    one = np.ones(1, dtype=np.int64)
    with pytest.raises(pa.ArrowInvalid):
        plain(Batch("t", "T", one, one.astype(np.int32), {("a", kind): cells}))
