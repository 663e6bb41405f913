"""Aggregates, groups, order, limits, series and totals, in the answer's shape."""

from typing import Any

import pytest

from lab_emulators.honeycomb.query.members import LATEST_SECOND
from lab_emulators.honeycomb.query.results import bins_between
from lab_emulators.store.query import Bins

COUNT = {"op": "COUNT"}
START = 1_700_000_040  # as in conftest


def is_kind(kind: str) -> dict[str, str]:
    return {"column": "kind", "op": "=", "value": kind}


def of(op: str, column: str = "v") -> dict[str, str]:
    return {"op": op, "column": column}


def one(lab: Any, *calculations: dict[str, Any], events: list[dict[str, Any]]) -> Any:
    """The only row of an ungrouped result."""
    name = lab.write(*events)
    (row,) = lab.rows({"calculations": list(calculations)}, name)
    return row


def test_average_is_weighted_as_the_documentation_shows(lab: Any) -> None:
    events = [{"rate": 10, "v": 200}, {"rate": 10, "v": 1100}]
    row = one(lab, COUNT, of("AVG"), of("SUM"), events=events)
    assert row == {"COUNT": 20, "AVG(v)": 650, "SUM(v)": 13000}
    assert type(row["SUM(v)"]) is int


def test_percentile_interpolates_as_the_documentation_shows(lab: Any) -> None:
    events = [{"v": v} for v in (126, 57, 82, 23)]
    row = one(lab, COUNT, of("AVG"), of("P95"), events=events)
    assert row == {"COUNT": 4, "AVG(v)": 72, "P95(v)": pytest.approx(119.4)}


@pytest.mark.parametrize("op, expected", [("P50", 5.0), ("P75", 12.5), ("P99", 19.7)])
def test_a_weighted_percentile_repeats_values(
    lab: Any, op: str, expected: float
) -> None:
    events = [{"v": 0, "rate": 2}, {"v": 10}, {"v": 20}]
    assert one(lab, of(op), events=events) == {f"{op}(v)": pytest.approx(expected)}


def test_usage_mode_counts_every_row_once(lab: Any) -> None:
    name = lab.write({"rate": 10, "v": 1}, {"rate": 1, "v": 4})
    spec = {"calculations": [COUNT, of("AVG"), of("P50")], "usage_mode": True}
    assert lab.rows(spec, name) == [{"COUNT": 2, "AVG(v)": 2.5, "P50(v)": 2.5}]


def test_rows_without_the_column_are_skipped(lab: Any) -> None:
    row = one(
        lab, of("COUNT"), of("MIN"), COUNT, events=[{"v": 5, "rate": 3}, {"w": 1}]
    )
    assert row == {"COUNT(v)": 3, "MIN(v)": 5, "COUNT": 4}


def test_text_that_spells_a_number_counts_as_one(lab: Any) -> None:
    events = [{"v": "x"}, {"v": "2"}, {"v": "4.5"}, {"v": " 9"}]
    row = one(lab, of("MAX"), of("SUM"), of("COUNT_DISTINCT"), events=events)
    assert row == {"MAX(v)": 4.5, "SUM(v)": 6.5, "COUNT_DISTINCT(v)": 4}


def test_an_aggregate_without_values_has_no_key(lab: Any) -> None:
    name = lab.write({"at": -5, "v": 1}, {"w": 1})
    calculations = [of(op) for op in ("AVG", "MAX", "P50", "SUM", "COUNT_DISTINCT")]
    spec = {"calculations": calculations}
    assert lab.rows(spec, name) == [{"COUNT_DISTINCT(v)": 0}]


def test_nothing_found_is_one_count_of_zero_or_no_groups(lab: Any) -> None:
    name = lab.write({"at": -5, "v": 1})
    assert lab.rows({}, name) == [{"COUNT": 0}]
    assert lab.rows({"breakdowns": ["v"]}, name) == []
    assert lab.ask({}, disable_series=False)["series"][0]["data"] == {"COUNT": 0}


