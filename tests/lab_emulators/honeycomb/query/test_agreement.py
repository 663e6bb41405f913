"""Random data and random queries: the planned SQL and the obvious loop agree."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from lab_emulators.honeycomb.query.filters import FILTER_OPS

SETTINGS = settings(
    max_examples=2 * settings().max_examples,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
COLUMNS = {
    "text": st.sampled_from(["a", "b", "a\n", "B", "12", "1.5", "true", "", "é"]),
    "whole": st.integers(-3, 4),
    "real": st.integers(-8, 12).map(lambda n: n / 4),
    "flag": st.booleans(),
    "duration_ms": st.sampled_from([0.0, 0.5, 1500.0, 4000.0, 9000.0, 70000.0]),
}
VALUES = st.one_of(*COLUMNS.values(), st.just("zz"), st.just(7))
NAMES = st.sampled_from(list(COLUMNS))
LISTS = ["in", "not-in"]
ALONE = ["exists", "does-not-exist"]
NUMERIC = ("SUM", "AVG", "MIN", "MAX", "P001", "P25", "P50", "P95", "P999")


def optional(parts: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


EVENTS = st.builds(
    lambda at, rate, values: {"at": at, "rate": rate} | values,
    st.integers(0, 240).map(lambda quarter: quarter / 4),
    st.sampled_from([1, 1, 2, 5]),
    optional(COLUMNS),
)


def filters(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from([op for op in FILTER_OPS if op not in LISTS + ALONE])
    return st.one_of(
        st.fixed_dictionaries({"column": names, "op": one, "value": VALUES}),
        st.fixed_dictionaries(
            {
                "column": names,
                "op": st.sampled_from(LISTS),
                "value": st.lists(VALUES, max_size=3),
            }
        ),
        st.fixed_dictionaries({"column": names, "op": st.sampled_from(ALONE)}),
    )


def expressions() -> st.SearchStrategy[str]:
    leaves = st.one_of(
        NAMES.map(lambda name: f"${name}"),
        st.sampled_from(['"a"', '"12"', "1", "2.5", "-3", "true", "null", "0", '""']),
    )

    def calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        def some(names: str, least: int, most: int) -> st.SearchStrategy[str]:
            args = st.lists(inner, min_size=least, max_size=most).map(", ".join)
            return st.builds("{}({})".format, st.sampled_from(names.split()), args)

        return st.one_of(
            some("IF", 2, 5),
            some("SWITCH", 3, 6),
            some("COALESCE MIN MAX SUM MUL CONCAT AND OR", 1, 3),
            some("LT LTE GT GTE EQUALS SUB DIV MOD", 2, 2),
            some("STARTS_WITH ENDS_WITH CONTAINS", 2, 2),
            some("IN", 2, 4),
            some("EXISTS NOT INT FLOAT BOOL STRING LENGTH TO_LOWER", 1, 1),
        )

    return st.recursive(leaves, calls, max_leaves=6)


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    fields = draw(st.lists(expressions(), max_size=1))
    names = st.sampled_from([*COLUMNS, *(f"field{i}" for i in range(len(fields)))])
    numeric = st.builds(
        lambda op, name: {"op": op, "column": name}, st.sampled_from(NUMERIC), names
    )
    calc = st.one_of(
        st.sampled_from([{"op": "COUNT"}, {"op": "CONCURRENCY"}]),
        numeric,
        names.map(lambda name: {"op": "COUNT", "column": name}),
        names.map(lambda name: {"op": "COUNT_DISTINCT", "column": name}),
    )
    calcs = draw(st.lists(calc, min_size=1, max_size=4, unique_by=str))
    spec: dict[str, Any] = {
        "calculated_fields": [
            {"name": f"field{i}", "expression": e} for i, e in enumerate(fields)
        ],
        "breakdowns": draw(st.lists(names, max_size=2, unique=True)),
        "calculations": calcs,
        "filters": draw(st.lists(filters(names), max_size=2)),
        "filter_combination": draw(st.sampled_from(["AND", "OR"])),
        "usage_mode": draw(st.booleans()),
        "limit": draw(st.sampled_from([1, 2, 1000])),
        "granularity": draw(st.sampled_from([7, 15, 60])),
    }
    if draw(st.booleans()):
        inner = draw(st.lists(filters(names), min_size=1, max_size=2))
        spec["calculations"] = [
            *calcs,
            {"op": "COUNT", "name": "some", "filters": inner},
            draw(numeric) | {"name": "inner", "filters": inner},
        ]
        formula = draw(st.sampled_from(["DIV($some, $inner)", "$some * 2 - $inner"]))
        spec["formulas"] = [{"name": "formula", "expression": formula}]
        spec["havings"] = [{"column": "formula", "op": ">=", "value": 0}]
        spec["orders"] = [{"column": "formula", "order": "descending"}]
    if draw(st.booleans()) and "havings" not in spec:
        having = {"calculate_op": calcs[0]["op"], "column": calcs[0].get("column")}
        spec["havings"] = [
            having | {"op": draw(st.sampled_from([">", "<="])), "value": 2}
        ]
    for name in spec["breakdowns"][:1]:
        order = draw(st.sampled_from(["ascending", "descending"]))
        spec.setdefault("orders", []).append({"column": name, "order": order})
    return spec


def close(value: Any) -> Any:
    """Numbers within rounding are equal, whatever holds them; types of others count."""
    if isinstance(value, dict):
        return {key: close(inner) for key, inner in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return pytest.approx(value, rel=1e-9, abs=1e-9)
    return value


@SETTINGS
@given(events=st.lists(EVENTS, max_size=12), spec=specs())
@example(events=[], spec={})
def test_one_dataset_answers_like_a_loop_over_its_rows(
    lab: Any, reference: Any, events: list[dict[str, Any]], spec: dict[str, Any]
) -> None:
    name = lab.write(dict.fromkeys(COLUMNS) | {"at": -1.0, **TYPES}, *events)
    expected = reference(spec, lab.datasets[name])
    limit = spec.get("limit", 1000)
    answer = expected.answer(limit)
    found = lab.ask(
        spec,
        name,
        disable_series=False,
        disable_total_by_aggregate=False,
        disable_other_by_aggregate=False,
    )
    assert [row["data"] for row in found["results"]] == close_all(answer["results"])
    assert found["total_by_aggregate"]["data"] == close(answer["total"])
    assert found["other_by_aggregate"]["data"] == close(answer["other"])
    lab.store.delete_table(name)


TYPES = {"text": "t", "whole": 0, "real": 0.5, "flag": True, "duration_ms": 0.5}


def close_all(rows: list[dict[str, Any]]) -> list[Any]:
    return [close(row) for row in rows]


@SETTINGS
@given(events=st.lists(EVENTS, max_size=10), spec=specs())
def test_series_are_the_same_aggregates_step_by_step(
    lab: Any, reference: Any, events: list[dict[str, Any]], spec: dict[str, Any]
) -> None:
    spec.pop("formulas", None), spec.pop("havings", None), spec.pop("orders", None)
    name = lab.write({"at": -1.0, **TYPES}, *events)
    expected = reference(spec, lab.datasets[name])
    steps = expected.series(spec["granularity"], spec["limit"])
    found = lab.ask(spec, name, disable_series=False)["series"]
    assert [entry["time"] for entry in found] == [time for time, _ in steps]
    assert [entry["data"] for entry in found] == [close(data) for _, data in steps]
    lab.store.delete_table(name)


@SETTINGS
@given(
    first=st.lists(EVENTS, min_size=1, max_size=6),
    second=st.lists(EVENTS, min_size=1, max_size=6),
    spec=specs(),
)
def test_all_datasets_answer_like_one_with_the_union_of_their_rows(
    lab: Any,
    reference: Any,
    union_of: Callable[..., Any],
    first: list[dict[str, Any]],
    second: list[dict[str, Any]],
    spec: dict[str, Any],
) -> None:
    spec.pop("calculated_fields"), spec.pop("formulas", None)
    assume("'field" not in str(spec) and "'formula'" not in str(spec))
    swapped = [
        {("real" if k == "text" else k): v for k, v in e.items() if k != "real"}
        for e in second
    ]
    one = lab.write({"at": -1.0, **TYPES}, *first)
    other = lab.write({"at": -1.0, "real": "x", "whole": 1}, *swapped)
    rows = union_of([lab.datasets[one], lab.datasets[other]])
    found = lab.ask(spec, one, other)["results"]
    answer = reference(spec, rows).answer(spec["limit"])
    assert [row["data"] for row in found] == close_all(answer["results"])
    lab.store.delete_table(one)
    lab.store.delete_table(other)
