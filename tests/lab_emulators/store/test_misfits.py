"""Every cell is its original fitted to the column's type; the original is never lost.

`fitted` below is the rule in plain Python, the reference for the SQL.
"""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab_emulators.store import Batch, ColumnType, Row, Store
from lab_emulators.store.schema.batch import Value

STRING, INTEGER = ColumnType.STRING, ColumnType.INTEGER
FLOAT, BOOLEAN = ColumnType.FLOAT, ColumnType.BOOLEAN
NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"


def type_of(value: Value) -> ColumnType:
    kinds = {str: STRING, bool: BOOLEAN, int: INTEGER, float: FLOAT}
    return kinds[type(value)]


def fitted(value: Value, kind: ColumnType) -> Value | None:
    if type_of(value) is kind:
        return value
    if kind is STRING:
        return str(value).lower()
    if isinstance(value, bool) or kind is BOOLEAN:
        return None
    if kind is FLOAT:
        known = not isinstance(value, str) or re.fullmatch(NUMBER, value)
        return float(value) if known and math.isfinite(float(value)) else None
    if isinstance(value, float):
        whole = math.isfinite(value) and value == int(value) and abs(value) < 2**63
        return int(value) if whole else None
    parsed = int(value) if re.fullmatch("[+-]?[0-9]+", str(value)) else 2**63
    return parsed if -(2**63) <= parsed < 2**63 else None


def kept(value: Value, kind: ColumnType) -> Value | None:
    """What `_misfits` must say."""
    exact = type_of(value) is INTEGER and kind is FLOAT and abs(value) <= 2**53
    return None if type_of(value) is kind or exact else value


def same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str) and left != right:
        return re.fullmatch(NUMBER, left) is not None and float(left) == float(right)
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return type(left) is type(right) and left == right


def final_type(values: list[Value]) -> ColumnType:
    first = type_of(values[0])
    floats = any(isinstance(value, float) for value in values)
    return FLOAT if first is INTEGER and floats else first


def stored(store: Store, table: str) -> list[tuple[Any, Any]]:
    """(cell, original by `_misfits`) of column `a`, in order of time."""
    with store.reader() as reader:
        info = reader.table(table)
        assert info is not None
        name = info.columns["a"].physical
        query = f"SELECT {name} AS cell, _misfits FROM {info.physical} ORDER BY _time"
        rows = reader.execute(query).to_pylist()
    return [
        (row["cell"], original(json.loads(row["_misfits"] or "{}").get(name)))
        for row in rows
    ]


def original(found: Any) -> Any:
    return float(found["float"]) if isinstance(found, dict) else found


def check(store: Store, table: str, values: list[Value], kind: ColumnType) -> None:
    for value, (cell, misfit) in zip(values, stored(store, table), strict=True):
        assert same(cell, fitted(value, kind)), (value, kind, cell)
        assert same(misfit, kept(value, kind)), (value, kind, misfit)


def append(store: Store, table: str, values: list[Value], sizes: list[int]) -> None:
    """Store the values at 0, 1, 2 … ns, in appends of these sizes."""
    rows = [Row(place, 1, {"a": value}) for place, value in enumerate(values)]
    while rows:
        size = sizes.pop() if sizes else len(rows)
        store.append([Batch.from_rows(table, table, rows[:size])])
        rows = rows[size:]


numbers_as_text = st.one_of(
    st.integers(-(2**65), 2**65).map(str),
    st.floats(allow_nan=False).map(repr),
    st.sampled_from(["+7", "007", ".5", "5.", "1e3", " 1", "1_0", "0x1", "", "NaN"]),
)
a_value = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-5, 5),
    st.floats(),
    st.integers(-5, 5).map(float),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    numbers_as_text,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("misfits") / "events.duckdb"
    with Store.open(path) as store:
        yield store


@given(
    values=st.lists(a_value, min_size=1, max_size=12),
    sizes=st.lists(st.integers(1, 5), max_size=12),
    change=st.sampled_from(ColumnType),
)
@settings(max_examples=2 * settings().max_examples)
@example(values=[-math.nan], sizes=[], change=STRING)
def test_rows_come_back_as_the_rules_say_before_and_after_a_change_of_type(
    shared: Store, values: list[Value], sizes: list[int], change: ColumnType
) -> None:
    table = f"t{len(shared.tables())}"
    append(shared, table, values, sizes)
    info = shared.table(table)
    assert info is not None
    kind = info.columns["a"].type
    assert kind is final_type(values)
    check(shared, table, values, kind)
    shared.update_column(table, info.columns["a"].id, kind=change)
    if kind is FLOAT:  # an integer that became a float without loss is one now
        exact = [type_of(v) is INTEGER and kept(v, FLOAT) is None for v in values]
        values = [float(v) if e else v for v, e in zip(values, exact, strict=True)]
    check(shared, table, values, change)


def test_a_table_without_misfits_keeps_none(store: Store) -> None:
    append(store, "t", ["x", "y"], [])
    assert stored(store, "t") == [("x", None), ("y", None)]


def test_misfits_of_several_columns_stay_apart_when_one_changes_type(
    store: Store,
) -> None:
    store.append([Batch.from_rows("t", "T", [Row(1, 1, {"a": "x", "b": 1})])])
    store.append([Batch.from_rows("t", "T", [Row(2, 1, {"a": 5, "b": "y"})])])
    info = store.table("t")
    assert info is not None
    store.update_column("t", info.columns["b"].id, kind=STRING)
    assert stored(store, "t") == [("x", None), ("5", 5)]
