"""Why an alarm is in its state, in CloudWatch's words."""

import json

import pytest

from lab_emulators.aws.alarms.evaluation import (
    Comparison,
    Condition,
    Datapoint,
    MissingData,
    evaluate,
)
from lab_emulators.aws.alarms.state_reasons import MAX_DATA, MAX_TEXT, reason

NOON = 1_700_049_600  # 15 November 2023, 12:00 UTC


def said(values, *, datapoints=None, missing=MissingData.MISSING, above=50.0):
    """The reason for the values of the latest minutes, None where one is missing."""
    points = [Datapoint(NOON + 60 * n, value) for n, value in enumerate(values)]
    held = Condition(
        Comparison.GREATER, above, len(values), datapoints or len(values), missing
    )
    return reason(held, evaluate(held, points), out_of=datapoints is not None)


# The samples are those of "Alarm events and EventBridge" and of real accounts.
@pytest.mark.parametrize(
    ("values", "given", "text"),
    [
        (
            [99.5],
            {},
            "Threshold Crossed: 1 datapoint [99.5 (15/11/23 12:00:00)] was greater "
            "than the threshold (50.0).",
        ),
        (
            [99.5],
            {"datapoints": 1},
            "Threshold Crossed: 1 out of the last 1 datapoints [99.5 (15/11/23 "
            "12:00:00)] was greater than the threshold (50.0) (minimum 1 datapoint for "
            "OK -> ALARM transition).",
        ),
        (
            [60.0, 1.0, 70.0],
            {"datapoints": 2},
            "Threshold Crossed: 2 out of the last 3 datapoints [70.0 (15/11/23 "
            "12:02:00), 60.0 (15/11/23 12:00:00)] were greater than the threshold "
            "(50.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            [60.0, 1.0],
            {},
            "Threshold Crossed: 1 datapoint [1.0 (15/11/23 12:01:00)] was not greater "
            "than the threshold (50.0).",
        ),
        (
            [None],
            {"missing": MissingData.NOT_BREACHING},
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing "
            "datapoint was treated as [NonBreaching].",
        ),
        (
            [None, None],
            {"missing": MissingData.BREACHING},
            "Threshold Crossed: no datapoints were received for 2 periods and 2 "
            "missing datapoints were treated as [Breaching].",
        ),
        (
            [None, None, 1.0],
            {"datapoints": 2, "missing": MissingData.BREACHING},
            "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing "
            "datapoints were treated as [Breaching].",
        ),
        (
            [1.0, None, None],
            {"missing": MissingData.BREACHING},
            "Threshold Crossed: 1 datapoint [1.0 (15/11/23 12:00:00)] was not greater "
            "than the threshold (50.0) and 2 missing datapoints were treated as "
            "[Breaching].",
        ),
        ([None], {}, "Insufficient Data: 1 datapoint was unknown."),
        ([None] * 3, {}, "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_the_reason_in_cloudwatchs_words(values, given, text):
    assert said(values, **given) == text


def test_of_many_data_points_the_latest_are_listed():
    text = said([60.0] * 10)
    assert "10 datapoints were greater than the threshold (50.0). The most" in text
    assert text.count("60.0 (") == 5


def test_the_longest_reason_fits_where_a_state_is_set():
    assert len(said([1e300 / 3] * 900)) <= MAX_TEXT


def reason_data(desk):
    (alarm,) = desk.call("DescribeAlarms")["MetricAlarms"]
    return alarm["StateReasonData"]


def test_the_reason_as_data(desk, due):
    desk.put(Unit="None")
    desk.measure(900, ago=30, count=3)
    due(0)
    assert json.loads(reason_data(desk)) == {
        "version": "1.0",
        "queryDate": "2023-11-14T22:14:00.000+0000",
        "startDate": "2023-11-14T22:13:00.000+0000",
        "unit": "None",
        "statistic": "Average",
        "period": 60,
        "recentDatapoints": [900.0],
        "threshold": 500.0,
        "evaluatedDatapoints": [
            {
                "timestamp": "2023-11-14T22:13:00.000+0000",
                "sampleCount": 3.0,
                "value": 900.0,
            }
        ],
    }


def test_missing_data_points_have_a_time_and_no_value_in_the_data(desk, due):
    desk.put(TreatMissingData="breaching", EvaluationPeriods=2)
    due(0)
    told = json.loads(reason_data(desk))
    assert "startDate" not in told
    assert [set(point) for point in told["evaluatedDatapoints"]] == [{"timestamp"}] * 2
    assert told["recentDatapoints"] == []


def test_the_longest_data_fits_where_a_state_is_set(desk, due):
    desk.put(TreatMissingData="breaching", EvaluationPeriods=1440)
    due(0)
    assert len(reason_data(desk)) <= MAX_DATA
    assert json.loads(reason_data(desk))["period"] == 60
