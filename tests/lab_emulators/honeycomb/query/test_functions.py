"""What calculated fields come to, event by event."""

from typing import Any

import pytest

MIXED: list[dict[str, Any]] = [
    {"v": 2},
    {"v": 2.5},
    {"v": "2"},
    {"v": "x"},
    {"v": True},
    {},
]


def values_of(lab: Any, expression: str, *values: Any) -> list[Any]:
    """The expression over `$v`, one event for each value; None is a missing field."""
    return list(lab.values(expression, *({"v": value} for value in values)))


CASES: dict[str, tuple[list[Any], list[Any]]] = {
    # truthiness: true, non-zero numbers, the text "true"
    "BOOL($v)": (["true", "True", "1", "", None], [True, False, False, False, False]),
    "IF($v, 1, 2)": ([0, 0.5, -1, None], [2, 1, 1, 2]),
    "NOT($v)": ([True, False, None], [False, True, True]),
    "!$v": ([1, 0], [False, True]),
    "AND($v, true)": ([True, None], [True, False]),
    "$v OR false": ([True, None], [True, False]),
    # conditional
    "IF($v < 3, 1)": ([2, 4, None], [1, None, None]),
    'IF($v > 3, "big", $v > 1, 2, true)': ([4, 2, 0], ["big", 2, True]),
    'SWITCH($v, 1, "one", 2, "two")': ([1, 2, 3, None], ["one", "two", None, None]),
    'SWITCH($v, 1, "one", "other")': ([1, 3, None], ["one", "other", "other"]),
    "COALESCE($v, 7)": ([1, None], [1, 7]),
    'COALESCE($v, "none")': ([1, None], [1, "none"]),
    "EXISTS($v)": (["", "x", None], [True, True, False]),
    # comparison
    "$v < 2": ([1, 2, None], [True, False, False]),
    "$v >= 2": ([1.5, 2.0], [False, True]),
    '$v < "b"': (["a", "b", "B", None], [True, False, True, False]),
    '$v > "1"': ([5, 0], [False, False]),
    "$v > false": ([True, True], [False, False]),
    "$v = 200": ([200, 201], [True, False]),
    "$v = 200.0": ([200, 201], [True, False]),
    '$v = "200"': ([200, None], [False, False]),
    '$v != "200"': ([200, None], [True, True]),
    '$v = "x"': (["x", "x\n", "x\n\n", " x"], [True, True, False, False]),
    "$v = null": ([1, None], [False, False]),
    "IN($v, 1, 2)": ([2, 3, None], [True, False, False]),
    'IN($v, "a", 2)': (["a", "2", "a\n"], [True, False, True]),
    # math
    "$v + 1": (["2", "x", " 2", "1e1", None], [3, 1, 1, 11, 1]),
    "SUM($v, $v, 1)": ([1, 2], [3, 5]),
    "$v * 2": ([True, False], [0, 0]),
    "1 / $v": ([4, 0, None], [0.25, None, None]),
    "7 % $v": ([4, 0], [3, None]),
    "-7 % $v": ([4, 2], [-3, -1]),
    "$v - 1 - 1": ([5, 1], [3, -1]),
    "LOG10($v)": ([100, 0, -1, None], [2, None, None, None]),
    "MIN($v, 3)": ([2, 5, None], [2, 3, 3]),
    'MIN($v, "b", 3)': ([5, 2], [3, 2]),
    'MAX("b", 3, $v)': (["a", "c"], ["b", "c"]),
    "MAX(null, $v, false)": ([True, False, None], [True, False, False]),
    "BUCKET($v, 10)": (
        [0, 9.5, 10, -1, None],
        ["0 - 10", "0 - 10", "10 - 20", "< 0", None],
    ),
    "BUCKET($v, 0.5, 1, 2)": ([0.5, 1.6, 2, 9], ["< 1", "1.5 - 2", "> 2", "> 2"]),
    # casts
    "INT($v)": (["2.9", "-2.9", "x", None], [2, -2, 0, 0]),
    "FLOAT($v)": (["2.5", "x", None], [2.5, 0.0, 0.0]),
    "STRING($v)": ([2.0, 2.5, -3.0, None], ["2", "2.5", "-3", ""]),
    "STRING($v = 1)": ([1, 2], ["true", "false"]),
    # text
    'CONCAT($v, "-", 1, true, null)': (["a", None], ["a-1true", "-1true"]),
    'STARTS_WITH($v, "a")': (["ab", "ba", None], [True, False, False]),
    'ENDS_WITH($v, "a")': (["ab", "ba", None], [False, True, False]),
    'CONTAINS($v, "b")': (["ab", "B", None], [True, False, False]),
    'CONTAINS($v, "1")': ([11, None], [False, False]),
    "LENGTH($v)": (["é", "", None], [1, 0, None]),
    'LENGTH($v, "bytes")': (["é", "", None], [2, 0, None]),
    "TO_LOWER($v)": (["ABC", None], ["abc", None]),
    'REG_MATCH($v, "^a.c$")': (["abc", "xabc", None], [True, False, False]),
    "REG_VALUE($v, `id=([0-9]+)`)": (["id=42;", "id=", None], ["42", None, None]),
    "REG_VALUE($v, `[0-9]+`)": (["a12b3", "a"], ["12", None]),
    "REG_VALUE($v, `(?:x)y`)": (["xy", "y"], ["xy", None]),
    "REG_COUNT($v, `[0-9]`)": (["a12b3", "a", None], [3, 0, None]),
    # time
    "UNIX_TIMESTAMP($v)": (
        ["1970-01-01T00:01:00Z", "1970-01-01T01:00:00.5+01:00", "1970-01-01", None],
        [60, 0.5, None, None],
    ),
    'FORMAT_TIME("%F %T %j%%", $v)': (
        [86400.0, 1e300, None],
        ["1970-01-02 00:00:00 002%", None, None],
    ),
    'FORMAT_TIME("%D %R %z %Z", $v)': ([0.0, 1.5], ["01/01/70 00:00 +0000 UTC"] * 2),
}


