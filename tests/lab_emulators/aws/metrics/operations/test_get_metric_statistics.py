"""GetMetricStatistics: periods, units, statistics, limits."""

import pytest


@pytest.fixture
def ask(metrics, minute):
    """Data points of `lake/birds` from `minute` on."""

    def points(*statistics, start=minute, end=None, period=60, **more):
        given = {
            "Namespace": "lake",
            "MetricName": "birds",
            "StartTime": start,
            "EndTime": end or start + 600,
            "Period": period,
            "Statistics": list(statistics),
        }
        answer = metrics.call("GetMetricStatistics", given | more)
        assert answer["Label"] == "birds"
        return answer["Datapoints"]

    return points


def at(point):
    return int(point["Timestamp"].timestamp())


def test_every_simple_statistic_comes_from_all_forms_together(put, ask, minute):
    put(minute, 1, 2, Counts=[2, 1])
    put(
        minute, StatisticValues={"SampleCount": 3, "Sum": 9, "Minimum": 0, "Maximum": 8}
    )
    (point,) = ask("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    assert at(point) == minute
    assert (point["SampleCount"], point["Sum"], point["Unit"]) == (6, 13, "None")
    assert (point["Minimum"], point["Maximum"]) == (0, 8)
    assert point["Average"] == pytest.approx(13 / 6)


def test_periods_begin_with_the_start_rounded_down_to_a_minute(put, ask, minute):
    put(minute, 1)
    put(minute + 240, 2)
    put(minute + 300, 4)
    points = ask("Sum", start=minute + 15, period=300)
    assert [(at(p) - minute, p["Sum"]) for p in points] == [(0, 3), (300, 4)]


def test_the_end_is_not_included(put, ask, minute):
    put(minute, 1)
    put(minute + 60, 2)
    assert [p["Sum"] for p in ask("Sum", end=minute + 60)] == [1]


def test_data_of_standard_resolution_are_of_their_minute(put, ask, minute):
    put(minute + 59.9, 1)
    assert [at(p) for p in ask("Sum")] == [minute]


def test_data_of_high_resolution_answer_short_periods(put, ask, minute):
    put(minute + 5.5, 1, StorageResolution=1)
    put(minute + 11, 2, StorageResolution=1)
    points = ask("Sum", start=minute + 7, period=5)
    assert [(at(p) - minute, p["Sum"]) for p in points] == [(5, 1), (10, 2)]


def test_short_periods_have_data_for_three_hours(put, ask, minute, clock):
    put(minute, 1, StorageResolution=1)
    clock.now += 3 * 3600
    assert ask("Sum", period=10) == []
    assert len(ask("Sum")) == 1


def test_units_are_told_apart_unless_one_is_asked_for(put, ask, minute):
    put(minute, 1, Unit="Seconds")
    put(minute, 2)
    found = {p["Unit"]: p["Sum"] for p in ask("Sum")}
    assert found == {"Seconds": 1, "None": 2}
    assert [p["Sum"] for p in ask("Sum", Unit="Seconds")] == [1]


def test_percentiles_of_raw_values_are_exact(put, ask, minute):
    put(minute, *range(1, 101))
    (point,) = ask(ExtendedStatistics=["p50", "p99.9", "tm90"])
    found = point["ExtendedStatistics"]
    assert found == {"p50": 50.5, "p99.9": pytest.approx(99.901), "tm90": 45.5}


def test_a_statistic_set_hides_percentiles_unless_it_is_one_value(put, ask, minute):
    put(
        minute, StatisticValues={"SampleCount": 2, "Sum": 4, "Minimum": 1, "Maximum": 3}
    )
    put(
        minute + 60,
        StatisticValues={"SampleCount": 2, "Sum": 4, "Minimum": 2, "Maximum": 2},
    )
    points = ask(ExtendedStatistics=["p50"])
    assert [(at(p) - minute, p["ExtendedStatistics"]) for p in points] == [
        (60, {"p50": 2.0})
    ]


def test_other_dimensions_are_another_metric(put, ask, minute):
    put(minute, 1, Dimensions=[{"Name": "place", "Value": "north"}])
    assert ask("Sum") == []
    assert len(ask("Sum", Dimensions=[{"Name": "place", "Value": "north"}])) == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Statistics": []}, "InvalidParameterCombination"),
        ({"ExtendedStatistics": ["p99"]}, "InvalidParameterCombination"),
        ({"Statistics": ["Median"]}, "InvalidParameterValue"),
        ({"Statistics": [], "ExtendedStatistics": ["p101"]}, "InvalidParameterValue"),
        ({"Statistics": [], "ExtendedStatistics": ["Sum"]}, "InvalidParameterValue"),
        ({"Period": 45}, "InvalidParameterValue"),
        ({"Period": 0}, "InvalidParameterValue"),
        ({"Period": None}, "MissingParameter"),
        ({"EndTime": 1_699_999_000}, "InvalidParameterCombination"),
        ({"StartTime": 1_699_900_000}, "InvalidParameterCombination"),
        ({"Unit": "Furlongs"}, "InvalidParameterValue"),
        ({"Namespace": ""}, "MissingParameter"),
    ],
)
def test_what_cannot_be_asked_is_refused(refused, minute, more, code):
    given = {
        "Namespace": "lake",
        "MetricName": "birds",
        "StartTime": minute,
        "EndTime": minute + 600,
        "Period": 60,
        "Statistics": ["Sum"],
    }
    assert refused("GetMetricStatistics", **given | more)[0] == code


def test_too_many_points_are_refused_with_their_number(refused, minute):
    given = {"Namespace": "lake", "MetricName": "birds", "Statistics": ["Sum"]}
    times = {"StartTime": minute - 1441 * 60, "EndTime": minute, "Period": 60}
    assert (
        "up to 1,441 datapoints" in refused("GetMetricStatistics", **given | times)[1]
    )
