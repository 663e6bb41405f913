"""Log streams: names, order, pages, the times of their events."""

from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError

Call = Callable[..., dict[str, Any]]
Refused = Callable[..., AwsError]
Put = Callable[..., None]
NOW = 1_700_000_040_000


@pytest.fixture
def group(call: Call) -> None:
    call("CreateLogGroup", logGroupName="g")


@pytest.fixture
def add(call: Call, group: None) -> Callable[..., None]:
    """Makes a stream, with one event at each of the given seconds from now."""

    def stream(name: str, *at: int) -> None:
        place = {"logGroupName": "g", "logStreamName": name}
        call("CreateLogStream", **place)
        for second in at:
            event = {"timestamp": NOW + 1000 * second, "message": "x"}
            call("PutLogEvents", **place, logEvents=[event])

    return stream


def names(call: Call, **more: Any) -> list[str]:
    found = call("DescribeLogStreams", logGroupName="g", **more)["logStreams"]
    return [one["logStreamName"] for one in found]


def test_a_stream_tells_of_its_events(call: Call, add: Any, clock: Any) -> None:
    add("s", 5)
    clock.now += 10
    event = {"timestamp": NOW, "message": "early"}
    place = {"logGroupName": "g", "logStreamName": "s"}
    call("PutLogEvents", **place, logEvents=[event])
    (stream,) = call("DescribeLogStreams", logGroupName="g")["logStreams"]
    assert len(stream.pop("uploadSequenceToken")) == 56
    assert stream == {
        "logStreamName": "s",
        "creationTime": NOW,
        "arn": "arn:aws:logs:us-east-1:123456789012:log-group:g:log-stream:s",
        "storedBytes": 0,
        "firstEventTimestamp": NOW,
        "lastEventTimestamp": NOW + 5000,
        "lastIngestionTime": NOW + 10_000,
    }


def test_a_stream_without_events_has_no_times(call: Call, add: Any) -> None:
    add("s")
    (stream,) = call("DescribeLogStreams", logGroupName="g")["logStreams"]
    assert set(stream) == {"logStreamName", "creationTime", "arn", "storedBytes"}


def test_streams_are_ordered_by_name_or_by_their_last_event(
    call: Call, add: Any
) -> None:
    add("b", 1)
    add("c", 3)
    add("a", 2)
    add("empty")
    assert names(call) == ["a", "b", "c", "empty"]
    assert names(call, descending=True) == ["empty", "c", "b", "a"]
    by_time = {"orderBy": "LastEventTime"}
    assert names(call, **by_time) == ["empty", "b", "a", "c"]
    assert names(call, **by_time, descending=True) == ["c", "a", "b", "empty"]


def test_streams_are_found_by_prefix(call: Call, add: Any, refused: Refused) -> None:
    for name in ("web-1", "web-2", "worker"):
        add(name)
    assert names(call, logStreamNamePrefix="web") == ["web-1", "web-2"]
    both = {"logStreamNamePrefix": "web", "orderBy": "LastEventTime"}
    error = refused("DescribeLogStreams", logGroupName="g", **both)
    assert error.code == "InvalidParameterException"


def test_pages_have_every_stream_once(call: Call, add: Any) -> None:
    for number in range(5):
        add(f"s{number}")
    page = call("DescribeLogStreams", logGroupName="g", limit=3)
    rest = names(call, limit=3, nextToken=page["nextToken"])
    first = [one["logStreamName"] for one in page["logStreams"]]
    assert first + rest == ["s0", "s1", "s2", "s3", "s4"]


def test_a_name_can_be_taken_once_in_a_group(
    call: Call, add: Any, refused: Refused
) -> None:
    add("s")
    error = refused("CreateLogStream", logGroupName="g", logStreamName="s")
    assert error.code == "ResourceAlreadyExistsException"
    assert error.message == "The specified log stream already exists"
    call("CreateLogGroup", logGroupName="other")
    call("CreateLogStream", logGroupName="other", logStreamName="s")


@pytest.mark.parametrize("name", ["", "a:b", "a*", "x" * 513])
def test_a_name_aws_would_refuse_is_refused(
    group: None, refused: Refused, name: str
) -> None:
    error = refused("CreateLogStream", logGroupName="g", logStreamName=name)
    assert error.code == "InvalidParameterException"


def test_odd_names_are_taken(call: Call, add: Any) -> None:
    odd = "2026/11/22/[$LATEST]é 'quoted' \"twice\""
    add(odd, 1)
    assert names(call) == [odd]
    got = call("GetLogEvents", logGroupName="g", logStreamName=odd)
    assert len(got["events"]) == 1


def test_a_deleted_stream_takes_its_events_with_it(call: Call, add: Any) -> None:
    add("gone", 1)
    add("stays", 2)
    call("DeleteLogStream", logGroupName="g", logStreamName="gone")
    assert names(call) == ["stays"]
    add("gone")
    found = call("FilterLogEvents", logGroupName="g")["events"]
    assert [event["logStreamName"] for event in found] == ["stays"]
    assert (
        "lastEventTimestamp"
        not in call("DescribeLogStreams", logGroupName="g", logStreamNamePrefix="gone")[
            "logStreams"
        ][0]
    )


@pytest.mark.parametrize(
    ("operation", "group"), [("DeleteLogStream", "g"), ("CreateLogStream", "none")]
)
def test_what_is_not_there_is_not_found(
    group: str, refused: Refused, call: Call, operation: str
) -> None:
    if group == "g":
        call("CreateLogGroup", logGroupName="g")
    error = refused(operation, logGroupName=group, logStreamName="s")
    assert error.code == "ResourceNotFoundException"
