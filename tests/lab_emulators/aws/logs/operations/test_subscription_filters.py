import gzip
import json
import logging
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.engine import Logs

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/errors"
FIREHOSE = "arn:aws:firehose:us-east-1:123456789012:deliverystream/errors"
ROLE = "arn:aws:iam::123456789012:role/logs"


@pytest.fixture
def sent(logs: Logs) -> list[tuple[str, dict[str, Any], str]]:
    """What leaves for destinations from now on: ARN, document, partition key."""
    found: list[tuple[str, dict[str, Any], str]] = []

    def deliver(destination: str, data: bytes, key: str) -> None:
        found.append((destination, json.loads(gzip.decompress(data)), key))

    logs.core.deliver = deliver
    return found


@pytest.fixture
def subscribed(call: Any, put: Any) -> Any:
    """Puts a subscription filter on group `g`."""

    def made(pattern: str, name: str = "f", **more: Any) -> None:
        where = {"destinationArn": STREAM, "roleArn": ROLE} | more
        named = {"logGroupName": "g", "filterName": name, "filterPattern": pattern}
        call("PutSubscriptionFilter", **named, **where)

    return made


def test_a_destination_is_tried_before_the_filter_is_kept(
    subscribed: Any, sent: Any
) -> None:
    subscribed("", destinationArn=FIREHOSE)
    ((destination, document, _),) = sent
    assert (destination, document["messageType"]) == (FIREHOSE, "CONTROL_MESSAGE")
    assert (document["owner"], document["logGroup"]) == ("CloudwatchLogs", "")
    (event,) = document["logEvents"]
    assert event["message"].endswith("Checking health of destination Firehose.")


def test_events_that_match_are_delivered_with_the_ids_they_are_read_by(
    subscribed: Any, sent: Any, put: Any, call: Any
) -> None:
    subscribed("{ $.status >= 500 }")
    put('{"status": 200}', '{"status": 503}')
    _, (_, document, key) = sent
    (stored,) = call(
        "FilterLogEvents", logGroupName="g", filterPattern="{ $.status = 503 }"
    )["events"]
    assert document == {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "g",
        "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [
            {
                "id": stored["eventId"],
                "timestamp": stored["timestamp"],
                "message": '{"status": 503}',
            }
        ],
    }
    assert key == "s"


def test_a_batch_without_a_match_sends_nothing(
    subscribed: Any, sent: Any, put: Any
) -> None:
    subscribed("ERROR")
    put("fine")
    assert len(sent) == 1


def test_random_distribution_gives_every_record_another_key(
    subscribed: Any, sent: Any, put: Any
) -> None:
    subscribed("", distribution="Random")
    put("one")
    put("two")
    assert len({key for _, _, key in sent[1:]} - {"s"}) == 2


def test_a_group_has_at_most_two_filters_and_one_may_be_changed(
    subscribed: Any, sent: Any, call: Any
) -> None:
    subscribed("a", name="one")
    subscribed("b", name="two")
    with pytest.raises(AwsError) as error:
        subscribed("c", name="three")
    assert error.value.code == "LimitExceededException"
    subscribed("d", name="two")
    found = call("DescribeSubscriptionFilters", logGroupName="g")["subscriptionFilters"]
    told = [(each["filterName"], each["filterPattern"]) for each in found]
    assert told == [("one", "a"), ("two", "d")]


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ({"destinationArn": STREAM}, "InvalidParameterException", "roleArn"),
        (
            {"destinationArn": "arn:aws:sqs:us-east-1:1:q", "roleArn": ROLE},
            "InvalidParameterException",
            "vendor sqs",
        ),
        (
            {"destinationArn": "arn:aws:lambda:us-east-1:1:function:f"},
            "NotImplementedException",
            "Lambda",
        ),
        (
            {"destinationArn": STREAM, "roleArn": ROLE, "applyOnTransformedLogs": True},
            "NotImplementedException",
            "applyOnTransformedLogs",
        ),
    ],
)
def test_a_destination_that_cannot_be_is_refused_by_name(
    refused: Any, put: Any, given: dict[str, Any], code: str, text: str
) -> None:
    named = {"logGroupName": "g", "filterName": "f", "filterPattern": ""}
    error = refused("PutSubscriptionFilter", **named, **given)
    assert (error.code, text in error.message) == (code, True)


def test_a_destination_that_does_not_answer_is_refused(
    logs: Logs, refused: Any, put: Any, call: Any
) -> None:
    def fail(destination: str, data: bytes, key: str) -> None:
        raise AwsError("InternalError", "there is no such stream", 500)

    logs.core.deliver = fail
    named = {"logGroupName": "g", "filterName": "f", "filterPattern": ""}
    where = {"destinationArn": STREAM, "roleArn": ROLE}
    error = refused("PutSubscriptionFilter", **named, **where)
    assert error.code == "InvalidParameterException" and "ACTIVE" in error.message
    found = call("DescribeSubscriptionFilters", logGroupName="g")
    assert found["subscriptionFilters"] == []


def test_a_failed_delivery_loses_no_log_event_and_is_logged(
    subscribed: Any, sent: Any, logs: Logs, put: Any, call: Any, caplog: Any
) -> None:
    subscribed("")

    def fail(destination: str, data: bytes, key: str) -> None:
        raise AwsError("InternalError", "gone", 500)

    logs.core.deliver = fail
    with caplog.at_level(logging.WARNING):
        put("kept")
    assert "subscription f lost 1 events" in caplog.text
    assert len(call("FilterLogEvents", logGroupName="g")["events"]) == 1


def test_a_deleted_filter_delivers_nothing(
    subscribed: Any, sent: Any, put: Any, call: Any, refused: Any
) -> None:
    subscribed("")
    named = {"logGroupName": "g", "filterName": "f"}
    call("DeleteSubscriptionFilter", **named)
    put("late")
    assert len(sent) == 1
    again = refused("DeleteSubscriptionFilter", **named)
    assert again.code == "ResourceNotFoundException"
