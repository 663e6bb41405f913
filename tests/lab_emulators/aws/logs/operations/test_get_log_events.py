"""GetLogEvents: pages in both directions, tokens, times and what has expired."""

from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError

Call = Callable[..., dict[str, Any]]
Put = Callable[..., None]
NOW = 1_700_000_040_000
PLACE = {"logGroupName": "g", "logStreamName": "s"}


@pytest.fixture
def get(call: Call) -> Call:
    def events(**more: Any) -> dict[str, Any]:
        return call("GetLogEvents", **PLACE, **more)

    return events


def texts(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_the_last_events_come_first_and_in_order_of_time(put: Put, get: Call) -> None:
    put("b", at=2)
    put("a", at=1)
    put("c", "d", at=2)
    assert texts(get()) == ["a", "b", "c", "d"]
    assert texts(get(limit=3)) == ["b", "c", "d"]
    assert texts(get(limit=3, startFromHead=True)) == ["a", "b", "c"]


def test_an_event_has_its_times(put: Put, get: Call) -> None:
    put("a", at=1)
    times = {"timestamp": NOW + 1000, "ingestionTime": NOW}
    assert get()["events"] == [{"message": "a", **times}]


def test_the_start_is_included_and_the_end_is_not(put: Put, get: Call) -> None:
    for second in range(4):
        put(str(second), at=second)
    assert texts(get(startTime=NOW + 1000, endTime=NOW + 3000)) == ["1", "2"]
    assert texts(get(startTime=NOW + 1000, endTime=NOW + 1000)) == []


def test_a_start_after_the_end_is_refused(
    put: Put, refused: Callable[..., AwsError]
) -> None:
    error = refused("GetLogEvents", **PLACE, startTime=5, endTime=4)
    assert error.code == "InvalidParameterException"


@pytest.mark.parametrize(
    ("more", "token", "found"),
    [
        ({"startFromHead": True}, "nextForwardToken", ["abc", "def", "g"]),
        ({"startFromHead": False}, "nextBackwardToken", ["efg", "bcd", "a"]),
    ],
)
def test_pages_have_everything_once_until_the_token_stays(
    put: Put, get: Call, more: dict[str, bool], token: str, found: list[str]
) -> None:
    put(*"abcdefg")
    page = get(limit=3, **more)
    pages = ["".join(texts(page))]
    while (again := get(limit=3, nextToken=page[token]))[token] != page[token]:
        page = again
        pages.append("".join(texts(page)))
    assert texts(again) == []
    assert pages == found


@pytest.mark.parametrize(
    ("on", "back"),
    [
        ("nextForwardToken", "nextBackwardToken"),
        ("nextBackwardToken", "nextForwardToken"),
    ],
)
def test_one_can_turn_around_at_the_end(
    put: Put, get: Call, on: str, back: str
) -> None:
    put(*"abc")
    end = get(nextToken=get()[on])
    assert texts(end) == []
    assert texts(get(nextToken=end[back])) == ["a", "b", "c"]


def test_a_page_after_another_goes_on_where_it_ended(put: Put, get: Call) -> None:
    put(*"abcd")
    first = get(limit=2, startFromHead=True)
    second = get(limit=2, nextToken=first["nextForwardToken"])
    assert texts(second) == ["c", "d"]
    assert texts(get(nextToken=second["nextBackwardToken"])) == ["a", "b"]


def test_what_arrives_later_follows_the_token_of_the_end(put: Put, get: Call) -> None:
    empty = get()
    assert texts(empty) == []
    put("a")
    page = get(nextToken=empty["nextForwardToken"])
    assert texts(page) == ["a"]
    put("b")
    assert texts(get(nextToken=page["nextForwardToken"])) == ["b"]


def test_a_page_holds_a_megabyte_at_most(put: Put, get: Call) -> None:
    for letter in "abc":
        put(letter * 500_000)
    page = get(startFromHead=True)
    assert [text[0] for text in texts(page)] == ["a", "b"]
    last = get(nextToken=page["nextForwardToken"])
    assert [text[0] for text in texts(last)] == ["c"]


@pytest.mark.parametrize("token", ["nonsense", "f/12/s", "x/" + "0" * 56 + "/s"])
def test_a_token_never_given_is_refused(
    put: Put, refused: Callable[..., AwsError], token: str
) -> None:
    error = refused("GetLogEvents", **PLACE, nextToken=token)
    assert error.message == "The specified nextToken is invalid."


def test_expired_events_are_not_shown(
    put: Put, call: Call, get: Call, clock: Any
) -> None:
    put("old")
    call("PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    clock.now += 86_400
    assert texts(get()) == ["old"]
    clock.now += 1
    assert texts(get()) == []
    call("DeleteRetentionPolicy", logGroupName="g")
    assert texts(get()) == ["old"]


def test_a_group_may_be_named_by_its_arn(put: Put, call: Call) -> None:
    put("a")
    (group,) = call("DescribeLogGroups")["logGroups"]
    place = {"logGroupIdentifier": group["logGroupArn"], "logStreamName": "s"}
    assert texts(call("GetLogEvents", **place)) == ["a"]


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"logGroupName": "g", "logGroupIdentifier": "g"},
        {"logGroupIdentifier": "arn:aws:sqs:us-east-1:1:x"},
    ],
)
def test_a_group_must_be_named_once_and_rightly(
    put: Put, refused: Callable[..., AwsError], names: dict[str, str]
) -> None:
    error = refused("GetLogEvents", logStreamName="s", **names)
    assert error.code == "InvalidParameterException"


@pytest.mark.parametrize("names", [{"logGroupName": "none"}, {"logStreamName": "none"}])
def test_what_is_not_there_is_not_found(
    put: Put, refused: Callable[..., AwsError], names: dict[str, str]
) -> None:
    error = refused("GetLogEvents", **PLACE | names)
    assert error.code == "ResourceNotFoundException"
