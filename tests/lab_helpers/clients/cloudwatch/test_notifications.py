"""A queue that hears a topic of the emulated SNS, and one that hears nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from lab_emulators.aws.cloud import opened
from lab_emulators.web.server import Server, bind
from lab_helpers.clients import (
    CloudWatchError,
    CloudWatchTimeoutError,
    NotificationQueue,
)
from lab_helpers.clients.cloudwatch import notifications
from lab_helpers.clients.cloudwatch.notifications import policy


class Clock:
    """Time that passes only while somebody sleeps."""

    now = 1_772_445_600.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += max(seconds, 0.001)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Makes boto3 clients of a local AWS."""
    folder: Path = tmp_path_factory.mktemp("cloud")
    with opened(folder, "us-east-1", appends=8) as cloud:
        server = Server("aws", cloud.gateway, bind(0)[0])
        keys = {"aws_access_key_id": "lab", "aws_secret_access_key": "lab-secret"}
        made = boto3.session.Session(region_name="us-east-1", **keys)
        yield lambda service: made.client(service, endpoint_url=server.url)
        server.stop()


@pytest.fixture
def queue(session: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotificationQueue]:
    """A queue that SQS never holds a request for."""
    monkeypatch.setattr(notifications, "POLL_S", 0)
    with NotificationQueue("on-call", session("sqs"), clock=Clock()) as queue:
        yield queue


def test_what_a_topic_publishes_comes_out_of_a_queue_once(
    session: Any, queue: NotificationQueue
) -> None:
    sns = session("sns")
    topic = sns.create_topic(Name="failures")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    sns.publish(TopicArn=topic, Message=json.dumps({"NewStateValue": "ALARM"}))
    assert queue.wait_for() == {"NewStateValue": "ALARM"}
    with pytest.raises(CloudWatchTimeoutError, match="no notification in the queue"):
        queue.wait_for(timeout_s=0.2)


def test_a_wait_that_ends_says_what_to_look_at(queue: NotificationQueue) -> None:
    with pytest.raises(CloudWatchTimeoutError) as caught:
        queue.wait_for(timeout_s=0.2)
    assert "on-call after 0 s" in caught.value.message
    assert "subscribed to the topic" in caught.value.advice


def test_a_long_wait_shows_how_long_it_has_taken(
    queue: NotificationQueue, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CloudWatchTimeoutError):
        queue.wait_for(timeout_s=4)
    assert "waiting for a notification" in capfd.readouterr().err


def test_the_queue_is_gone_afterwards(session: Any) -> None:
    sqs = session("sqs")
    with NotificationQueue("short-lived", sqs) as queue:
        assert repr(queue) == f"queue short-lived, to be subscribed as {queue.arn}"
    with pytest.raises(CloudWatchError, match="NonExistentQueue"):
        queue.wait_for(timeout_s=0.2)
    queue.close()  # a second time changes nothing


def test_the_policy_lets_sns_write_to_this_queue_and_nobody_else(
    session: Any, queue: NotificationQueue
) -> None:
    sqs = session("sqs")
    url = sqs.get_queue_url(QueueName="on-call")["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    assert json.loads(answer["Attributes"]["Policy"]) == json.loads(policy(queue.arn))
    (statement,) = json.loads(policy(queue.arn))["Statement"]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Resource"] == queue.arn