def test_no_dataset_at_all_is_an_empty_answer(lab: Any) -> None:
    assert lab.ask({}, "no-such-dataset")["results"] == [{"data": {"COUNT": 0}}]


def test_infinite_and_undefined_values_never_reach_the_answer(lab: Any) -> None:
    events = [{"v": float("nan")}, {"v": float("inf")}, {"v": 1.0}]
    name = lab.write(*events)
    spec = {"calculations": [of("MAX"), of("SUM"), of("HEATMAP")], "breakdowns": ["v"]}
    found = lab.rows(spec, name)
    assert [row.get("MAX(v)") for row in found].count(1.0) == 1
    assert "inf" not in str(found) and "nan" not in str(found)


def test_a_missing_group_value_is_a_group_without_the_key(lab: Any) -> None:
    name = lab.write({"v": "a"}, {"v": "a"}, {"w": 1})
    rows = lab.rows({"breakdowns": ["v"]}, name)
    assert rows == [{"v": "a", "COUNT": 2}, {"COUNT": 1}]


def test_groups_come_by_first_calculation_then_key(lab: Any) -> None:
    name = lab.write(*({"v": v} for v in "cabbac"), {"v": "z"})
    rows = lab.rows({"breakdowns": ["v"]}, name)
    assert [row["v"] for row in rows] == ["a", "b", "c", "z"]


def test_orders_apply_in_sequence(lab: Any) -> None:
    name = lab.write({"v": 1, "w": "a"}, {"v": 2, "w": "a"}, {"v": 1, "w": "b"})
    orders = [{"column": "v"}, {"column": "w", "order": "descending"}]
    rows = lab.rows({"breakdowns": ["v", "w"], "orders": orders}, name)
    assert [(row["v"], row["w"]) for row in rows] == [(1, "b"), (1, "a"), (2, "a")]


def test_limit_comes_after_having_and_leaves_the_rest_to_other(lab: Any) -> None:
    name = lab.write(*({"v": v} for v in "aaabbbbccd"))
    having = {"calculate_op": "COUNT", "op": ">", "value": 1}
    spec = {"breakdowns": ["v"], "havings": [having], "limit": 1}
    answer = lab.ask(
        spec, name, disable_total_by_aggregate=False, disable_other_by_aggregate=False
    )
    assert answer["results"] == [{"data": {"v": "b", "COUNT": 4}}]
    assert answer["other_by_aggregate"] == {"data": {"COUNT": 5}}
    assert answer["total_by_aggregate"] == {"data": {"COUNT": 10}}


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"disable_series": True, "limit": 2}, 2),
        ({"disable_series": False, "limit": 2}, 3),
        ({"disable_series": True}, 3),
    ],
)
def test_the_results_own_limit_counts_only_without_series(
    lab: Any, options: dict[str, Any], expected: int
) -> None:
    name = lab.write({"v": 1}, {"v": 2}, {"v": 3})
    assert len(lab.rows({"breakdowns": ["v"]}, name, **options)) == expected


def test_named_calculations_have_filters_of_their_own(lab: Any) -> None:
    name = lab.write({"v": 1, "rate": 2}, {"v": 9}, {"v": 8})
    slow = {"name": "slow", "filters": [{"column": "v", "op": ">", "value": 5}]}
    spec = {
        "calculations": [COUNT | {"name": "all"}, COUNT | slow],
        "formulas": [{"name": "share", "expression": "$slow / $all"}],
    }
    assert lab.rows(spec, name) == [{"all": 4, "slow": 2, "share": 0.5}]


def test_a_formula_can_be_ordered_by_and_filtered(lab: Any) -> None:
    name = lab.write(*({"g": g, "v": v} for g, v in [("a", 1), ("b", 3), ("c", 2)]))
    spec = {
        "breakdowns": ["g"],
        "calculations": [of("MAX") | {"name": "top"}],
        "formulas": [{"name": "twice", "expression": "$top * 2"}],
        "havings": [{"column": "twice", "op": ">", "value": 2}],
        "orders": [{"column": "twice", "order": "descending"}],
    }
    assert [row["twice"] for row in lab.rows(spec, name)] == [6, 4]


