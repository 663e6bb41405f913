import numpy as np
import pyarrow as pa
import pytest

from lab_emulators.store import Batch, ColumnType, Row


def test_rows_become_one_array_for_each_key_and_type() -> None:
    rows = [Row(1, 1, {"a": 1, "b": "x"}), Row(2, 3, {"a": "one", "ok": True})]
    batch = Batch.from_rows("t", "T", rows)
    plain = {key: cells.to_pylist() for key, cells in batch.columns.items()}
    assert plain == {
        ("a", ColumnType.INTEGER): [1, None],
        ("a", ColumnType.STRING): [None, "one"],
        ("b", ColumnType.STRING): ["x", None],
        ("ok", ColumnType.BOOLEAN): [None, True],
    }
    assert (batch.time_ns.tolist(), batch.sample_rate.tolist()) == ([1, 2], [1, 3])


@pytest.mark.parametrize(
    ("value", "kind", "stored"),
    [
        (2**63 - 1, ColumnType.INTEGER, 2**63 - 1),
        (2**63, ColumnType.FLOAT, 2.0**63),
        (-(2**63) - 1, ColumnType.FLOAT, -(2.0**63)),
        (-(10**400), ColumnType.FLOAT, float("-inf")),
        (10**400, ColumnType.FLOAT, float("inf")),
        ("\ud83d", ColumnType.STRING, "\ufffd"),
        ("\ud83d\ude00", ColumnType.STRING, "😀"),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "replace").decode(),
)
def test_a_value_arrow_cannot_hold_becomes_the_nearest_it_can(
    value: int | str, kind: ColumnType, stored: object
) -> None:
    batch = Batch.from_rows("t", "T", [Row(1, 1, {"a": value})])
    assert batch.columns["a", kind].to_pylist() == [stored]


def test_columns_of_another_length_than_the_times_are_refused() -> None:
    one = np.ones(1, dtype=np.int64)
    column = {("a", ColumnType.INTEGER): pa.array([1, 2])}
    with pytest.raises(ValueError, match="'t' differ in length"):
        Batch("t", "T", one, one.astype(np.int32), column)


def test_a_buffer_shared_by_views_is_counted_once() -> None:
    text = pa.array(["x" * 1000] * 8, pa.string_view())
    zeros = np.zeros(8, dtype=np.int64)
    names = [(f"k{i}", ColumnType.STRING) for i in range(50)]
    batch = Batch("t", "T", zeros, zeros.astype(np.int32), dict.fromkeys(names, text))
    assert 8_000 < batch.byte_size() < 16_000
