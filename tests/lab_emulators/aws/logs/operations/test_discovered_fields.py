"""GetLogRecord and GetLogGroupFields."""

from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.model import read_record_pointer, record_pointer
from lab_emulators.aws.logs.operations.discovered_fields import MOST_FIELDS, fields_of

Call = Callable[..., dict[str, Any]]
Put = Callable[..., None]
NOW = 1_700_000_040_000
OF_EVERY_EVENT = {
    "@ingestionTime", "@log", "@logStream", "@message", "@ptr", "@timestamp",
}  # fmt: skip


@pytest.fixture
def percents(call: Call) -> Callable[..., dict[str, int]]:
    def fields(**more: Any) -> dict[str, int]:
        found = call("GetLogGroupFields", logGroupName="g", **more)["logGroupFields"]
        return {one["name"]: one["percent"] for one in found}

    return fields


def test_a_pointer_leads_back_to_its_event() -> None:
    group, place = read_record_pointer(record_pointer("/a#b", NOW, 7))
    assert (group, place.time_ms, place.seq) == ("/a#b", NOW, 7)


def test_a_record_has_every_field_of_its_event(put: Put, call: Call) -> None:
    text = '{"n": 1.50, "ok": true, "no": null, "a": {"b": ["x", {"c": "é"}]}}'
    put("other", text)
    found = call("FilterLogEvents", logGroupName="g")["events"][1]["eventId"]
    ptr = record_pointer("g", int(found[:20]), int(found[20:]))
    assert call("GetLogRecord", logRecordPointer=ptr)["logRecord"] == {
        "@timestamp": str(NOW),
        "@ingestionTime": str(NOW),
        "@message": text,
        "@logStream": "s",
        "@log": "123456789012:g",
        "@ptr": ptr,
        "n": "1.5",
        "ok": "true",
        "a.b.0": "x",
        "a.b.1.c": "é",
    }


@pytest.mark.parametrize(
    ("ptr", "code"),
    [
        ("nonsense!", "InvalidParameterException"),
        ("bm9uZQ==", "InvalidParameterException"),
        ("WyJnIiwxLEluZmluaXR5XQ==", "InvalidParameterException"),
        (record_pointer("none", NOW, 1), "ResourceNotFoundException"),
        (record_pointer("g", NOW, 99), "ResourceNotFoundException"),
    ],
)
def test_a_pointer_to_nothing_is_refused(
    put: Put, refused: Callable[..., AwsError], ptr: str, code: str
) -> None:
    put("a")
    assert refused("GetLogRecord", logRecordPointer=ptr).code == code


def test_fields_are_told_with_their_share_of_the_events(
    put: Put, percents: Callable[..., dict[str, int]]
) -> None:
    put('{"a": 1, "b": {"c": 2}}', '{"a": 1}', "plain")
    shares = dict.fromkeys(OF_EVERY_EVENT, 100)
    assert percents() == shares | {"a": 67, "b.c": 33}
    assert list(percents())[-2:] == ["a", "b.c"]


def test_the_last_15_minutes_count_or_8_around_a_time(
    put: Put, percents: Callable[..., dict[str, int]]
) -> None:
    put('{"old": 1}', at=-16 * 60)
    put('{"young": 1}', at=-14 * 60)
    assert set(percents()) - OF_EVERY_EVENT == {"young"}
    at = NOW - 20 * 60_000
    for time in (at, at // 1000):
        assert set(percents(time=time)) - OF_EVERY_EVENT == {"old", "young"}


def test_a_group_without_events_has_no_fields(
    call: Call, percents: Callable[..., dict[str, int]]
) -> None:
    call("CreateLogGroup", logGroupName="g")
    assert percents() == {}


@pytest.mark.parametrize("text", ["plain", "[1]", "5", '{"a": ', "", '"x"'])
def test_what_is_no_json_object_has_no_fields(text: str) -> None:
    assert list(fields_of(text)) == []


def test_an_event_has_so_many_fields_and_no_more() -> None:
    text = "{" + ", ".join(f'"k{n}": {n}' for n in range(300)) + "}"
    found = dict(fields_of(text))
    assert len(found) == MOST_FIELDS
    assert found["k0"] == "0"


def test_nesting_without_end_is_no_error() -> None:
    assert list(fields_of('{"a":' * 100_000)) == []
