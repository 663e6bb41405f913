"""The client against botocore's own idea of CloudWatch's answers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pandas as pd
import pytest
from botocore.stub import ANY, Stubber

from lab_helpers.clients import (
    CloudWatchClient,
    CloudWatchError,
    CloudWatchTimeoutError,
)

MOMENT = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = MOMENT.timestamp()

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


def stubbed(service: str) -> Stubber:
    """A boto3 client that answers what it is told to, in order."""
    return Stubber(
        boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url="http://127.0.0.1:1",
            aws_access_key_id="lab",
            aws_secret_access_key="lab-secret",
        )
    )


@pytest.fixture
def logs() -> Iterator[Stubber]:
    with stubbed("logs") as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def metrics() -> Iterator[Stubber]:
    with stubbed("cloudwatch") as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def cloudwatch(logs: Stubber, metrics: Stubber) -> CloudWatchClient:
    return CloudWatchClient(logs.client, metrics.client, clock=Clock())


def row(**fields: str) -> list[dict[str, str]]:
    return [{"field": name, "value": value} for name, value in fields.items()]


def answer(logs: Stubber, *rows: Any, status: str = "Complete") -> None:
    logs.add_response("start_query", {"queryId": "q-1"})
    counts = {"recordsMatched": 2.0, "recordsScanned": 3.0, "bytesScanned": 90.0}
    found = {"status": status, "results": list(rows), "statistics": counts}
    logs.add_response("get_query_results", found, {"queryId": "q-1"})


def test_a_column_has_the_type_that_all_its_values_share(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    rows = [
        row(step="2026-03-02 09:59:00.000", n="12", p95="1.5", who="7", mixed="1"),
        row(step="2026-03-02 10:00:00.000", n="3", p95="2", who="x", mixed="a"),
    ]
    answer(logs, *rows)
    frame = cloudwatch.insights("stats …", "g")
    assert [str(kind) for kind in frame.dtypes] == [
        "datetime64[ns, UTC]", "int64", "float64", "str", "str",
    ]  # fmt: skip
    assert frame["step"][1] == pd.Timestamp(MOMENT)


@pytest.mark.parametrize(
    "text",
    ["007", "1234567e12345678", "12345678901234567890123456789012", "+1", "NaN", ""],
)
def test_an_id_that_looks_like_a_number_stays_text(
    logs: Stubber, cloudwatch: CloudWatchClient, text: str
) -> None:
    answer(logs, row(trace_id=text))
    assert cloudwatch.insights("fields trace_id", "g")["trace_id"].tolist() == [text]


def test_missing_fields_are_missing_values(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    answer(logs, row(a="1"), row(a="2", b="x"))
    frame = cloudwatch.insights("fields a, b", "g")
    assert frame["b"].isna().tolist() == [True, False]


def test_statistics_come_with_the_rows_and_pointers_only_if_asked(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    line = [*row(a="1"), {"field": "@ptr", "value": "p"}]
    answer(logs, line)
    frame = cloudwatch.insights("fields a", "g")
    assert frame.columns.tolist() == ["a"]
    assert frame.attrs["statistics"]["recordsScanned"] == 3
    answer(logs, line)
    assert "@ptr" in cloudwatch.insights("fields a", "g", pointers=True)


def test_a_query_asks_until_it_is_complete(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    logs.add_response("start_query", {"queryId": "q-1"}, {
        "logGroupNames": ["g", "h"],
        "startTime": int(MOMENT.timestamp()) - 60,
        "endTime": int(MOMENT.timestamp()) + 1,
        "queryString": "fields a",
    })  # fmt: skip
    for status in ("Scheduled", "Running", "Complete"):
        found: dict[str, Any] = {"status": status, "results": [row(a="1")]}
        logs.add_response("get_query_results", found)
    assert len(cloudwatch.insights("fields a", ["g", "h"], time_range=60)) == 1


def test_a_query_that_takes_too_long_is_stopped(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    logs.add_response("start_query", {"queryId": "q-1"})
    for _ in range(30):
        logs.add_response("get_query_results", {"status": "Running", "results": []})
    stopped = []
    logs.client.stop_query = lambda queryId: stopped.append(queryId)  # noqa: N803
    with pytest.raises(CloudWatchTimeoutError, match="shorter time range"):
        cloudwatch.insights("fields a", "g", timeout_s=5)
    assert stopped == ["q-1"]
    logs._queue.clear()  # type: ignore[attr-defined]


def test_a_query_that_failed_says_so(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    answer(logs, status="Failed")
    with pytest.raises(CloudWatchError, match="ended as Failed"):
        cloudwatch.insights("fields a", "g")


def test_a_refusal_keeps_the_words_of_aws(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    logs.add_client_error("start_query", "MalformedQueryException", "char 7", 400)
    with pytest.raises(CloudWatchError) as caught:
        cloudwatch.insights("nonsense", "g")
    assert caught.value.message == "MalformedQueryException: char 7"


def event(number: int) -> dict[str, Any]:
    at = int(MOMENT.timestamp() * 1000) + number
    return {
        "logStreamName": "s", "timestamp": at, "message": f"line {number}",
        "ingestionTime": at + 5, "eventId": f"{number:056d}",
    }  # fmt: skip


def test_events_of_every_page_come_in_order_of_time(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    asked = {
        "logGroupName": "g", "startTime": ANY, "endTime": ANY, "filterPattern": "line"
    }  # fmt: skip
    first = {"events": [event(2)], "nextToken": "more"}
    logs.add_response("filter_log_events", first, asked)
    last = {"events": [event(1)]}
    logs.add_response("filter_log_events", last, asked | {"nextToken": "more"})
    frame = cloudwatch.filter_events("line", "g")
    assert frame["message"].tolist() == ["line 1", "line 2"]
    assert (frame["ingested"] - frame["time"]).dt.microseconds.tolist() == [5000] * 2


def test_waiting_in_vain_says_what_to_check(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    for _ in range(30):
        logs.add_response("filter_log_events", {"events": []})
    with pytest.raises(CloudWatchTimeoutError, match="flushed"):
        cloudwatch.wait_for("line", "g", timeout_s=3)
    logs._queue.clear()  # type: ignore[attr-defined]


def test_each_statistic_of_a_metric_is_a_column(
    metrics: Stubber, cloudwatch: CloudWatchClient
) -> None:
    earlier = datetime(2026, 3, 2, 9, 59, tzinfo=UTC)
    results = [
        {"Id": "m0", "Timestamps": [earlier, MOMENT], "Values": [2.0, 3.0]},
        {"Id": "m1", "Timestamps": [MOMENT], "Values": [30.0]},
    ]
    metrics.add_response("get_metric_data", {"MetricDataResults": results})
    frame = cloudwatch.metric("app", "duration_ms", stats=("Average", "p95"))
    assert frame["Average"].tolist() == [2.0, 3.0]
    assert frame["p95"].isna().tolist() == [True, False]
    assert frame["time"].tolist() == [pd.Timestamp(earlier), pd.Timestamp(MOMENT)]


def test_metric_math_returns_only_its_own_result(
    metrics: Stubber, cloudwatch: CloudWatchClient
) -> None:
    stat = {
        "Metric": {"Namespace": "a", "MetricName": "n"},
        "Period": 60,
        "Stat": "Sum",
    }
    asked = [
        {"Id": "errors", "MetricStat": stat, "ReturnData": False},
        {"Id": "m0", "Expression": "100 * errors"},
    ]
    window = {"StartTime": ANY, "EndTime": ANY, "ScanBy": "TimestampAscending"}
    results = [{"Id": "m0", "Timestamps": [MOMENT], "Values": [4.0]}]
    metrics.add_response(
        "get_metric_data",
        {"MetricDataResults": results},
        {"MetricDataQueries": asked, **window},
    )
    frame = cloudwatch.expression("100 * errors", {"errors": stat}, label="percent")
    assert frame["percent"].tolist() == [4.0]


ALARM = {
    "AlarmName": "errors",
    "StateValue": "ALARM",
    "StateUpdatedTimestamp": MOMENT,
    "StateReason": "Threshold Crossed",
    "Namespace": "kittiwake",
    "MetricName": "errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def test_an_alarm_says_in_words_what_it_waits_for(
    metrics: Stubber, cloudwatch: CloudWatchClient
) -> None:
    metrics.add_response("describe_alarms", {"MetricAlarms": [ALARM]})
    both = {
        "AlarmName": "all",
        "StateValue": "OK",
        "StateUpdatedTimestamp": MOMENT,
        "AlarmRule": 'ALARM("errors")',
    }
    metrics.add_response("describe_alarms", {"CompositeAlarms": [both]})
    frame = cloudwatch.alarms()
    assert frame["alarm"].tolist() == ["all", "errors"]
    assert frame["condition"].tolist() == ['ALARM("errors")', "> 5 in 2 of 3 of 60 s"]
    assert frame["metric"].tolist() == ["", "Sum of kittiwake errors"]


def test_an_alarms_history_begins_with_the_oldest(
    metrics: Stubber, cloudwatch: CloudWatchClient
) -> None:
    items = [
        {
            "AlarmName": "errors",
            "Timestamp": datetime(2026, 3, 2, 10, minute, tzinfo=UTC),
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"to {state}",
            "HistoryData": json.dumps({"newState": {"stateValue": state}}),
        }
        for minute, state in ((5, "ALARM"), (1, "OK"))
    ]
    metrics.add_response("describe_alarm_history", {"AlarmHistoryItems": items})
    frame = cloudwatch.alarm_history("errors")
    assert frame["state"].tolist() == ["OK", "ALARM"]
    assert frame["summary"].tolist() == ["to OK", "to ALARM"]


def test_the_heatmap_is_counted_by_the_query(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    answer(
        logs,
        row(step="2026-03-02 09:59:58.000", bucket="10", n="4"),
        row(step="2026-03-02 10:00:00.000", bucket="11", n="2"),
    )
    grid = cloudwatch.heatmap("g", where='route = "/a"', step_s=2)
    assert grid.edges == pytest.approx([10, 10**1.1, 10**1.2])
    assert grid.counts.tolist() == [[4, 0], [0, 2]]
    assert grid.scale == "log"


def test_a_heatmap_of_nothing_is_empty(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    answer(logs)
    assert cloudwatch.heatmap("g").total == 0


def test_a_heatmap_with_too_many_cells_says_so(
    logs: Stubber, cloudwatch: CloudWatchClient
) -> None:
    cell = row(step="2026-03-02 09:59:58.000", bucket="10", n="4")
    answer(logs, *[cell] * 10_000)
    with pytest.raises(CloudWatchError, match="longer step_s"):
        cloudwatch.heatmap("g")
