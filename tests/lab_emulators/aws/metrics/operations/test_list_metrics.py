"""ListMetrics: filters, what is recent, pages."""

import pytest


def named(answer):
    return [metric["MetricName"] for metric in answer["Metrics"]]


@pytest.fixture
def three(put, minute):
    put(minute, 1, name="terns", Dimensions=[{"Name": "place", "Value": "north"}])
    put(minute, 1, name="gulls", Dimensions=[{"Name": "place", "Value": "south"}])
    put(minute - 4 * 3600, 1, name="gulls")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["gulls", "gulls", "terns"]),
        ({"MetricName": "terns"}, ["terns"]),
        ({"Namespace": "sea"}, []),
        ({"Dimensions": [{"Name": "place"}]}, ["gulls", "terns"]),
        ({"Dimensions": [{"Name": "place", "Value": "north"}]}, ["terns"]),
        ({"RecentlyActive": "PT3H"}, ["gulls", "terns"]),
        ({"OwningAccount": "210987654321"}, []),
    ],
)
@pytest.mark.usefixtures("three")
def test_each_filter_lets_through_what_it_says(metrics, given, expected):
    assert named(metrics.call("ListMetrics", given)) == expected


@pytest.mark.usefixtures("three")
def test_what_had_no_data_for_two_weeks_is_listed_no_more(metrics, clock):
    clock.now += 14 * 86_400 - 3600
    assert named(metrics.call("ListMetrics", {})) == ["gulls", "terns"]
    clock.now += 86_400
    assert named(metrics.call("ListMetrics", {})) == []


def test_a_page_has_500_metrics_and_a_token_for_the_rest(metrics):
    data = [{"MetricName": f"m{n:03}", "Value": 1} for n in range(600)]
    metrics.call("PutMetricData", {"Namespace": "lake", "MetricData": data})
    first = metrics.call("ListMetrics", {})
    rest = metrics.call("ListMetrics", {"NextToken": first["NextToken"]})
    assert named(first) + named(rest) == [f"m{n:03}" for n in range(600)]
    assert "NextToken" not in rest


def test_a_token_of_somebody_else_is_refused(refused):
    assert refused("ListMetrics", NextToken="x")[0] == "InvalidNextToken"


def test_recently_active_has_one_value(refused):
    assert refused("ListMetrics", RecentlyActive="PT1H")[0] == "InvalidParameterValue"
