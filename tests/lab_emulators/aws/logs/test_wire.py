"""CloudWatch Logs as its clients see it: boto3, awscli, watchtower, a raw request."""

import http.client
import json
import logging
import os
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
import watchtower
from botocore.exceptions import ClientError

PLACE = {"logGroupName": "/app/api", "logStreamName": "web"}


@pytest.fixture
def logs(client):
    """A boto3 client for a local AWS with one group and one stream."""
    made = client("logs")
    made.create_log_group(logGroupName="/app/api")
    made.create_log_stream(**PLACE)
    return made


@pytest.fixture
def put(logs):
    """Puts messages of now, a millisecond apart; what boto3 made of the answer."""

    def send(*messages):
        now = int(time.time() * 1000) - len(messages)
        events = [
            {"timestamp": now + place, "message": message}
            for place, message in enumerate(messages)
        ]
        return logs.put_log_events(**PLACE, logEvents=events)

    return send


@pytest.fixture
def aws(gateway, fresh):
    """Runs awscli against the gateway; the JSON it prints."""
    keys = {"AWS_ACCESS_KEY_ID": "lab-key", "AWS_SECRET_ACCESS_KEY": "lab-secret"}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    place = {"AWS_ENDPOINT_URL": gateway, "AWS_DEFAULT_REGION": "us-east-1"}

    def run(*words):
        command = [sys.executable, "-m", "awscli", "logs", *words, "--output", "json"]
        environment = {**os.environ, **keys, **nowhere, **place}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "null")

    return run


def raw(gateway, body, operation="PutLogEvents"):
    """Posts a request as bytes; status and document."""
    connection = http.client.HTTPConnection(urlsplit(gateway).netloc, timeout=30)
    scope = "lab/20260101/us-east-1/logs/aws4_request"
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"Logs_20140328.{operation}",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
    }
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    connection.close()
    return answer.status, document


def test_odd_text_comes_back_through_boto3_as_it_was_sent(logs, put):
    messages = [
        "naïve 日本語 \U0001f426",
        "two\nlines\ttabs\0",
        '{"a": "\\""}',
        "y" * 9**6,
    ]
    answer = put(*messages)
    assert "rejectedLogEventsInfo" not in answer
    events = logs.get_log_events(**PLACE, startFromHead=True)["events"]
    assert [event["message"] for event in events] == messages


def test_boto3s_paginators_see_every_event_once(logs, put):
    put(*(str(number) for number in range(25)))
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/app/api", PaginationConfig={"PageSize": 10}
    )
    found = [event["message"] for page in pages for event in page["events"]]
    assert found == [str(number) for number in range(25)]


def test_boto3_raises_the_services_own_exceptions(logs):
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="/app/api")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName="none")
    with pytest.raises(logs.exceptions.InvalidParameterException, match="span more"):
        events = [{"timestamp": int(time.time() * 1000), "message": "x"}]
        early = {"timestamp": events[0]["timestamp"] - 90_000_000, "message": "x"}
        logs.put_log_events(**PLACE, logEvents=[early, *events])


def test_old_and_new_events_are_told_to_boto3(logs):
    now = int(time.time() * 1000)
    events = [
        {"timestamp": time_ms, "message": "x"}
        for time_ms in (now - 15 * 86_400_000, now, now + 3 * 3_600_000)
    ]
    answer = logs.put_log_events(**PLACE, logEvents=events)
    rejected = {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}
    assert answer["rejectedLogEventsInfo"] == rejected


def test_live_tail_is_said_to_be_absent(logs, gateway):
    status, document = raw(gateway, b"{}", "StartLiveTail")
    assert (status, document["__type"]) == (501, "NotImplementedException")
    assert document["message"] == "not emulated locally: logs.StartLiveTail"


def test_a_body_that_is_no_json_is_refused(logs, gateway):
    status, document = raw(gateway, b'{"logGroupName": "/app/api", "log\xff')
    assert (status, document["__type"]) == (400, "SerializationException")


def test_a_wrong_type_is_named_by_its_place(logs, gateway):
    wrong = PLACE | {"logEvents": [{"timestamp": "now", "message": "x"}]}
    status, document = raw(gateway, json.dumps(wrong).encode())
    assert (status, document["__type"]) == (400, "SerializationException")
    assert "$.logEvents[0].timestamp" in document["message"]


def test_awscli_puts_tails_and_describes(aws):
    aws("create-log-group", "--log-group-name", "/app/api")
    names = ("--log-group-name", "/app/api", "--log-stream-name", "web")
    aws("create-log-stream", *names)
    event = f"timestamp={int(time.time() * 1000)},message=hello"
    aws("put-log-events", *names, "--log-events", event)
    (found,) = aws("get-log-events", *names)["events"]
    assert found["message"] == "hello"
    (group,) = aws("describe-log-groups")["logGroups"]
    assert group["storedBytes"] == len("hello") + 26


def test_watchtower_ships_an_apps_log(client):
    handler = watchtower.CloudWatchLogHandler(
        log_group_name="shop",
        log_stream_name="{program_name}-{logger_name}",
        boto3_client=client("logs"),
        log_group_retention_days=7,
        send_interval=1,
    )
    log = logging.Logger("orders")
    log.addHandler(handler)
    log.info({"route": "/calls", "ms": 12})
    log.warning("slow: %s", "é")
    handler.flush()
    handler.close()
    reader = client("logs")
    events = reader.filter_log_events(logGroupName="shop")["events"]
    assert [event["message"] for event in events][1] == "slow: é"
    assert json.loads(events[0]["message"]) == {"route": "/calls", "ms": 12}
    (group,) = reader.describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 7


def test_a_group_is_the_same_after_its_client_is_gone(client, logs, put):
    put("a")
    other = client("logs")
    (stream,) = other.describe_log_streams(logGroupName="/app/api")["logStreams"]
    assert stream["lastEventTimestamp"] <= int(time.time() * 1000)
    with pytest.raises(ClientError) as caught:
        other.create_log_stream(**PLACE)
    assert caught.value.response["Error"]["Code"] == "ResourceAlreadyExistsException"
