"""Finding alarms, and reading their history."""

import json
from datetime import UTC, datetime

import pytest

from lab_emulators.aws.alarms.repository.alarm_history import KEPT_S


@pytest.fixture
def several(desk, topic):
    """Three metric alarms and one above them."""
    for name in ("api-errors", "api-slow", "feed-slow"):
        desk.put(AlarmName=name)
    desk.put(AlarmName="feed-slow", AlarmActions=[topic])
    rule = "ALARM(api-slow) OR ALARM(feed-slow)"
    desk.call("PutCompositeAlarm", AlarmName="page", AlarmRule=rule)
    return desk


def names(desk, **given):
    found = desk.call("DescribeAlarms", **given)
    told = found["MetricAlarms"] + found["CompositeAlarms"]
    return [alarm["AlarmName"] for alarm in told]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["api-errors", "api-slow", "feed-slow"]),
        ({"AlarmNamePrefix": "api-"}, ["api-errors", "api-slow"]),
        ({"AlarmNames": ["feed-slow", "nobody"]}, ["feed-slow"]),
        ({"AlarmTypes": ["CompositeAlarm"]}, ["page"]),
        ({"AlarmNames": ["page"]}, []),
        ({"StateValue": "OK", "AlarmTypes": ["CompositeAlarm"]}, ["page"]),
        ({"StateValue": "ALARM"}, []),
        ({"ActionPrefix": "arn:aws:sns"}, ["feed-slow"]),
        ({"ChildrenOfAlarmName": "page"}, ["api-slow", "feed-slow"]),
        ({"ParentsOfAlarmName": "feed-slow"}, ["page"]),
        ({"ParentsOfAlarmName": "api-errors"}, []),
    ],
)
def test_alarms_are_found(several, given, found):
    assert names(several, **given) == found


def test_alarms_come_in_pages(several):
    first = several.call("DescribeAlarms", MaxRecords=2)
    assert names(several, MaxRecords=2, NextToken=first["NextToken"]) == ["feed-slow"]
    error = several.refusal("DescribeAlarms", NextToken="mine")
    assert error.code == "InvalidNextToken"


@pytest.mark.parametrize(
    "given",
    [
        {"AlarmNames": ["a"], "AlarmNamePrefix": "a"},
        {"ChildrenOfAlarmName": "page", "StateValue": "OK"},
        {"MaxRecords": 0},
    ],
)
def test_questions_that_contradict_themselves_are_refused(several, given):
    assert several.refusal("DescribeAlarms", **given).code == "ValidationError"


def history(desk, **given):
    return desk.call("DescribeAlarmHistory", **given)["AlarmHistoryItems"]


def test_history_comes_newest_first_in_pages(desk, clock, due):
    desk.put(TreatMissingData="breaching")
    due(1)
    clock.now += 1
    desk.call("DeleteAlarms", AlarmNames=["slow"])
    first = desk.call("DescribeAlarmHistory", MaxRecords=2)
    kinds = [item["HistoryItemType"] for item in first["AlarmHistoryItems"]]
    assert kinds == ["ConfigurationUpdate", "StateUpdate"]
    (last,) = history(desk, MaxRecords=2, NextToken=first["NextToken"])
    assert last["HistorySummary"] == 'Alarm "slow" created'


def test_history_is_told_by_kind_type_and_time(desk, clock, due):
    desk.put(TreatMissingData="breaching")
    desk.call("PutCompositeAlarm", AlarmName="page", AlarmRule="TRUE")
    due(100)
    assert len(history(desk, HistoryItemType="StateUpdate")) == 1
    assert {i["AlarmName"] for i in history(desk, AlarmTypes=["CompositeAlarm"])} == {
        "page"
    }
    until = datetime.fromtimestamp(clock.now - 1, UTC)
    naive = until.replace(tzinfo=None)
    assert len(history(desk, EndDate=naive)) == 1
    assert [i["HistoryItemType"] for i in history(desk, StartDate=until)] == [
        "StateUpdate"
    ]


def test_settings_in_the_history_begin_in_lower_case(desk):
    desk.put(Dimensions=[{"Name": "route", "Value": "/"}])
    (item,) = history(desk)
    told = json.loads(item["HistoryData"])
    assert (told["type"], item["AlarmType"]) == ("Create", "MetricAlarm")
    assert told["createdAlarm"]["dimensions"] == [{"name": "route", "value": "/"}]
    assert told["createdAlarm"]["okactions"] == []


def test_history_is_kept_as_long_as_aws_keeps_it(desk, clock):
    desk.put()
    clock.now += KEPT_S + 1
    assert history(desk) == []
    desk.restart()
    clock.now -= KEPT_S + 1
    assert history(desk) == []
