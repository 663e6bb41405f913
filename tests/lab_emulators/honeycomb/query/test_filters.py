"""Filters: every operator, and how values are brought to the column's type."""

from typing import Any

import pytest

VALUES = {
    "text": ["apple", "Apple", "apple\n", "12", "", None],
    "whole": [1, 5, 500, -1, 0, None],
    "real": [1.5, 5.0, 500.25, -1.0, 0.0, None],
    "flag": [True, False, None],
}

# column, op, value: the places in VALUES that pass
CASES: list[tuple[str, str, Any, list[int]]] = [
    ("text", "=", "apple", [0, 2]),
    ("text", "=", "apple\n", [0, 2]),
    ("text", "!=", "apple", [1, 3, 4, 5]),
    ("text", "=", 12, [3]),
    ("text", "=", 12.0, [3]),
    ("text", ">", "a", [0, 2]),
    ("text", "<=", "Apple", [1, 3, 4]),
    ("text", "in", ["apple", 12], [0, 2, 3]),
    ("text", "not-in", ["apple", 12], [1, 4, 5]),
    ("text", "in", [], []),
    ("text", "not-in", [], [0, 1, 2, 3, 4, 5]),
    ("text", "starts-with", "app", [0, 2]),
    ("text", "does-not-start-with", "app", [1, 3, 4, 5]),
    ("text", "ends-with", "le", [0, 1]),
    ("text", "does-not-end-with", "le", [2, 3, 4, 5]),
    ("text", "contains", "pp", [0, 1, 2]),
    ("text", "does-not-contain", "pp", [3, 4, 5]),
    ("text", "exists", None, [0, 1, 2, 3, 4]),
    ("text", "does-not-exist", None, [5]),
    ("whole", "=", 500, [2]),
    ("whole", "=", "500", [2]),
    ("whole", "=", 500.0, [2]),
    ("whole", "=", 500.5, []),
    ("whole", "=", "abc", []),
    ("whole", "=", True, []),
    ("whole", "!=", "abc", [0, 1, 2, 3, 4, 5]),
    ("whole", ">", 1, [1, 2]),
    ("whole", ">=", "1", [0, 1, 2]),
    ("whole", "<", 0.5, [3, 4]),
    ("whole", "<", "abc", []),
    ("whole", "in", [5, "500", "x"], [1, 2]),
    ("whole", "contains", "5", [1, 2]),
    ("whole", ">", 10**30, []),
    ("whole", "<", 10**30, [0, 1, 2, 3, 4]),
    ("real", "=", 5, [1]),
    ("real", "starts-with", 5, [1, 2]),
    ("real", "ends-with", ".5", [0]),
    ("flag", "=", True, [0]),
    ("flag", "=", "true", [0]),
    ("flag", "=", 1, []),
    ("flag", "!=", True, [1, 2]),
    ("flag", "in", [True, "false"], [0, 1]),
    ("flag", ">", 0, []),
]


@pytest.fixture(scope="module")
def passing(store: Any) -> Any:
    """Asks which places of VALUES pass filters."""
    from lab_emulators.store import Batch, Row

    start = 1_700_000_040 * 10**9
    rows = []
    for column, values in VALUES.items():
        for place, value in enumerate(values):
            given = {"column": column, "place": place}
            rows.append(
                Row(start, 1, given | ({column: value} if value is not None else {}))
            )
    store.append([Batch.from_rows("filters", "filters", rows)])
    yield "filters"
    store.delete_table("filters")


@pytest.mark.parametrize("column, op, value, expected", CASES)
def test_these_events_pass(
    lab: Any, passing: str, column: str, op: str, value: Any, expected: list[int]
) -> None:
    tested = {"column": column, "op": op}
    if value is not None:
        tested["value"] = value
    only = {"column": "column", "op": "=", "value": column}
    spec = {
        "filters": [only, tested],
        "breakdowns": ["place"],
        "orders": [{"column": "place"}],
    }
    assert [row["place"] for row in lab.rows(spec, passing)] == expected


def test_filters_are_joined_by_and_or_or(lab: Any) -> None:
    name = lab.write({"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 3})
    both = [
        {"column": "a", "op": "=", "value": 1},
        {"column": "b", "op": "=", "value": 2},
    ]
    assert lab.rows({"filters": both}, name) == [{"COUNT": 1}]
    assert lab.rows({"filters": both, "filter_combination": "OR"}, name) == [
        {"COUNT": 2}
    ]


def test_a_calculated_field_can_be_filtered_by_each_of_its_types(lab: Any) -> None:
    name = lab.write({"n": 1}, {"n": 2}, {"n": 3})
    mixed = [{"name": "m", "expression": 'IF($n = 1, 5, $n = 2, "5")'}]
    five = [{"column": "m", "op": "=", "value": 5}]
    spec = {"calculated_fields": mixed, "filters": five}
    assert lab.rows(spec, name) == [{"COUNT": 2}]


def test_is_root_can_be_filtered(lab: Any) -> None:
    name = lab.write(
        {"trace__trace_id": "t", "trace__span_id": "a"},
        {"trace__trace_id": "t", "trace__span_id": "b", "trace__parent_id": "a"},
        {
            "trace__trace_id": "t",
            "trace__parent_id": "",
            "meta__annotation_type": "link",
        },
        {"trace__span_id": "c"},
    )
    root = {"column": "is_root", "op": "=", "value": True}
    assert lab.rows({"filters": [root]}, name) == [{"COUNT": 1}]
    rest = root | {"value": False}
    assert lab.rows({"filters": [rest]}, name) == [{"COUNT": 3}]
