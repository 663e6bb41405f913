"""FilterLogEvents: streams, times, patterns, pages in both directions."""

from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError

Call = Callable[..., dict[str, Any]]
Put = Callable[..., None]
NOW = 1_700_000_040_000


@pytest.fixture
def find(call: Call) -> Call:
    def events(**more: Any) -> dict[str, Any]:
        return call("FilterLogEvents", logGroupName="g", **more)

    return events


@pytest.fixture
def three_streams(put: Put, call: Call) -> None:
    """`a` and `d` in s, `b` in web-1, `c` in web-2, a second apart."""
    for name in ("web-1", "web-2"):
        call("CreateLogStream", logGroupName="g", logStreamName=name)
    for second, (name, text) in enumerate(
        [("s", "a"), ("web-1", "b"), ("web-2", "c"), ("s", "d")]
    ):
        event = {"timestamp": NOW + 1000 * second, "message": text}
        place = {"logGroupName": "g", "logStreamName": name}
        call("PutLogEvents", **place, logEvents=[event])


def texts(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_events_of_all_streams_come_in_the_order_of_time(
    three_streams: None, find: Call
) -> None:
    answer = find()
    assert texts(answer) == ["a", "b", "c", "d"]
    assert answer["searchedLogStreams"] == []
    assert "nextToken" not in answer
    names = [event["logStreamName"] for event in answer["events"]]
    assert names == ["s", "web-1", "web-2", "s"]


def test_streams_are_chosen_by_name_or_by_prefix(
    three_streams: None, find: Call
) -> None:
    assert texts(find(logStreamNames=["s", "web-2"])) == ["a", "c", "d"]
    assert texts(find(logStreamNamePrefix="web-")) == ["b", "c"]


def test_names_and_prefix_together_are_refused(
    three_streams: None, refused: Callable[..., AwsError]
) -> None:
    both = {"logStreamNames": ["s"], "logStreamNamePrefix": "w"}
    error = refused("FilterLogEvents", logGroupName="g", **both)
    assert error.code == "InvalidParameterException"


def test_a_stream_that_is_not_there_is_not_found(
    put: Put, refused: Callable[..., AwsError]
) -> None:
    error = refused("FilterLogEvents", logGroupName="g", logStreamNames=["none"])
    assert error.code == "ResourceNotFoundException"


def test_start_and_end_are_both_included(three_streams: None, find: Call) -> None:
    answer = find(startTime=NOW + 1000, endTime=NOW + 2000)
    assert texts(answer) == ["b", "c"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", ["error 500", "warn", '{"n": 5}', '{"n": 3}']),
        ("error", ["error 500"]),
        ("?error ?warn", ["error 500", "warn"]),
        ("-error -5 -3", ["warn"]),
        ("%[0-9]{3}%", ["error 500"]),
        ("{ $.n > 3 }", ['{"n": 5}']),
        ("[word, code = 5*0]", ["error 500"]),
    ],
)
def test_patterns_choose_events(
    put: Put, find: Call, pattern: str, found: list[str]
) -> None:
    put("error 500", "warn", '{"n": 5}', '{"n": 3}')
    assert texts(find(filterPattern=pattern)) == found


def test_a_pattern_that_cannot_be_read_is_refused(
    put: Put, refused: Callable[..., AwsError]
) -> None:
    error = refused("FilterLogEvents", logGroupName="g", filterPattern="{ $.n = }")
    assert error.code == "InvalidParameterException"
    assert error.message.startswith("Invalid filter pattern")


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, ["abc", "def", "g"]),
        ({"startFromHead": True}, ["abc", "def", "g"]),
        ({"startFromHead": False}, ["gfe", "dcb", "a"]),
    ],
)
def test_pages_have_everything_once(
    put: Put, find: Call, more: dict[str, bool], found: list[str]
) -> None:
    put(*"abcdefg")
    pages, rest = list[str](), dict[str, Any]()
    while True:
        page = find(**more, limit=3, **rest)
        pages.append("".join(texts(page)))
        if "nextToken" not in page:
            break
        rest = {"nextToken": page["nextToken"]}
    assert pages == found


def test_backwards_goes_no_further_than_2024(
    put: Put, refused: Callable[..., AwsError]
) -> None:
    asked = {"startFromHead": False, "startTime": 1_600_000_000_000}
    error = refused("FilterLogEvents", logGroupName="g", **asked)
    assert error.code == "InvalidParameterException"


@pytest.mark.parametrize("token", ["nonsense", "YXQgNQ==", "YXQgeA=="])
def test_a_token_never_given_is_refused(
    put: Put, refused: Callable[..., AwsError], token: str
) -> None:
    error = refused("FilterLogEvents", logGroupName="g", nextToken=token)
    assert error.message == "The specified nextToken is invalid."


def test_event_ids_are_unique_and_sort_like_the_events(put: Put, find: Call) -> None:
    put("late", at=5)
    put("a", "b", at=1)
    ids = [event["eventId"] for event in find()["events"]]
    assert ids == sorted(set(ids))
    assert {len(each) for each in ids} == {56}


def test_expired_events_are_not_found(
    put: Put, call: Call, find: Call, clock: Any
) -> None:
    put("old")
    call("PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    clock.now += 86_401
    assert texts(find()) == []


LINES = [
    '{"level": "ERROR", "status": 500}',
    '{"level": "INFO", "status": 200, "took": 500}',
    "GET /a 500 12",
    "GET /b 200 500",
    '{"status": 500',
]


@pytest.fixture
def five_lines(put: Put, call: Call) -> None:
    place = {"logGroupName": "g", "logStreamName": "s"}
    events = [
        {"timestamp": NOW + 1000 * second, "message": text}
        for second, text in enumerate(LINES)
    ]
    call("PutLogEvents", **place, logEvents=events)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("{ $.status = 500 }", [0]),
        ("{ $.took > 100 || $.level = ERR* }", [0, 1]),
        ("[method, path, status = 500, took]", [2]),
        ("[method, path, status, took > 100]", [3]),
    ],
)
def test_a_pattern_of_fields_finds_what_it_matches_and_no_more(
    five_lines: None, find: Call, pattern: str, wanted: list[int]
) -> None:
    assert texts(find(filterPattern=pattern)) == [LINES[place] for place in wanted]


def test_what_a_pattern_of_fields_matches_comes_page_by_page(
    five_lines: None, find: Call
) -> None:
    pattern = "[a, b, c, d > 1]"
    found, more = [], {}
    for _ in range(4):
        answer = find(filterPattern=pattern, limit=1, **more)
        found += texts(answer)
        if "nextToken" not in answer:
            break
        more = {"nextToken": answer["nextToken"]}
    assert found == texts(find(filterPattern=pattern)) == LINES[2:4]


def test_a_bad_pattern_is_refused_once_with_its_place(
    put: Put, refused: Callable[..., AwsError]
) -> None:
    error = refused("FilterLogEvents", logGroupName="g", filterPattern="{ $.a = }")
    assert error.code == "InvalidParameterException"
    assert error.message.count("nvalid") == 1
    assert "position" in error.message
