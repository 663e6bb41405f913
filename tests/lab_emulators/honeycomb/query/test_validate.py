"""Every rule of a query specification, with its text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.honeycomb.query import (
    QuerySpec,
    Schema,
    SpecError,
    parse_spec,
    spec_id,
)
from lab_emulators.store import ColumnType

SCHEMA = Schema(
    {
        "duration_ms": ColumnType.FLOAT,
        "name": ColumnType.STRING,
        "status": ColumnType.INTEGER,
        "parent.own": ColumnType.STRING,
    },
    {"slow": "GT($duration_ms, 100)", "elsewhere": "$not_here"},
)
P95 = {"op": "P95", "column": "duration_ms"}
COUNT = {"op": "COUNT"}


def parse(**spec: Any) -> QuerySpec:
    return parse_spec(spec, SCHEMA)


def refused(**spec: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        parse(**spec)
    return caught.value


RULES = {
    "three times": (
        {"time_range": 60, "start_time": 1, "end_time": 61},
        "specify at most two of time_range, start_time and end_time",
    ),
    "end before start": (
        {"start_time": 20, "end_time": 10},
        "start_time must be before end_time",
    ),
    "step too long": (
        {"time_range": 60, "granularity": 61},
        "granularity can not be greater than time_range",
    ),
    "step too short": (
        {"time_range": 60_000, "granularity": 59},
        "granularity can not be less than time_range/1000",
    ),
    "concurrency of a column": (
        {"calculations": [{"op": "CONCURRENCY", "column": "duration_ms"}]},
        "CONCURRENCY should not have an accompanying column",
    ),
    "average of nothing": (
        {"calculations": [{"op": "AVG"}]},
        "AVG requires a column",
    ),
    "exists with a value": (
        {"filters": [{"column": "name", "op": "exists", "value": 1}]},
        "exists does not take a value",
    ),
    "does-not-exist with a value": (
        {"filters": [{"column": "name", "op": "does-not-exist", "value": "x"}]},
        "does-not-exist does not take a value",
    ),
    "comparison without a value": (
        {"filters": [{"column": "status", "op": ">"}]},
        "operator > requires a value",
    ),
    "order of nothing in the query": (
        {"orders": [{"column": "status"}]},
        "missing matching calculation, formula, or breakdown",
    ),
    "order by another calculation": (
        {"calculations": [P95], "orders": [{"op": "P99", "column": "duration_ms"}]},
        "missing matching calculation, formula, or breakdown",
    ),
    "order by a heatmap": (
        {
            "calculations": [{"op": "HEATMAP", "column": "duration_ms"}],
            "orders": [{"op": "HEATMAP", "column": "duration_ms"}],
        },
        "cannot order by HEATMAP",
    ),
    "having of nothing in the query": (
        {
            "havings": [
                {"calculate_op": "P95", "column": "status", "op": ">", "value": 1}
            ]
        },
        "P95 missing matching calculation",
    ),
    "having of concurrency of a column": (
        {
            "havings": [
                {"calculate_op": "CONCURRENCY", "column": "x", "op": ">", "value": 1}
            ]
        },
        "CONCURRENCY should not have an accompanying column",
    ),
    "having of an average of nothing": (
        {"havings": [{"calculate_op": "AVG", "op": ">", "value": 1}]},
        "AVG requires a column",
    ),
    "filtered calculation without a name": (
        {"calculations": [COUNT | {"filters": [{"column": "name", "op": "exists"}]}]},
        "name is required when using calculation filters",
    ),
    "two calculations of one name": (
        {"calculations": [COUNT | {"name": "n"}, P95 | {"name": "n"}]},
        "duplicate name",
    ),
    "a name that is another calculation's key": (
        {"calculations": [COUNT, P95 | {"name": "COUNT"}]},
        "duplicate name",
    ),
    "a name that is a breakdown": (
        {"calculations": [COUNT | {"name": "status"}], "breakdowns": ["status"]},
        "duplicate name",
    ),
    "a formula named like a calculation": (
        {
            "calculations": [COUNT | {"name": "n"}],
            "formulas": [{"name": "n", "expression": "$n"}],
        },
        "duplicate name",
    ),
    "heatmap with a formula": (
        {
            "calculations": [
                COUNT | {"name": "n"},
                {"op": "HEATMAP", "column": "duration_ms"},
            ],
            "formulas": [{"name": "f", "expression": "$n"}],
        },
        "HEATMAP calculations cannot be used with formulas",
    ),
    "relation inside a calculation filter": (
        {
            "calculations": [
                COUNT
                | {"name": "n", "filters": [{"column": "root.name", "op": "exists"}]}
            ]
        },
        "relational fields are not supported in calculation filters",
    ),
    "relation beside a formula": (
        {
            "calculations": [COUNT | {"name": "n"}],
            "formulas": [{"name": "f", "expression": "$n"}],
            "breakdowns": ["root.name"],
        },
        "relational fields are not supported when using formulas or calculation "
        "filters",
    ),
    "relation in a calculation": (
        {"calculations": [{"op": "AVG", "column": "root.duration_ms"}]},
        "relational fields are not supported in calculations",
    ),
    "relation in an OR": (
        {
            "filters": [{"column": "root.name", "op": "exists"}],
            "filter_combination": "OR",
        },
        "relational fields cannot be used with filter_combination OR",
    ),
    "none in breakdowns": (
        {
            "breakdowns": ["none.name"],
            "filters": [{"column": "none.name", "op": "exists"}],
        },
        "none. is not supported in breakdowns",
    ),
    "any in breakdowns without a filter": (
        {"breakdowns": ["any2.name"]},
        "any2. in breakdowns needs a filter with any2.",
    ),
    "compare offset": (
        {"compare_time_offset_seconds": 7201},
        "compare_time_offset is an invalid value",
    ),
    "compare offset within the window": (
        {"compare_time_offset_seconds": 1800},
        "compare_time_offset must be greater than the queries time range",
    ),
    "unknown breakdown": ({"breakdowns": ["x"]}, "unknown column: x"),
    "unknown filter column": (
        {"filters": [{"column": "x", "op": "exists"}]},
        "unknown column: x",
    ),
    "unknown calculation column": (
        {"calculations": [{"op": "AVG", "column": "x"}]},
        "unknown column: x",
    ),
    "unknown column of a relation": (
        {"breakdowns": ["parent.x"]},
        "unknown column: x",
    ),
    "unknown column in a calculated field nothing uses": (
        {"calculated_fields": [{"name": "f", "expression": "$x"}]},
        "unknown column: x",
    ),
    "formula over an unknown name": (
        {"formulas": [{"name": "f", "expression": "$n"}]},
        "unknown column: n",
    ),
    "formula that does not parse": (
        {"formulas": [{"name": "f", "expression": "1 +"}]},
        "invalid calculated field: something is missing at the end",
    ),
    "calculated field that refers to itself": (
        {
            "calculated_fields": [
                {"name": "f", "expression": "$g"},
                {"name": "g", "expression": "$f"},
            ]
        },
        "calculated field f refers to itself",
    ),
    "metrics-only calculation": (
        {"calculations": [{"op": "COUNT_DATAPOINTS"}]},
        "COUNT_DATAPOINTS is for metrics datasets, which are not emulated",
    ),
    "time in a formula": (
        {"formulas": [{"name": "f", "expression": "EVENT_TIMESTAMP()"}]},
        "EVENT_TIMESTAMP cannot be used in formulas",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_refused_with_its_text(rule: str) -> None:
    spec, text = RULES[rule]
    error = refused(**spec)
    assert (error.status, error.text, error.type_detail) == (400, text, [])


LIMITS = {
    "limit of 0": ({"limit": 0}, "limit", "invalid"),
    "limit of 1001": ({"limit": 1001}, "limit", "invalid"),
    "limit of text": ({"limit": "9"}, "limit", "incorrect_type"),
    "negative start": ({"start_time": -1}, "start_time", "invalid"),
    "no time at all": ({"time_range": 0}, "time_range", "invalid"),
    "usage mode of text": ({"usage_mode": "yes"}, "usage_mode", "incorrect_type"),
    "101 breakdowns": ({"breakdowns": ["name"] * 101}, "breakdowns", "invalid"),
    "breakdowns of text": ({"breakdowns": "name"}, "breakdowns", "incorrect_type"),
    "a number to break down by": (
        {"breakdowns": [1]},
        "breakdowns[0]",
        "incorrect_type",
    ),
    "a calculation of text": (
        {"calculations": ["COUNT"]},
        "calculations[0]",
        "incorrect_type",
    ),
    "no op": ({"calculations": [{}]}, "calculations[0].op", "missing"),
    "unknown op": ({"calculations": [{"op": "P42"}]}, "calculations[0].op", "invalid"),
    "an op of lists": (
        {"calculations": [{"op": []}]},
        "calculations[0].op",
        "incorrect_type",
    ),
    "filter without column": (
        {"filters": [{"op": "exists"}]},
        "filters[0].column",
        "missing",
    ),
    "unknown filter op": (
        {"filters": [{"column": "name", "op": "~", "value": 1}]},
        "filters[0].op",
        "invalid",
    ),
    "in without a list": (
        {"filters": [{"column": "name", "op": "in", "value": "a"}]},
        "filters[0].value",
        "incorrect_type",
    ),
    "equals a list": (
        {"filters": [{"column": "name", "op": "=", "value": ["a"]}]},
        "filters[0].value",
        "incorrect_type",
    ),
    "in a list of lists": (
        {"filters": [{"column": "name", "op": "in", "value": [[1]]}]},
        "filters[0].value",
        "incorrect_type",
    ),
    "combination": ({"filter_combination": "XOR"}, "filter_combination", "invalid"),
    "order": (
        {"orders": [{"op": "COUNT", "order": "up"}]},
        "orders[0].order",
        "invalid",
    ),
    "having a heatmap": (
        {"havings": [{"calculate_op": "HEATMAP", "op": ">", "value": 1}]},
        "havings[0].calculate_op",
        "invalid",
    ),
    "having text": (
        {"havings": [{"calculate_op": "COUNT", "op": ">", "value": "1"}]},
        "havings[0].value",
        "incorrect_type",
    ),
    "having without value": (
        {"havings": [{"calculate_op": "COUNT", "op": ">"}]},
        "havings[0].value",
        "missing",
    ),
    "having nothing": (
        {"havings": [{"op": ">", "value": 1}]},
        "havings[0].calculate_op",
        "missing",
    ),
    "field without name": (
        {"calculated_fields": [{"expression": "1"}]},
        "calculated_fields[0].name",
        "missing",
    ),
    "formula without expression": (
        {"formulas": [{"name": "f"}]},
        "formulas[0].expression",
        "missing",
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_broken_schema_limit_is_a_422_that_names_the_field(limit: str) -> None:
    spec, field, code = LIMITS[limit]
    error = refused(**spec)
    assert (error.status, error.text) == (422, "The provided input is invalid.")
    assert [(d["field"], d["code"]) for d in error.type_detail] == [(field, code)]


def test_the_limit_says_its_bounds() -> None:
    detail = refused(limit=2000).type_detail[0]
    assert detail["description"] == "limit value must be between 1 and 1000"


@pytest.mark.parametrize(
    "spec",
    [
        {"time_range": 60_000, "granularity": 60},
        {"time_range": 60, "granularity": 60},
        {"calculations": [{"op": "AVG", "column": "name"}]},
        {"calculations": [COUNT | {"column": "name"}]},
        {"breakdowns": ["slow", "is_root", "elsewhere", "parent.own"]},
        {"breakdowns": ["root.slow", "parent.is_root"]},
        {"compare_time_offset_seconds": 7200},
        {"time_range": 5000, "compare_time_offset_seconds": 5000},
        {"filters": None, "limit": None, "unknown": {"member": 1}},
        {"calculations": [P95 | {"name": "p"}], "orders": [{"column": "p"}]},
        {"calculations": [P95], "orders": [{"op": "P95", "column": "duration_ms"}]},
        {"breakdowns": ["name"], "orders": [{"column": "name"}]},
    ],
)
def test_what_is_unusual_but_right_passes(spec: dict[str, Any]) -> None:
    assert isinstance(parse(**spec), QuerySpec)


def test_the_echo_fills_in_what_is_missing() -> None:
    echo = {"calculations": [{"op": "COUNT"}], "time_range": 7200}
    assert parse().as_document() == echo
    assert parse(calculations=[], filter_combination="AND").as_document() == echo


def test_the_echo_keeps_everything_else_in_order() -> None:
    sent = {
        "breakdowns": ["name", "status"],
        "calculations": [P95, COUNT | {"name": "n"}],
        "filters": [{"column": "status", "op": "in", "value": [1, "2", 3.5]}],
        "filter_combination": "OR",
        "orders": [{"column": "name", "order": "descending"}],
        "limit": 7,
        "start_time": 5,
        "granularity": 0,
    }
    assert parse(**sent).as_document() == sent


def test_the_echo_drops_nulls_and_ascending() -> None:
    order = {"op": "COUNT", "column": None, "order": "ascending"}
    assert parse(orders=[order]).as_document()["orders"] == [{"op": "COUNT"}]


def test_an_echo_is_a_specification_again() -> None:
    once = parse(filters=[{"column": "name", "op": "exists", "value": None}])
    assert parse(**once.as_document()) == once


def test_the_id_depends_on_dataset_and_specification_only() -> None:
    one = spec_id("a", parse(breakdowns=["name"]))
    assert one == spec_id("a", parse(breakdowns=["name"], time_range=7200))
    assert (
        len({one, spec_id("b", parse(breakdowns=["name"])), spec_id("a", parse())}) == 3
    )
    assert len(one) == 11 and one.isalnum()


@pytest.mark.parametrize("document", [None, 1, "x", [], True])
def test_what_is_no_object_is_refused(document: object) -> None:
    with pytest.raises(SpecError, match="invalid Query data"):
        parse_spec(document, SCHEMA)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["COUNT", "P99", "duration_ms", "=", ">", "in", "AND", "$name"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "op",
                    "column",
                    "value",
                    "name",
                    "filters",
                    "order",
                    "expression",
                    "calculate_op",
                    "filter_combination",
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
MEMBERS = [
    *("breakdowns", "calculations", "filters", "filter_combination"),
    *("calculated_fields", "formulas", "orders", "havings", "limit", "granularity"),
    *("time_range", "start_time", "end_time", "compare_time_offset_seconds"),
    "usage_mode",
]


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=5))
def test_any_json_is_a_specification_or_a_spec_error(document: Any) -> None:
    try:
        spec = parse_spec(document, SCHEMA)
    except SpecError as error:
        assert error.status in (400, 422)
    else:
        assert parse_spec(spec.as_document(), SCHEMA) == spec


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800"])
def test_values_no_column_can_hold_are_refused(value: Any) -> None:
    error = refused(filters=[{"column": "name", "op": "=", "value": value}])
    assert error.text.startswith("invalid Query data")
