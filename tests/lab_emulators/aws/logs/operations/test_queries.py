import threading
from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.logs import query_request
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.logs.operations.queries import MAX_CONCURRENT
from lab_emulators.store import StoreClosedError

ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


@pytest.fixture
def start(call: Any, put: Any, clock: Any) -> Callable[..., str]:
    """Starts a query of group `g` over the last hour; gives its id."""

    def started(text: str, **more: Any) -> str:
        now = int(clock.now)
        asked = {"logGroupName": "g", "startTime": now - 3600, "endTime": now} | more
        return str(call("StartQuery", queryString=text, **asked)["queryId"])

    return started


@pytest.fixture
def ask(start: Any, call: Any, clock: Any, eventually: Any) -> Any:
    """The complete answer of a query."""

    def asked(text: str, **more: Any) -> dict[str, Any]:
        identity = start(text, **more)
        clock.now += 1

        def complete() -> Any:
            found = call("GetQueryResults", queryId=identity)
            return found if found["status"] not in ("Scheduled", "Running") else None

        found: dict[str, Any] = eventually(complete)
        return found

    return asked


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Queries that never end by themselves; set when the first one runs."""
    begun = threading.Event()

    def run(tree: Any, reader: Any, span: Any, setting: Any) -> Any:
        begun.set()
        return reader.execute(ENDLESS)

    monkeypatch.setattr(query_request, "run", run)
    return begun


def values(found: dict[str, Any]) -> list[dict[str, str]]:
    """The rows as dicts."""
    return [{cell["field"]: cell["value"] for cell in row} for row in found["results"]]


def test_a_query_answers_rows_and_statistics(put: Any, ask: Any) -> None:
    put('{"ms": 10, "route": "/a"}', '{"ms": 30, "route": "/a"}', "noise")
    found = ask("filter route = '/a' | stats avg(ms) as mean by route")
    assert values(found) == [{"route": "/a", "mean": "20"}]
    assert (found["status"], found["queryLanguage"]) == ("Complete", "CWLI")
    told = found["statistics"]
    assert (told["recordsMatched"], told["recordsScanned"]) == (2.0, 3.0)
    assert (told["logGroupsScanned"], told["bytesScanned"] > 50) == (1.0, True)


def test_a_query_that_was_just_started_is_not_complete(
    start: Any, call: Any, put: Any
) -> None:
    put("event")
    found = call("GetQueryResults", queryId=start("fields @message"))
    assert found["status"] in ("Scheduled", "Running")
    assert (found["results"], found["statistics"]["recordsScanned"]) == ([], 0.0)


def test_every_row_has_a_pointer_of_its_own(put: Any, ask: Any) -> None:
    put('{"ms": 10}', '{"ms": 10}')
    first, second = (row["@ptr"] for row in values(ask("fields ms")))
    assert first != second
    assert [row["@ptr"] for row in values(ask("fields ms"))] == [first, second]


def test_the_end_of_the_range_is_included(put: Any, ask: Any, clock: Any) -> None:
    for at in (-1, 0, 1):
        put(str(at), at=at)
    end = {"startTime": int(clock.now), "endTime": int(clock.now) + 1}
    assert [row["@message"] for row in values(ask("fields @message", **end))] == [
        "1",
        "0",
    ]


def test_groups_may_be_named_in_three_ways(put: Any, ask: Any, call: Any) -> None:
    put("event")
    call("CreateLogGroup", logGroupName="empty")
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:g"
    for where in (
        {"logGroupNames": ["g", "empty"]},
        {"logGroupIdentifiers": [arn]},
        {"logGroupIdentifiers": ["g"]},
    ):
        found = ask("fields @message", logGroupName=None, **where)
        assert [row["@message"] for row in values(found)] == ["event"]


def test_a_limit_of_the_call_holds_where_the_query_has_none(put: Any, ask: Any) -> None:
    put(*"abcde")
    assert len(ask("fields @message", limit=2)["results"]) == 2
    assert len(ask("fields @message | limit 3", limit=2)["results"]) == 3


def test_long_results_come_in_pages(put: Any, ask: Any, start: Any, call: Any) -> None:
    put(*"abc")
    ask("fields @message")
    (newest,) = call("DescribeQueries", maxResults=1)["queries"]
    asked = {"queryId": newest["queryId"], "maxItems": 2}
    first = call("GetQueryResults", **asked)
    rest = call("GetQueryResults", nextToken=first["nextToken"], **asked)
    rows = [row["@message"] for row in values(first) + values(rest)]
    assert (rows, "nextToken" in rest) == (["c", "b", "a"], False)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("fields @message | frobnicate x", "frobnicate"),
        ("filter level == 'x'\n| sort by", None),
        ("stats pct(ms) by bin(1m)", "pct(ms)"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_with_the_place(
    refused: Any, put: Any, clock: Any, text: str, place: str | None
) -> None:
    asked = {"logGroupName": "g", "startTime": 0, "endTime": int(clock.now)}
    error = refused("StartQuery", queryString=text, **asked)
    told = error.members["queryCompileError"]
    where = told["location"]
    assert error.code == "MalformedQueryException"
    assert "line" in error.message and told["message"] in error.message
    if place:
        assert text[where["startCharOffset"] : where["endCharOffset"]] == place


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "InvalidParameterException"),
        (
            {"logGroupName": "g", "logGroupNames": ["g"]},
            "InvalidParameterException",
        ),
        ({"logGroupName": "no"}, "ResourceNotFoundException"),
        (
            {"logGroupIdentifiers": ["arn:aws:s3:::b"]},
            "InvalidParameterException",
        ),
        ({"logGroupNames": [f"g{n}" for n in range(51)]}, "InvalidParameterException"),
        ({"logGroupName": "g", "endTime": 0}, "InvalidParameterException"),
        ({"logGroupName": "g", "queryLanguage": "SQL"}, "NotImplementedException"),
        (
            {"logGroupName": "g", "endTime": 1_600_000_000, "startTime": 0},
            "MalformedQueryException",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(
    refused: Any, put: Any, clock: Any, given: dict[str, Any], code: str
) -> None:
    now = int(clock.now)
    asked = {"startTime": now - 60, "endTime": now, "queryString": "limit 1"} | given
    assert refused("StartQuery", **asked).code == code


def test_a_running_query_is_stopped_once(
    start: Any, call: Any, refused: Any, clock: Any, endless: threading.Event
) -> None:
    identity = start("fields @message")
    assert endless.wait(10)
    clock.now += 1
    assert call("GetQueryResults", queryId=identity)["status"] == "Running"
    assert call("StopQuery", queryId=identity) == {"success": True}
    found = call("GetQueryResults", queryId=identity)
    assert (found["status"], found["results"]) == ("Cancelled", [])
    again = refused("StopQuery", queryId=identity)
    assert (again.code, "not running" in again.message) == (
        "InvalidParameterException",
        True,
    )


def test_only_so_many_queries_run_at_once(
    start: Any, refused: Any, call: Any, clock: Any, endless: threading.Event
) -> None:
    first = [start("limit 1") for _ in range(MAX_CONCURRENT)]
    now = int(clock.now)
    asked = {"logGroupName": "g", "startTime": now, "endTime": now}
    error = refused("StartQuery", queryString="limit 1", **asked)
    assert error.code == "LimitExceededException"
    call("StopQuery", queryId=first[0])
    start("limit 1")


def test_an_unknown_query_is_not_found(refused: Any) -> None:
    for operation in ("GetQueryResults", "StopQuery"):
        assert refused(operation, queryId="x").code == "ResourceNotFoundException"


def test_queries_are_described_from_the_newest(
    ask: Any, start: Any, call: Any, clock: Any
) -> None:
    ask("limit 1")
    start("limit 2")
    found = call("DescribeQueries", logGroupName="g")["queries"]
    assert [each["queryString"] for each in found] == ["limit 2", "limit 1"]
    assert found[1]["createTime"] == int(clock.now - 1) * 1000
    (done,) = call("DescribeQueries", status="Complete")["queries"]
    assert (done["queryString"], "queryDuration" in found[0]) == ("limit 1", False)
    assert call("DescribeQueries", logGroupName="other")["queries"] == []


def test_results_are_kept_for_a_week(
    ask: Any, start: Any, call: Any, refused: Any, clock: Any
) -> None:
    ask("limit 1")
    (query,) = call("DescribeQueries")["queries"]
    clock.now += 8 * 86_400
    gone = refused("GetQueryResults", queryId=query["queryId"])
    assert gone.code == "ResourceNotFoundException"
    start("limit 2")
    assert len(call("DescribeQueries")["queries"]) == 1


def test_an_engine_that_ends_stops_its_queries(
    start: Any, logs: Logs, endless: threading.Event
) -> None:
    start("limit 1")
    assert endless.wait(10)
    logs.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not any(name.startswith("logs-query") for name in names)


def test_a_reset_forgets_queries_and_answers_new_ones(
    ask: Any, logs: Logs, call: Any
) -> None:
    ask("limit 1")
    logs.reset()
    assert call("DescribeQueries")["queries"] == []
    call("CreateLogGroup", logGroupName="g")
    assert ask("limit 1")["status"] == "Complete"


def test_a_query_that_comes_after_the_end_is_told_so(start: Any, logs: Logs) -> None:
    logs.close()
    with pytest.raises(StoreClosedError):
        start("limit 1")
    assert logs.call("DescribeQueries", {})["queries"] == []


def test_each_of_several_groups_has_its_own_retention(
    put: Any, ask: Any, call: Any, clock: Any
) -> None:
    call("CreateLogGroup", logGroupName="short")
    call("CreateLogStream", logGroupName="short", logStreamName="s")
    put("long", at=-3 * 86_400)
    stamp = int(clock.now - 3 * 86_400) * 1000
    events = [{"timestamp": stamp, "message": "short"}]
    place = {"logGroupName": "short", "logStreamName": "s"}
    call("PutLogEvents", logEvents=events, **place)
    call("PutRetentionPolicy", logGroupName="short", retentionInDays=1)
    names, since = ["g", "short"], int(clock.now) - 7 * 86_400
    found = ask(
        "fields @message", logGroupName=None, logGroupNames=names, startTime=since
    )
    assert [row["@message"] for row in values(found)] == ["long"]
    assert found["statistics"]["recordsScanned"] == 1
