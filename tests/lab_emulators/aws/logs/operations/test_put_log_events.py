"""PutLogEvents: every limit, what is rejected, and messages exactly as they came."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.logs.model import AcceptedBatch
from lab_emulators.aws.logs.repository.events_table import EventSelection

Call = Callable[..., dict[str, Any]]
HOUR, DAY = 3_600_000, 86_400_000
NOW = 1_700_000_040_000
PLACE = {"logGroupName": "g", "logStreamName": "s"}


@pytest.fixture(autouse=True)
def stream(call: Call) -> None:
    call("CreateLogGroup", logGroupName="g")
    call("CreateLogStream", **PLACE)


def event(message: str = "hi", at: int = 0) -> dict[str, Any]:
    return {"timestamp": NOW + at, "message": message}


def kept(logs: Logs) -> list[tuple[int, str]]:
    events = logs.core.events.read("g", EventSelection())
    return [(each.position.time_ms - NOW, each.message) for each in events]


def sent(logs: Logs, *events: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({**PLACE, "logEvents": events})
    return logs.raw["PutLogEvents"](body.encode())


def refusal(logs: Logs, *events: dict[str, Any]) -> str:
    with pytest.raises(AwsError) as caught:
        sent(logs, *events)
    assert kept(logs) == []
    return f"{caught.value.code}: {caught.value.message}"


def test_what_is_acknowledged_is_there(logs: Logs) -> None:
    answer = sent(logs, event("one"), event("two", 5))
    assert kept(logs) == [(0, "one"), (5, "two")]
    assert len(answer["nextSequenceToken"]) == 56
    assert "rejectedLogEventsInfo" not in answer


def test_parsed_parameters_do_the_same_as_the_raw_body(logs: Logs, call: Call) -> None:
    sent(logs, event("raw"))
    call("PutLogEvents", **PLACE, logEvents=[event("parsed", 1)], sequenceToken="old")
    assert kept(logs) == [(0, "raw"), (1, "parsed")]


@pytest.mark.parametrize(
    "text",
    [
        "naïve 日本語 \U0001f426",
        "two\nlines\r\n\ttabs\0and nothing",
        '{"quotes": "\\" and \\\\"}',
        " " * 3,
        "x" * (1_048_576 - 26),
    ],
    ids=["unicode", "control", "json", "blank", "largest"],
)
def test_a_message_comes_back_as_it_was_sent(logs: Logs, text: str) -> None:
    sent(logs, event(text))
    assert kept(logs) == [(0, text)]


def test_half_a_character_becomes_a_replacement_character(
    logs: Logs, call: Call
) -> None:
    sent(logs, event("whole"), event("a\ud800b"))
    call("PutLogEvents", **PLACE, logEvents=[event("\udfff")])
    assert sorted(text for _, text in kept(logs)) == ["a\ufffdb", "whole", "\ufffd"]


def test_a_body_that_is_no_utf_8_is_refused(logs: Logs) -> None:
    body = json.dumps({**PLACE, "logEvents": [event("hé")]}, ensure_ascii=False)
    with pytest.raises(AwsError, match="not JSON") as caught:
        logs.raw["PutLogEvents"](body.encode("latin-1"))
    assert caught.value.code == "SerializationException"


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"[" * 10_000])
def test_a_body_that_is_no_object_is_refused(logs: Logs, body: bytes) -> None:
    with pytest.raises(AwsError) as caught:
        logs.raw["PutLogEvents"](body)
    assert caught.value.code == "SerializationException"


def test_a_wrong_type_is_named_by_its_place(logs: Logs) -> None:
    wrong = [event(), event() | {"timestamp": "now"}]
    assert "SerializationException" in refusal(logs, *wrong)
    assert "$.logEvents[1].timestamp" in refusal(logs, *wrong)


@pytest.mark.parametrize("time", [2**63, -(2**64)])
def test_a_time_beyond_64_bits_is_refused(logs: Logs, time: int) -> None:
    assert "64-bit" in refusal(logs, {"timestamp": time, "message": "x"})


def test_a_missing_member_is_named_as_aws_does(logs: Logs) -> None:
    said = refusal(logs, event(), {"message": "when?"})
    assert said.startswith("InvalidParameterException: 1 validation error detected")
    assert "'logEvents.2.member.timestamp'" in said
    assert "must not be null" in said


def test_an_empty_message_is_refused(logs: Logs) -> None:
    said = refusal(logs, event(), event(""))
    assert "'logEvents.2.member.message'" in said
    assert "length greater than or equal to 1" in said


def test_a_time_before_1970_is_refused(logs: Logs) -> None:
    said = refusal(logs, {"timestamp": -5, "message": "x"})
    assert "Value '-5' at 'logEvents.1.member.timestamp'" in said


def test_a_batch_has_at_least_one_event_and_at_most_10_000(logs: Logs) -> None:
    assert "greater than or equal to 1" in refusal(logs)
    assert "less than or equal to 10000" in refusal(logs, *[event()] * 10_001)
    sent(logs, *[event()] * 10_000)
    assert len(kept(logs)) == 10_000


def test_an_event_may_have_a_mebibyte_with_its_26_bytes(logs: Logs) -> None:
    text = "é" * ((1_048_576 - 26) // 2) + "x"
    said = refusal(logs, event(text))
    assert said.endswith("Log event too large: 1048577 bytes exceeds limit of 1048576")


def test_a_batch_may_have_a_mebibyte_with_26_bytes_an_event(logs: Logs) -> None:
    half = 1_048_576 // 2 - 26
    said = refusal(logs, event("x" * half), event("y" * (half + 1)))
    assert said.endswith("Upload too large: 1048577 bytes exceeds limit of 1048576")
    sent(logs, event("x" * half), event("y" * half))
    assert len(kept(logs)) == 2


def test_events_must_be_in_the_order_of_time(logs: Logs) -> None:
    said = refusal(logs, event(at=1), event(at=0))
    assert said.endswith("PutLogEvents request must be in chronological order.")


def test_a_batch_may_span_24_hours_and_no_more(logs: Logs) -> None:
    said = refusal(logs, event(at=-DAY - 1), event())
    assert said.endswith("PutLogEvents request cannot span more than 24 hours.")
    sent(logs, event(at=-DAY), event())
    assert len(kept(logs)) == 2


def test_old_and_new_events_are_rejected_and_the_others_kept(logs: Logs) -> None:
    ages = (-14 * DAY - 1, -14 * DAY - 1, -5, 0, 2 * HOUR, 2 * HOUR + 1)
    answer = sent(logs, *(event(at=age) for age in ages))
    assert [age for age, _ in kept(logs)] == [-5, 0, 2 * HOUR]
    rejected = {"tooOldLogEventEndIndex": 2, "tooNewLogEventStartIndex": 5}
    assert answer["rejectedLogEventsInfo"] == rejected


def test_events_older_than_the_retention_are_rejected_as_expired(
    logs: Logs, call: Call
) -> None:
    call("PutRetentionPolicy", logGroupName="g", retentionInDays=3)
    answer = sent(logs, event(at=-15 * DAY), event(at=-3 * DAY - 1), event(at=-5))
    assert kept(logs) == [(-5, "hi")]
    rejected = {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2}
    assert answer["rejectedLogEventsInfo"] == rejected


def test_a_batch_of_which_nothing_is_left_is_no_error(logs: Logs) -> None:
    answer = sent(logs, event(at=3 * HOUR))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}
    assert kept(logs) == []


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            {"logGroupName": "none"},
            "ResourceNotFoundException: The specified log group",
        ),
        ({"logStreamName": "x"}, "ResourceNotFoundException: The specified log stream"),
        ({"logGroupName": "a b"}, "InvalidParameterException: 1 validation error"),
        ({"logStreamName": "a:b"}, "InvalidParameterException: 1 validation error"),
    ],
)
def test_a_place_that_is_not_there_is_refused(
    refused: Callable[..., AwsError], names: dict[str, str], said: str
) -> None:
    error = refused("PutLogEvents", **PLACE | names, logEvents=[event()])
    assert f"{error.code}: {error.message}".startswith(said)


def test_listeners_hear_of_what_was_kept_once_it_is_durable(logs: Logs) -> None:
    heard: list[Any] = []
    logs.core.accepted.append(lambda told: heard.append((told, kept(logs))))
    sent(logs, event("old", -15 * DAY), event("kept", 1), event("too", 2))
    told, stored = heard[0]
    assert list(told.events) == [(NOW + 1, "kept"), (NOW + 2, "too")]
    assert told.events[1] == (NOW + 2, "too")
    assert (told.group, told.stream, told.ingested_ms) == ("g", "s", NOW)
    assert stored == [(1, "kept"), (2, "too")]


def test_a_listener_that_fails_does_not_fail_the_sender(
    logs: Logs, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(told: AcceptedBatch) -> None:
        raise ZeroDivisionError

    logs.core.accepted.insert(0, fail)
    sent(logs, event())
    assert kept(logs) == [(0, "hi")]
    assert "a listener failed at events of g" in caplog.text
