"""What our engines hand over to moto: messages for topics, events for rules."""

import json

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import moto
from lab_emulators.contract import ACCOUNT_ID

EVENT = {
    "version": "0",
    "id": "1",
    "detail-type": "Tide Turned",
    "source": "aws.tides",
    "account": ACCOUNT_ID,
    "time": 1_700_000_000.0,
    "region": "us-east-1",
    "resources": ["arn:aws:tides:::1"],
    "detail": {"height": 3, "said": 'a "quoted" word'},
}
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:tides"


@pytest.fixture
def rule(client):
    """Makes a rule with these targets; reads what came to the queue, as JSON."""
    sqs, events = client("sqs"), client("events")
    url = sqs.create_queue(QueueName="tides")["QueueUrl"]

    def make(*targets, state="ENABLED"):
        pattern = json.dumps({"source": ["aws.tides"]})
        events.put_rule(Name="tides", EventPattern=pattern, State=state)
        named = [{"Id": str(n), **target} for n, target in enumerate(targets)]
        events.put_targets(Rule="tides", Targets=named)

        def read():
            found = sqs.receive_message(QueueUrl=url).get("Messages", [])
            return [json.loads(message["Body"]) for message in found]

        return read

    return make


def test_an_event_reaches_a_queue_as_it_is(rule):
    read = rule({"Arn": QUEUE})
    moto.emit(EVENT)
    assert read() == [{**EVENT, "time": "2023-11-14T22:13:20Z"}]


def test_a_target_transforms_the_event(rule):
    template = {
        "InputPathsMap": {"height": "$.detail.height", "who": "$.account"},
        "InputTemplate": '{"height": <height>, "by": "<who>"}',
    }
    read = rule({"Arn": QUEUE, "InputTransformer": template})
    moto.emit(EVENT)
    assert read() == [{"height": 3, "by": ACCOUNT_ID}]


def test_a_target_that_moto_cannot_reach_keeps_no_other_from_the_event(rule, caplog):
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT_ID}:function:page"
    read = rule({"Arn": function}, {"Arn": QUEUE})
    moto.emit(EVENT)
    assert len(read()) == 1
    assert f"no event by rule tides to {function}" in caplog.text


def test_a_disabled_rule_and_another_source_deliver_nothing(rule):
    read = rule({"Arn": QUEUE}, state="DISABLED")
    moto.emit(EVENT)
    assert read() == []
    read = rule({"Arn": QUEUE})
    moto.emit({**EVENT, "source": "aws.winds"})
    assert read() == []


def test_an_event_where_moto_has_no_region_is_nothing_but_logged(fresh, caplog):
    moto.emit({**EVENT, "region": "mars-1"})
    assert "no events in mars-1" in caplog.text


@pytest.mark.parametrize(
    "topic", ["arn:aws:sns:us-east-1:123456789012:nowhere", "arn:aws:sns:mars-1:1:t"]
)
def test_a_topic_that_is_not_there_is_an_error_of_aws(fresh, topic):
    with pytest.raises(AwsError):
        moto.publish(topic, "hello", "a subject")