def test_a_series_has_every_step_for_every_group(lab: Any) -> None:
    name = lab.write({"v": "a"}, {"at": 25, "v": "b"}, {"at": 29, "v": "b"})
    spec = {"breakdowns": ["v"], "granularity": 20}
    series = lab.ask(spec, name, disable_series=False)["series"]
    assert [(e["time"][-3:], e["data"]["v"], e["data"]["COUNT"]) for e in series] == [
        ("00Z", "b", 0),
        ("00Z", "a", 1),
        ("20Z", "b", 2),
        ("20Z", "a", 0),
        ("40Z", "b", 0),
        ("40Z", "a", 0),
    ]
    assert series[0]["time"] == "2023-11-14T22:14:00Z"


def test_a_series_has_only_the_groups_within_the_limit(lab: Any) -> None:
    name = lab.write({"v": "a"}, {"v": "a"}, {"v": "b"})
    spec = {"breakdowns": ["v"], "granularity": 60, "limit": 1}
    answer = lab.ask(spec, name, disable_series=False, disable_total_by_aggregate=False)
    assert [e["data"] for e in answer["series"]] == [{"v": "a", "COUNT": 2}]
    assert answer["total_by_aggregate_series"][0]["data"] == {"COUNT": 3}


def test_parts_that_were_not_asked_for_are_absent(lab: Any) -> None:
    assert lab.ask({}, lab.write({"v": 1})).keys() == {"results", "series"}


def test_rates_are_differences_between_steps_with_values(lab: Any) -> None:
    name = lab.write({"v": 10}, {"at": 1, "v": 20}, {"at": 41, "v": 45})
    spec = {"calculations": [of("RATE_MAX"), of("RATE_SUM")], "granularity": 20}
    answer = lab.ask(spec, name, disable_series=False)
    empty, full = {}, {"RATE_MAX(v)": 25, "RATE_SUM(v)": 15}
    assert [entry["data"] for entry in answer["series"]] == [empty, empty, full]
    assert answer["results"][0]["data"] == full


def test_weighted_percentiles_with_filters_count_only_their_own_rows(lab: Any) -> None:
    rows = [("a", 1), ("a", 3), ("b", 5), ("b", 9), ("c", 100)]
    name = lab.write(*({"rate": 2, "kind": k, "v": v} for k, v in rows))
    spec = {
        "calculations": [
            of("P50") | {"name": kind, "filters": [is_kind(kind)]} for kind in "ab"
        ],
        "breakdowns": ["kind"],
        "orders": [{"column": "kind"}],
    }
    found = [{"kind": "a", "a": 2}, {"kind": "b", "b": 7}, {"kind": "c"}]
    assert lab.rows(spec, name) == found
    whole = {"calculations": [*spec["calculations"], of("MAX"), of("P50")]}
    assert lab.rows(whole, name) == [{"a": 2, "b": 7, "MAX(v)": 100, "P50(v)": 5}]


def test_rate_avg_of_results_is_the_mean_difference(lab: Any) -> None:
    name = lab.write(*({"at": 20 * n, "v": v} for n, v in enumerate([1, 3, 11])))
    spec = {"calculations": [of("RATE_AVG")], "granularity": 20}
    assert lab.rows(spec, name) == [{"RATE_AVG(v)": 5}]


def test_concurrency_is_the_peak_of_spans_in_progress(lab: Any) -> None:
    spans = [(0, 30_000, 1), (10, 5_000, 2), (15, 1_000, 1), (45, 0, 1)]
    name = lab.write(*({"at": a, "duration_ms": d, "rate": r} for a, d, r in spans))
    spec = {"calculations": [{"op": "CONCURRENCY"}], "granularity": 20}
    answer = lab.ask(spec, name, disable_series=False)
    assert answer["results"][0]["data"] == {"CONCURRENCY": 3}
    peaks = [entry["data"]["CONCURRENCY"] for entry in answer["series"]]
    assert peaks == [3, 1, 1]


