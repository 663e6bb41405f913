"""What makes no sense in an alarm is refused, and what is not emulated is named."""

import pytest

METRIC = {"Metric": {"Namespace": "K", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
M1 = {"Id": "m1", "MetricStat": METRIC, "ReturnData": False}
HALF = {"Id": "e1", "Expression": "m1 / 2"}
COMMON = {
    "AlarmName": "math",
    "EvaluationPeriods": 1,
    "Threshold": 500,
    "ComparisonOperator": "GreaterThanThreshold",
}


def slow(**changed):
    from_conftest = {
        **COMMON,
        "AlarmName": "slow",
        "Namespace": "K",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
    }
    return {n: v for n, v in {**from_conftest, **changed}.items() if v is not None}


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"AlarmName": ""}, "length greater than or equal to 1"),
        ({"AlarmName": "a\nb"}, "control characters"),
        ({"MetricName": None}, "Exactly one of MetricName and Metrics"),
        ({"Namespace": None}, "Namespace is required"),
        ({"Threshold": None}, "Threshold is required"),
        ({"EvaluationPeriods": None}, "EvaluationPeriods is required"),
        ({"ComparisonOperator": "Above"}, "enum value set"),
        ({"Statistic": None}, "Exactly one of Statistic"),
        ({"ExtendedStatistic": "p99"}, "Exactly one of Statistic"),
        ({"Statistic": None, "ExtendedStatistic": "Sum"}, "no extended statistic"),
        ({"Period": 45}, "10, 20, 30 or a multiple of 60"),
        ({"Period": 5}, "10, 20, 30 or a multiple of 60"),
        ({"DatapointsToAlarm": 2}, "not be more than EvaluationPeriods"),
        ({"TreatMissingData": "bad"}, "must be one of missing, ignore"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "based on percentiles"),
        ({"EvaluationPeriods": 1441}, "more than a day"),
        ({"Period": 3600, "EvaluationPeriods": 169}, "more than seven days"),
        ({"AlarmActions": ["pager"]}, "Invalid arn syntax: pager"),
        ({"OKActions": ["arn:aws:sns:r:1:t"] * 6}, "less than or equal to 5"),
    ],
)
def test_a_metric_alarm_that_cannot_be_is_refused(desk, changed, word):
    error = desk.refusal("PutMetricAlarm", **slow(**changed))
    assert (error.code, error.status) == ("ValidationError", 400)
    assert word in error.message
    assert desk.call("DescribeAlarms")["MetricAlarms"] == []


def test_a_statistic_that_there_is_not_is_refused_by_name(desk):
    wrong = slow(Statistic=None, ExtendedStatistic="p101")
    assert "p101" in desk.refusal("PutMetricAlarm", **wrong).message


@pytest.mark.parametrize(
    ("queries", "word"),
    [
        ([M1], "one element of the Metrics list should return data"),
        ([{**M1, "ReturnData": True}, HALF], "one element of the Metrics list"),
        ([M1, {**HALF, "Id": "m1"}], "not unique"),
        ([M1, {**HALF, "Id": "E1"}], "begin in lower case"),
        ([{**M1, "Expression": "1"}, HALF], "Exactly one of MetricStat and Expression"),
        ([M1, {**M1, "Id": "m2", "MetricStat": {**METRIC, "Period": 300}}, HALF],
         "different periods"),
        ([M1, {**HALF, "Expression": "m1 +"}], "Error in expression 'e1'"),
        ([M1, {**HALF, "Expression": "m9"}], "Error in expression 'e1'"),
        ([M1, {**HALF, "Expression": "METRICS() * 1"}], None),
        ([M1, {**M1, "Id": "m2"}, {**HALF, "Expression": "METRICS()"}], "not 2"),
    ],
)  # fmt: skip
def test_metric_math_of_an_alarm_has_one_series(desk, queries, word):
    given = {**COMMON, "Metrics": queries}
    if word is None:
        assert desk.call("PutMetricAlarm", **given) == {}
    else:
        error = desk.refusal("PutMetricAlarm", **given)
        assert (error.code, word in error.message) == ("ValidationError", True), error


def test_metric_math_stands_alone(desk):
    error = desk.refusal("PutMetricAlarm", **slow(Metrics=[M1, HALF]))
    assert "mutually exclusive" in error.message


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("PutMetricAlarm", slow(ThresholdMetricId="ad1")),
        ("PutMetricAlarm", slow(ComparisonOperator="GreaterThanUpperThreshold")),
        ("PutMetricAlarm", slow(EvaluationWindow={"WallClockWindow": {}})),
        (
            "PutCompositeAlarm",
            {"AlarmName": "c", "AlarmRule": "TRUE", "ActionsSuppressor": "x"},
        ),
        (
            "PutCompositeAlarm",
            {"AlarmName": "c", "AlarmRule": "AT_LEAST(1, ALARM, (a))"},
        ),
        ("DescribeAlarms", {"AlarmTypes": ["LogAlarm"]}),
    ],
)
def test_what_is_not_emulated_is_named(desk, operation, given):
    error = desk.refusal(operation, **given)
    assert (error.code, error.status) == ("NotImplementedException", 501)
    assert f"not emulated locally: cloudwatch.{operation}" in error.message


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"AlarmRule": "ALARM(slow"}, "unexpected the end at position 11"),
        ({"AlarmRule": "ALARM(nobody)"}, "[nobody] in the alarm rule do not exist"),
        ({"AlarmActions": ["arn:aws:automate:us-east-1:ec2:stop"]}, "Invalid action"),
        ({"AlarmName": "slow"}, "is the name of a MetricAlarm already"),
    ],
)
def test_a_composite_alarm_that_cannot_be_is_refused(desk, changed, word):
    desk.put()
    given = {"AlarmName": "page", "AlarmRule": "ALARM(slow)", **changed}
    error = desk.refusal("PutCompositeAlarm", **given)
    assert (error.code, word in error.message) == ("ValidationError", True), error
