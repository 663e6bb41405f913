"""Making alarms, changing them, removing them."""

import pytest

from lab_emulators.aws.alarms.operations import alarms


def described(desk, name="slow"):
    (alarm,) = desk.call("DescribeAlarms", AlarmNames=[name])["MetricAlarms"]
    return alarm


def test_a_new_alarm_is_described_as_it_was_put(desk):
    desk.put()
    alarm = described(desk)
    assert alarm["AlarmArn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm:slow"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"
    assert (alarm["ActionsEnabled"], alarm["AlarmActions"]) == (True, [])
    assert (alarm["Threshold"], alarm["Dimensions"]) == (500.0, [])
    assert "TreatMissingData" not in alarm


def test_an_update_replaces_the_settings_and_keeps_the_state(desk, due):
    desk.put(TreatMissingData="breaching", AlarmDescription="old")
    due(1)
    desk.put(TreatMissingData="ignore")
    alarm = described(desk)
    assert (alarm["StateValue"], alarm["TreatMissingData"]) == ("ALARM", "ignore")
    assert "AlarmDescription" not in alarm


def test_names_nobody_has_do_not_stop_a_deletion(desk):
    desk.put()
    desk.call("DeleteAlarms", AlarmNames=["nobody", "slow"])
    assert desk.call("DescribeAlarms")["MetricAlarms"] == []


def test_an_alarm_that_a_composite_needs_cannot_be_deleted_before_it(desk):
    desk.put()
    desk.call("PutCompositeAlarm", AlarmName="page", AlarmRule="ALARM(slow)")
    error = desk.refusal("DeleteAlarms", AlarmNames=["slow"])
    assert "composite alarm(s) depending on it" in error.message
    desk.call("DeleteAlarms", AlarmNames=["page", "slow"])


def test_one_composite_alarm_is_deleted_at_a_time(desk):
    for name in ("a", "b"):
        desk.call("PutCompositeAlarm", AlarmName=name, AlarmRule="FALSE")
    assert "at a time" in desk.refusal("DeleteAlarms", AlarmNames=["a", "b"]).message


def test_there_are_at_most_so_many_alarms(desk, monkeypatch):
    monkeypatch.setattr(alarms, "MAX_ALARMS", 1)
    desk.put()
    desk.put(Threshold=1)
    refused = desk.refusal("PutCompositeAlarm", AlarmName="b", AlarmRule="TRUE")
    assert refused.code == "LimitExceeded"


@pytest.mark.parametrize(
    ("given", "code", "status"),
    [
        ({"AlarmName": "nobody"}, "ResourceNotFound", 404),
        ({"StateReasonData": "{"}, "InvalidFormat", 400),
        ({"StateValue": "FINE"}, "ValidationError", 400),
    ],
)
def test_a_state_that_cannot_be_set_is_refused(desk, given, code, status):
    desk.put()
    asked = {"AlarmName": "slow", "StateValue": "OK", "StateReason": "x", **given}
    error = desk.refusal("SetAlarmState", **asked)
    assert (error.code, error.status) == (code, status)


def test_setting_the_state_it_is_in_does_nothing_but_give_the_reason(desk, topic):
    desk.put(InsufficientDataActions=[topic])
    given = {"AlarmName": "slow", "StateReason": "a drill"}
    desk.call("SetAlarmState", **given, StateValue="INSUFFICIENT_DATA")
    assert described(desk)["StateReason"] == "a drill"
    assert (desk.published, desk.events) == ([], [])


def test_actions_are_switched_off_and_on_for_alarms_there_are(desk):
    desk.put()
    desk.call("DisableAlarmActions", AlarmNames=["slow", "nobody"])
    assert described(desk)["ActionsEnabled"] is False
    desk.call("EnableAlarmActions", AlarmNames=["slow"])
    assert described(desk)["ActionsEnabled"] is True


def test_an_alarm_on_metric_math_watches_the_result(desk, due):
    stat = {"Period": 60, "Stat": "Sum"}
    metric = {"Namespace": "Kittiwake", "MetricName": "Latency"}
    queries = [
        {"Id": "m1", "MetricStat": {"Metric": metric, **stat}, "ReturnData": False},
        {"Id": "e1", "Expression": "m1 / 1000", "Label": "seconds"},
    ]
    rest = {"EvaluationPeriods": 1, "Threshold": 2}
    compared = {"ComparisonOperator": "GreaterThanOrEqualToThreshold"}
    desk.call("PutMetricAlarm", AlarmName="m", Metrics=queries, **rest, **compared)
    desk.measure(1900, ago=30)
    due(0)
    assert desk.state("m") == "OK"
    desk.measure(100, ago=30)
    assert (due(60), desk.state("m")) == (["m"], "ALARM")


def test_whatever_is_done_to_an_alarm_is_an_event(desk):
    desk.put(TreatMissingData="ignore")
    desk.put(TreatMissingData="ignore", Threshold=80)
    desk.call("DisableAlarmActions", AlarmNames=["slow"])
    desk.call("DeleteAlarms", AlarmNames=["slow"])
    details = [event["detail"] for event in desk.configured]
    assert [d["operation"] for d in details] == ["create", "update", "update", "delete"]
    assert "previousConfiguration" not in details[0]
    assert details[1]["previousConfiguration"]["threshold"] == 500.0
    assert details[1]["configuration"]["threshold"] == 80.0
    assert details[2]["configuration"]["actionsEnabled"] is False
    assert details[3]["state"]["value"] == "INSUFFICIENT_DATA"


def test_the_event_of_a_composite_alarm_has_its_rule(desk):
    given = {"AlarmName": "page", "AlarmRule": "TRUE", "AlarmDescription": "all"}
    desk.call("PutCompositeAlarm", **given)
    assert desk.configured[0]["detail"]["configuration"] == {
        "description": "all",
        "alarmRule": "TRUE",
        "actionsEnabled": True,
        "okActions": [],
        "alarmActions": [],
        "insufficientDataActions": [],
        "alarmName": "page",
        "timestamp": "2023-11-14T22:14:00.000+0000",
    }