@pytest.mark.parametrize("expression", CASES)
def test_an_expression_comes_to_this_in_each_event(lab: Any, expression: str) -> None:
    values, expected = CASES[expression]
    assert values_of(lab, expression, *values) == expected


def test_event_timestamp_is_in_seconds(lab: Any) -> None:
    assert lab.values("EVENT_TIMESTAMP() - 1700000040", {"at": 1.5}) == [1.5]
    assert lab.values('FORMAT_TIME("%S")', {"at": 1.5}) == ["01"]


def test_equality_of_two_columns_ignores_a_trailing_newline_on_either(lab: Any) -> None:
    pairs = [("a\n", "a"), ("a", "a\n"), ("a\n\n", "a"), ("a", "b")]
    events = [{"x": x, "y": y} for x, y in pairs]
    assert lab.values("$x = $y", *events) == [True, True, False, False]


def test_a_value_keeps_its_type_whatever_the_other_branches_give(lab: Any) -> None:
    expression = 'IF($n = 0, "text", $n = 1, 1, $n = 2, 1.5, $n = 3, true)'
    found = lab.values(expression, *({"x": 1} for _ in range(5)))
    assert found == ["text", 1, 1.5, True, None]
    assert [type(value) for value in found[:4]] == [str, float, float, bool]


def test_a_calculated_field_may_use_another(lab: Any) -> None:
    name = lab.write({"x": 3})
    fields = {"double": "$x * 2", "more": "$double + 1"}
    assert lab.rows({"breakdowns": ["more"]}, name, calculated=fields)[0]["more"] == 7


def test_the_querys_own_field_comes_before_a_column(lab: Any) -> None:
    name = lab.write({"x": 3})
    own = [{"name": "x", "expression": '"own"'}]
    spec = {"calculated_fields": own, "breakdowns": ["x"]}
    with pytest.raises(Exception, match="refers to itself"):
        lab.rows(
            spec | {"calculated_fields": [{"name": "x", "expression": "$x"}]}, name
        )
    assert lab.rows(spec, name)[0]["x"] == "own"


def test_a_stored_field_over_an_absent_column_is_absent(lab: Any) -> None:
    name = lab.write({"x": 3})
    calculated = {"elsewhere": "$not_here"}
    spec = {"breakdowns": ["elsewhere"]}
    assert lab.rows(spec, name, calculated=calculated) == [{"COUNT": 1}]


def test_deep_and_wide_expressions_still_run(lab: Any) -> None:
    deep = "NOT(" * 40 + "$x" + ")" * 40
    wide = "SUM(" + ", ".join(["$x"] * 300) + ")"
    assert lab.values(deep, {"x": True}) == [True]
    assert lab.values(wide, {"x": 1}) == [300]


def test_fields_that_multiply_each_other_are_refused_not_run(lab: Any) -> None:
    fields = {f"f{n}": f"IF($f{n - 1}, $f{n - 1}, $f{n - 1})" for n in range(1, 20)}
    name = lab.write({"x": 1})
    with pytest.raises(Exception, match="too large"):
        lab.rows({"breakdowns": ["f19"]}, name, calculated=fields | {"f0": "$x"})
