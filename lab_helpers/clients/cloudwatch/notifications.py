"""An SQS queue that receives what SNS topics publish, such as an alarm's action."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Self

from lab_helpers.clients.transport import aws
from lab_helpers.clients.transport.errors import CloudWatchError, CloudWatchTimeoutError
from lab_helpers.clients.transport.waiting import Clock, Wait

POLL_S = 1
"""Seconds that SQS holds a request when the queue is empty."""


class NotificationQueue:
    """SQS queue to subscribe to SNS topics; its policy lets SNS write to it.

    The queue exists once the object does, and is empty: `sns.subscribe` with the
    protocol `sqs` and the queue's `arn` makes a topic publish to it. `close()` deletes
    it, as leaving the `with` block does. CloudWatchError holds AWS's words.
    """

    def __init__(self, name: str, sqs: Any = None, *, clock: Clock = time) -> None:
        self.name = name
        self._clock = clock
        self._sqs = sqs or aws.connect("sqs", CloudWatchError)
        with aws.refusals("create_queue", CloudWatchError):
            self._url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
            described = self._sqs.get_queue_attributes(
                QueueUrl=self._url, AttributeNames=["QueueArn"]
            )
            self.arn = str(described["Attributes"]["QueueArn"])
            self._sqs.set_queue_attributes(
                QueueUrl=self._url, Attributes={"Policy": policy(self.arn)}
            )

    def wait_for(self, *, timeout_s: float = 180) -> dict[str, Any]:
        """Waits for one notification, removes it, and returns its JSON message.

        A progress bar says how long it has waited. CloudWatchTimeoutError if none
        comes in time.
        """
        with (
            Wait(timeout_s, "waiting for a notification", self._clock) as wait,
            aws.refusals("receive_message", CloudWatchError),
        ):
            for _ in wait.attempts(0.1, 1):
                for message in self._received():
                    return message
        raise CloudWatchTimeoutError(
            "ReceiveMessage",
            None,
            f"no notification in the queue {self.name} after {timeout_s:.0f} s",
            "Is the queue subscribed to the topic, and the topic an action of the "
            "alarm? Has the alarm changed its state? cloudwatch.alarms() says.",
        )

    def close(self) -> None:
        """Deletes the queue with all that is in it; harmless when it is gone."""
        with (
            aws.refusals("delete_queue", CloudWatchError),
            suppress(self._sqs.exceptions.QueueDoesNotExist),
        ):
            self._sqs.delete_queue(QueueUrl=self._url)

    def _received(self) -> Iterator[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url, WaitTimeSeconds=POLL_S, MaxNumberOfMessages=1
        )
        for message in answer.get("Messages", ()):
            self._sqs.delete_message(
                QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"]
            )
            # SNS wraps what was published into a document of its own.
            yield json.loads(json.loads(message["Body"])["Message"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"queue {self.name}, to be subscribed as {self.arn}"


def policy(arn: str) -> str:
    """The access policy, as JSON, that lets SNS send messages to this queue."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
