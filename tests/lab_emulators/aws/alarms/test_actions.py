"""What an alarm does when its state changes, and what it tells."""

import json

import pytest

from lab_emulators.aws.alarms.notifications import region_name
from lab_emulators.aws.errors import AwsError


@pytest.fixture
def raised(desk, due, topic):
    """Puts an alarm with these settings and lets it go into ALARM."""

    def put(**settings):
        desk.put(TreatMissingData="breaching", **{"AlarmActions": [topic], **settings})
        due(1)
        return desk

    return put


def test_the_notification_tells_what_changed_and_why(raised, topic):
    (published,) = raised(AlarmDescription="too slow", Unit="Milliseconds").published
    told = json.loads(published[1])
    assert published[0] == topic
    assert (told["AlarmName"], told["AlarmDescription"]) == ("slow", "too slow")
    assert (told["AWSAccountId"], told["Region"]) == (
        "123456789012",
        "US East (N. Virginia)",
    )
    assert told["StateChangeTime"] == "2023-11-14T22:14:01.000+0000"
    assert told["Trigger"] == {
        "MetricName": "Latency",
        "Namespace": "Kittiwake",
        "StatisticType": "Statistic",
        "Statistic": "AVERAGE",
        "Unit": "Milliseconds",
        "Dimensions": [],
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 500.0,
        "Period": 60,
        "TreatMissingData": "breaching",
        "EvaluateLowSampleCountPercentile": "",
    }


def test_a_long_name_is_cut_in_the_subject(raised):
    (published,) = raised(AlarmName="é" * 200).published
    assert published[2].startswith('ALARM: "???')
    assert published[2].endswith("...")
    assert len(published[2]) < 100


def test_only_the_actions_of_the_new_state_are_taken(raised, topic):
    assert raised(AlarmActions=[], OKActions=[topic]).published == []


def test_the_event_has_the_detail_of_the_change(raised):
    (event,) = raised(Dimensions=[{"Name": "route", "Value": "/"}]).events
    detail = event["detail"]
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert detail["previousState"]["reason"] == "Unchecked: Initial alarm creation"
    assert json.loads(detail["state"]["reasonData"])["threshold"] == 500.0
    (query,) = detail["configuration"]["metrics"]
    assert query["metricStat"]["metric"]["dimensions"] == {"route": "/"}
    assert (query["metricStat"]["stat"], query["returnData"]) == ("Average", True)


def test_the_event_comes_where_actions_are_disabled_too(raised):
    desk = raised(ActionsEnabled=False)
    assert (len(desk.events), desk.published) == (1, [])


def test_a_topic_that_refuses_is_in_the_history(desk, raised):
    desk.fails = AwsError("NotFound", "Topic does not exist", 404)
    (text,) = raised().summaries(HistoryItemType="Action")
    assert text.startswith("Failed to execute action arn:aws:sns:us-east-1:")
    assert 'Received error: "Topic does not exist"' in text


@pytest.mark.parametrize(
    ("action", "service"),
    [
        ("arn:aws:automate:us-east-1:ec2:stop", "automate"),
        ("arn:aws:lambda:us-east-1:123456789012:function:page", "lambda"),
        ("arn:aws:autoscaling:us-east-1:1:scalingPolicy:p:n", "autoscaling"),
    ],
)
def test_an_action_that_is_not_emulated_says_so_in_the_history(raised, action, service):
    desk = raised(AlarmActions=[action])
    (text,) = desk.summaries(HistoryItemType="Action")
    assert f"{service} actions are not emulated locally" in text
    assert desk.state() == "ALARM"


def test_a_successful_action_has_its_message_in_the_history(raised, topic):
    desk = raised()
    given = {"AlarmName": "slow", "HistoryItemType": "Action"}
    (item,) = desk.call("DescribeAlarmHistory", **given)["AlarmHistoryItems"]
    told = json.loads(item["HistoryData"])
    assert (told["actionState"], told["notificationResource"]) == ("Succeeded", topic)
    message = json.loads(told["publishedMessage"])["default"]
    assert message == desk.published[0][1]


def test_a_composite_alarm_tells_its_rule_and_who_caused_it(desk, due, topic):
    desk.put(TreatMissingData="breaching")
    given = {"AlarmName": "page", "AlarmRule": "ALARM(slow)", "AlarmActions": [topic]}
    desk.call("PutCompositeAlarm", **given)
    due(1)
    told = json.loads(desk.published[0][1])
    place = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
    assert (told["AlarmRule"], told["OldStateValue"]) == ("ALARM(slow)", "OK")
    assert told["NewStateReason"] == (
        f"{place}slow transitioned to ALARM at Tuesday 14 November, 2023 22:14:01 UTC"
    )
    at = "2023-11-14T22:14:01.000+0000"
    state = {"Value": "ALARM", "Timestamp": at}
    assert told["TriggeringChildren"] == [{"Arn": f"{place}slow", "State": state}]
    assert desk.events[-1]["detail"]["configuration"] == {"alarmRule": "ALARM(slow)"}


def test_regions_have_the_names_of_messages():
    assert region_name("eu-central-1") == "Europe (Frankfurt)"
    assert region_name("mars-1") == "mars-1"
