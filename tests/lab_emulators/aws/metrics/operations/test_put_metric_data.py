"""PutMetricData: every form, every limit."""

import math

import pytest

from lab_emulators.aws.metrics.model import Metric, StatisticSet
from lab_emulators.aws.metrics.operations.put_metric_data import metric_data

NOW = 1_700_000_100.0


def one(**datum):
    return {"Namespace": "lake", "MetricData": [{"MetricName": "birds", **datum}]}


def test_a_value_alone_counts_once_and_is_of_now():
    (datum,) = metric_data(one(Value=2), NOW)
    assert (datum.values, datum.counts, datum.time_s) == ((2.0,), (1.0,), NOW)
    assert (datum.unit, datum.resolution) == ("None", 60)


def test_values_come_with_their_counts_or_count_once_each():
    (datum,) = metric_data(one(Values=[1, 2], Counts=[3, 4]), NOW)
    assert (datum.values, datum.counts) == ((1.0, 2.0), (3.0, 4.0))
    (datum,) = metric_data(one(Values=[1, 2]), NOW)
    assert datum.counts == (1.0, 1.0)


def test_a_statistic_set_is_kept_as_it_is():
    told = {"SampleCount": 2, "Sum": 4, "Minimum": 1, "Maximum": 3}
    (datum,) = metric_data(one(StatisticValues=told), NOW)
    assert datum.statistics == StatisticSet(2.0, 4.0, 1.0, 3.0)


def test_dimensions_in_another_order_are_the_same_metric():
    pairs = [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]
    (one_way,) = metric_data(one(Value=1, Dimensions=pairs), NOW)
    (other_way,) = metric_data(one(Value=1, Dimensions=pairs[::-1]), NOW)
    assert one_way.metric == other_way.metric
    assert one_way.metric == Metric("lake", "birds", (("a", "1"), ("b", "2")))


SET = {"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1}
VALUE, COMBINATION = "InvalidParameterValue", "InvalidParameterCombination"


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({}, "MissingParameter"),
        ({"Value": math.nan}, VALUE),
        ({"Value": math.inf}, VALUE),
        ({"Value": 2.0**361}, VALUE),
        ({"Values": [1.0, math.nan]}, VALUE),
        ({"Values": [1.0], "Counts": [1, 2]}, VALUE),
        ({"Values": [1.0], "Counts": [-1]}, VALUE),
        ({"Values": [1.0] * 151}, VALUE),
        ({"Value": 1, "Counts": [1]}, COMBINATION),
        ({"Value": 1, "Values": [1]}, COMBINATION),
        ({"Value": 1, "StatisticValues": SET}, COMBINATION),
        ({"StatisticValues": {**SET, "Minimum": 2}}, VALUE),
        ({"StatisticValues": {**SET, "SampleCount": 0}}, VALUE),
        ({"Value": 1, "Unit": "Furlongs"}, VALUE),
        ({"Value": 1, "StorageResolution": 30}, VALUE),
        ({"Value": 1, "Timestamp": NOW - 14 * 86_400 - 1}, VALUE),
        ({"Value": 1, "Timestamp": NOW + 2 * 3600 + 1}, VALUE),
        ({"Value": 1, "Dimensions": [{"Name": "a", "Value": "1"}] * 2}, VALUE),
        ({"Value": 1, "MetricName": ""}, "MissingParameter"),
        ({"Value": 1, "MetricName": "m" * 256}, VALUE),
        ({"Value": 1, "Dimensions": [{"Name": "n", "Value": "v" * 1025}]}, VALUE),
        ({"Value": 1, "Dimensions": [{"Name": "", "Value": "v"}]}, VALUE),
    ],
)
def test_a_datum_beyond_the_limits_is_refused(refused, datum, code):
    assert refused("PutMetricData", **one(**datum))[0] == code


@pytest.mark.parametrize("at", [NOW - 14 * 86_400, NOW + 2 * 3600])
def test_times_at_the_limits_are_taken(at):
    assert metric_data(one(Value=1, Timestamp=at), NOW)[0].time_s == at


@pytest.mark.parametrize("namespace", ["", ":lake", "AWS/EC2"])
def test_a_reserved_namespace_is_refused(refused, namespace):
    given = one(Value=1) | {"Namespace": namespace}
    assert refused("PutMetricData", **given)[0] == VALUE


def test_a_request_has_at_most_a_thousand_data(refused):
    many = {"Namespace": "lake", "MetricData": [{"MetricName": "m", "Value": 1}] * 1001}
    assert refused("PutMetricData", **many)[0] == VALUE
    assert refused("PutMetricData", Namespace="lake")[0] == "MissingParameter"


def test_one_fault_keeps_the_whole_request_out(metrics, refused):
    data = [{"MetricName": "m", "Value": 1}, {"MetricName": "m"}]
    code, text = refused("PutMetricData", Namespace="lake", MetricData=data)
    assert (code, "MetricData.member.2" in text) == ("MissingParameter", True)
    assert metrics.call("ListMetrics", {})["Metrics"] == []


def test_entities_are_refused_by_name(refused):
    given = {"Namespace": "lake", "EntityMetricData": [{}]}
    assert "not emulated locally" in refused("PutMetricData", **given)[1]
