"""Tags of alarms."""

import pytest

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:slow"


def tags(desk):
    found = desk.call("ListTagsForResource", ResourceARN=ARN)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_tags_come_with_a_new_alarm_and_are_left_alone_by_an_update(desk):
    desk.put(Tags=[{"Key": "team", "Value": "feed"}])
    desk.put(Tags=[{"Key": "team", "Value": "other"}])
    assert tags(desk) == {"team": "feed"}


def test_tags_are_added_changed_and_taken_away(desk):
    desk.put(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}])
    added = [{"Key": "b", "Value": "2"}, {"Key": "c", "Value": "3"}]
    desk.call("TagResource", ResourceARN=ARN, Tags=added)
    desk.call("UntagResource", ResourceARN=ARN, TagKeys=["a", "z"])
    assert tags(desk) == {"b": "2", "c": "3"}


def test_tags_go_with_the_alarm(desk):
    desk.put(Tags=[{"Key": "a", "Value": "1"}])
    desk.call("DeleteAlarms", AlarmNames=["slow"])
    desk.put()
    assert tags(desk) == {}


@pytest.mark.parametrize("arn", [ARN + "er", "arn:aws:cloudwatch::1:dashboard/d"])
def test_what_is_no_alarm_has_no_tags(desk, arn):
    desk.put()
    error = desk.refusal("ListTagsForResource", ResourceARN=arn)
    assert (error.code, error.status) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize("keys", [["aws:x"], [f"k{n}" for n in range(51)]])
def test_reserved_keys_and_too_many_are_refused_and_change_nothing(desk, keys):
    desk.put()
    added = [{"Key": key, "Value": "1"} for key in keys]
    error = desk.refusal("TagResource", ResourceARN=ARN, Tags=added)
    assert (error.code, tags(desk)) == ("InvalidParameterValue", {})