def test_steps_before_1970_have_times_too(lab: Any) -> None:
    spec = {"end_time": 10, "time_range": 30, "granularity": 10}
    series = lab.ask(spec, lab.write({"v": 1}), disable_series=False)["series"]
    assert [entry["time"][11:] for entry in series] == [
        "23:59:40Z",
        "23:59:50Z",
        "00:00:00Z",
    ]


def test_a_duration_beyond_the_end_of_time_counts_as_in_progress(lab: Any) -> None:
    at = LATEST_SECOND - START
    name = lab.write({"at": at, "duration_ms": 1e300, "rate": 2})
    window = {"start_time": LATEST_SECOND, "time_range": 60}
    spec = {"calculations": [{"op": "CONCURRENCY"}], **window}
    assert lab.rows(spec, name) == [{"CONCURRENCY": 2}]


def test_a_span_that_ends_as_another_starts_is_not_beside_it(lab: Any) -> None:
    spans = [(0, 10_000), (10, 5_000), (15, 5_000)]
    events = [{"at": at, "duration_ms": duration} for at, duration in spans]
    assert one(lab, {"op": "CONCURRENCY"}, events=events) == {"CONCURRENCY": 1}


def test_a_heatmap_counts_weights_in_equal_steps(lab: Any) -> None:
    name = lab.write({"v": 3, "rate": 4}, {"v": 97}, {"at": 30, "v": 50}, {"w": 1})
    spec = {"calculations": [of("HEATMAP")], "granularity": 30}
    answer = lab.ask(spec, name, disable_series=False)
    whole = answer["results"][0]["data"]["HEATMAP(v)"]
    assert {k: v for k, v in whole.items() if k != "counts"} == {
        "min_value": 2,
        "max_value": 98,
        "step_size": 2,
    }
    assert {p: n for p, n in enumerate(whole["counts"]) if n} == {0: 4, 24: 1, 47: 1}
    steps = [entry["data"]["HEATMAP(v)"] for entry in answer["series"]]
    assert [sum(step["counts"]) for step in steps] == [5, 1]
    summed = [sum(cells) for cells in zip(*(s["counts"] for s in steps), strict=True)]
    assert summed == whole["counts"]


def test_heatmaps_of_groups_share_their_bins(lab: Any) -> None:
    name = lab.write({"g": "a", "v": 1}, {"g": "b", "v": 1000}, {"g": "c"})
    spec = {"calculations": [of("HEATMAP"), COUNT], "breakdowns": ["g"]}
    rows = {row["g"]: row for row in lab.rows(spec, name)}
    a, b = rows["a"]["HEATMAP(v)"], rows["b"]["HEATMAP(v)"]
    assert (a["counts"][0], a["counts"][-1], b["counts"][-1]) == (1, 0, 1)
    assert a["step_size"] == b["step_size"] and "HEATMAP(v)" not in rows["c"]


@pytest.mark.parametrize(
    "low, high, expected",
    [
        (0, 100, Bins(0, 2, 50)),
        (0.1, 0.1, Bins(0, 1, 1)),
        (3, 97, Bins(2, 2, 48)),
        (-7, 8, Bins(-7, 0.5, 30)),
        (None, None, Bins(0, 1, 1)),
    ],
)
def test_bins_have_a_nice_step(low: Any, high: Any, expected: Bins) -> None:
    assert bins_between(low, high) == expected


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 0.3, 7.7, 1e9, 1e299])
def test_bins_always_cover_the_values(scale: float) -> None:
    for low, high in [(0.0, scale), (-scale, scale), (scale, scale * 1.5)]:
        bins = bins_between(low, high)
        assert bins.low <= low and 1 <= bins.count <= 50
        assert bins.low + bins.count * bins.step >= high * (1 - 1e-12)
