"""Alarms as a student meets them: boto3, the gateway, SNS, SQS and EventBridge."""

import json
import time

import pytest
import requests

ALARM = {
    "AlarmName": "slow answers",
    "Namespace": "Kittiwake",
    "MetricName": "Latency",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 500.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
QUEUE = "arn:aws:sqs:us-east-1:123456789012:inbox"


@pytest.fixture
def cloudwatch(client):
    return client("cloudwatch")


@pytest.fixture
def inbox(client):
    """Reads what has come to a queue: the bodies, as JSON."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]

    def read():
        given = {"QueueUrl": url, "MaxNumberOfMessages": 10}
        found = sqs.receive_message(**given).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    return read


@pytest.fixture
def topic(client, inbox):
    """A topic that leads to the inbox."""
    sns = client("sns")
    arn = sns.create_topic(Name="alerts")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=QUEUE)
    return arn


@pytest.fixture
def tick(gateway):
    """Evaluates the alarms as if the minute were over."""

    def call(**given):
        answer = requests.post(gateway + "/lab/alarms/tick", params=given, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return call


@pytest.fixture
def measure(cloudwatch):
    """Puts one value of the metric, measured now."""

    def put(value):
        datum = {"MetricName": "Latency", "Value": value}
        cloudwatch.put_metric_data(Namespace="Kittiwake", MetricData=[datum])

    return put


def state(cloudwatch, name="slow answers"):
    types = ["MetricAlarm", "CompositeAlarm"]
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=types)
    (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
    return alarm["StateValue"]


def test_a_measured_breach_reaches_a_queue_by_way_of_a_topic(
    cloudwatch, topic, inbox, measure, tick
):
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic])
    measure(900)
    tick()
    (envelope,) = inbox()
    assert envelope["Subject"] == 'ALARM: "slow answers" in US East (N. Virginia)'
    told = json.loads(envelope["Message"])
    assert (told["OldStateValue"], told["NewStateValue"]) == (
        "INSUFFICIENT_DATA",
        "ALARM",
    )
    assert "[900.0 (" in told["NewStateReason"]
    assert told["Trigger"]["MetricName"] == "Latency"


def test_a_change_is_an_event_that_a_rule_leads_to_a_queue(
    client, cloudwatch, inbox, measure, tick
):
    events = client("events")
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"state": {"value": ["ALARM"]}},
    }
    events.put_rule(Name="alarms", EventPattern=json.dumps(pattern))
    function = "arn:aws:lambda:us-east-1:123456789012:function:page"
    targets = [{"Id": "1", "Arn": function}, {"Id": "2", "Arn": QUEUE}]
    events.put_targets(Rule="alarms", Targets=targets)
    cloudwatch.put_metric_alarm(**ALARM)
    measure(900)
    tick()
    (event,) = inbox()
    place = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:slow answers"
    assert (event["account"], event["region"]) == ("123456789012", "us-east-1")
    assert (event["resources"], event["detail"]["alarmName"]) == (
        [place],
        "slow answers",
    )
    assert event["time"].endswith("Z")
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"


def test_a_composite_alarm_follows_its_children(
    cloudwatch, topic, inbox, measure, tick
):
    cloudwatch.put_metric_alarm(**ALARM)
    rule = 'ALARM("slow answers") AND NOT FALSE'
    given = {"AlarmName": "page me", "AlarmRule": rule, "AlarmActions": [topic]}
    cloudwatch.put_composite_alarm(**given)
    assert state(cloudwatch, "page me") == "OK"
    measure(900)
    tick()
    assert state(cloudwatch, "page me") == "ALARM"
    (envelope,) = inbox()
    told = json.loads(envelope["Message"])
    assert told["AlarmRule"] == rule
    (child,) = told["TriggeringChildren"]
    assert child["Arn"].endswith(":alarm:slow answers")


def test_history_tells_of_settings_states_and_actions(cloudwatch, topic, measure, tick):
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic])
    measure(900)
    tick()
    given = {"AlarmName": "slow answers", "ScanBy": "TimestampAscending"}
    items = cloudwatch.describe_alarm_history(**given)["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in items] == [
        'Alarm "slow answers" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        f"Successfully executed action {topic}",
    ]
    told = json.loads(items[1]["HistoryData"])
    assert told["newState"]["stateReasonData"]["recentDatapoints"] == [900.0]


def test_without_actions_a_state_changes_in_silence(
    cloudwatch, topic, inbox, measure, tick
):
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic])
    cloudwatch.disable_alarm_actions(AlarmNames=["slow answers"])
    measure(900)
    tick()
    assert state(cloudwatch) == "ALARM"
    assert inbox() == []


def test_a_state_set_by_hand_acts_at_once(cloudwatch, topic, inbox):
    cloudwatch.put_metric_alarm(**ALARM, OKActions=[topic])
    given = {"AlarmName": "slow answers", "StateReason": "a drill"}
    cloudwatch.set_alarm_state(**given, StateValue="OK")
    (envelope,) = inbox()
    assert json.loads(envelope["Message"])["NewStateReason"] == "a drill"


def test_a_topic_nobody_made_is_a_failed_action_and_nothing_else(
    cloudwatch, measure, tick
):
    nowhere = "arn:aws:sns:us-east-1:123456789012:nowhere"
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[nowhere])
    measure(900)
    tick()
    given = {"AlarmName": "slow answers", "HistoryItemType": "Action"}
    (item,) = cloudwatch.describe_alarm_history(**given)["AlarmHistoryItems"]
    assert item["HistorySummary"].startswith(f"Failed to execute action {nowhere}")
    assert state(cloudwatch) == "ALARM"


def test_the_alarm_is_evaluated_without_being_asked(cloudwatch, eventually):
    breaching = {**ALARM, "TreatMissingData": "breaching", "Period": 10}
    cloudwatch.put_metric_alarm(**breaching)
    eventually(lambda: state(cloudwatch) == "ALARM")


def test_a_tick_at_a_time_looks_at_that_time(cloudwatch, measure, tick):
    cloudwatch.put_metric_alarm(**{**ALARM, "TreatMissingData": "notBreaching"})
    measure(900)
    assert tick()["Alarms"] == 1
    (changed,) = tick(now=int(time.time()) + 3600)["Changed"]
    assert changed["NewStateValue"] == "OK"


def test_the_tick_is_not_for_web_pages_nor_for_other_times(gateway):
    url = gateway + "/lab/alarms/tick"
    evil = {"Origin": "http://evil.example"}
    assert requests.post(url, headers=evil, timeout=30).status_code == 403
    assert requests.get(url, timeout=30).status_code == 403
    assert requests.post(url, params={"now": "x"}, timeout=30).status_code == 400


def test_dashboards_are_still_answered(cloudwatch):
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    entries = cloudwatch.list_dashboards()["DashboardEntries"]
    assert [entry["DashboardName"] for entry in entries] == ["d"]
