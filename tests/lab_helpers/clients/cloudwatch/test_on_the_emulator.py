"""The client against the emulated CloudWatch, over HTTP like anyone else."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pandas as pd
import pytest

from lab_emulators.aws.cloud import opened
from lab_emulators.web.server import Server, bind
from lab_helpers.clients import CloudWatchClient, CloudWatchError

GROUP, STREAM, SPACE = "kittiwake", "api", "Kittiwake"
SLOW_MS, QUICK_MS = 400.0, 20.0
FAILED_EVERY = 5


class AWS:
    """A local AWS and clients of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        session = boto3.session.Session(
            aws_access_key_id="lab",
            aws_secret_access_key="lab-secret",
            region_name="us-east-1",
        )
        self.logs = session.client("logs", endpoint_url=url)
        self.metrics = session.client("cloudwatch", endpoint_url=url)
        self.client = CloudWatchClient(self.logs, self.metrics)
        # A whole minute some time ago: the lines begin there, one a second.
        self.begin = int(time.time()) // 60 * 60 - 300
        # To the future: a query must not end before its group was created.
        self.window = (self.begin, self.begin + 900)

    def states(self, *names: str) -> dict[str, str]:
        """The states of these alarms, once each of them has been evaluated."""
        deadline = time.monotonic() + 20
        while True:
            found = self.client.alarms(*names)
            shown = dict(zip(found["alarm"], found["state"], strict=True))
            if "INSUFFICIENT_DATA" not in shown.values():
                return shown
            assert time.monotonic() < deadline, shown
            time.sleep(0.05)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AWS]:
    """A CloudWatch with two minutes of log, and a filter that counted its failures."""
    with opened(tmp_path_factory.mktemp("cloud"), "us-east-1", appends=8) as cloud:
        server = Server("aws", cloud.gateway, bind(0)[0])
        made = AWS(server.url)
        made.logs.create_log_group(logGroupName=GROUP)
        made.logs.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)
        _count_failures(made.logs)
        made.logs.put_log_events(
            logGroupName=GROUP, logStreamName=STREAM, logEvents=_lines(made.begin)
        )
        yield made
        made.logs.close()
        made.metrics.close()
        server.stop()


def _count_failures(logs: Any) -> None:
    counting = {
        "metricNamespace": SPACE,
        "metricName": "Failures",
        "metricValue": "1",
        "defaultValue": 0,
    }
    logs.put_metric_filter(
        logGroupName=GROUP,
        filterName="failures",
        filterPattern="{ $.status >= 500 }",
        metricTransformations=[counting],
    )


def _lines(begin: int) -> list[dict[str, Any]]:
    """120 lines, one a second: every fifth failed and slow, one of them not JSON."""
    lines = []
    for number in range(120):
        bad = number % FAILED_EVERY == 0
        fields = {
            "number": number,
            "status": 500 if bad else 200,
            "route": "/b" if bad else "/a",
            "duration_ms": SLOW_MS if bad else QUICK_MS,
            "trace_id": f"{number:032d}",
        }
        lines.append(
            {"timestamp": 1000 * (begin + number), "message": json.dumps(fields)}
        )
    text = {"timestamp": 1000 * (begin + 120), "message": "a plain line of ERROR"}
    return [*lines, text]


@pytest.fixture
def alarm(aws: AWS) -> Iterator[Callable[..., str]]:
    """Make an alarm on the failures, of a threshold; it is gone after the test."""
    names: list[str] = []

    def make(name: str, threshold: float) -> str:
        names.append(name)
        aws.metrics.put_metric_alarm(
            AlarmName=name,
            Namespace=SPACE,
            MetricName="Failures",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=20,  # whenever this runs, the lines are among them
            DatapointsToAlarm=2,
            Threshold=threshold,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
        )
        return name

    yield make
    aws.metrics.delete_alarms(AlarmNames=names)


def test_a_query_gives_typed_columns_in_the_order_asked_for(aws: AWS) -> None:
    rows = aws.client.insights(
        "filter ispresent(route) | stats count(*) as n, pct(duration_ms, 50) as p50"
        " by route | sort route",
        GROUP,
        time_range=aws.window,
    )
    assert rows["route"].tolist() == ["/a", "/b"]
    assert rows["n"].tolist() == [96, 24]
    assert rows["p50"].tolist() == pytest.approx([QUICK_MS, SLOW_MS], rel=0.02)
    assert rows.attrs["statistics"]["recordsMatched"] == 120


def test_times_come_as_utc_and_ids_of_digits_stay_text(aws: AWS) -> None:
    rows = aws.client.insights(
        "fields @timestamp as time, trace_id | filter number < 2 | sort time",
        GROUP,
        time_range=aws.window,
    )
    assert rows["time"].tolist() == [
        pd.Timestamp(aws.begin, unit="s", tz="UTC"),
        pd.Timestamp(aws.begin + 1, unit="s", tz="UTC"),
    ]
    assert rows["trace_id"].tolist() == [f"{0:032d}", f"{1:032d}"]


def test_a_query_nobody_can_read_is_refused_with_its_place(aws: AWS) -> None:
    with pytest.raises(CloudWatchError, match=r"MalformedQuery.* buy .* position 16"):
        aws.client.insights("stats count(*) buy route", GROUP, time_range=aws.window)


def test_a_query_of_a_group_that_is_not_there_is_refused(aws: AWS) -> None:
    with pytest.raises(CloudWatchError, match="ResourceNotFound"):
        aws.client.insights("fields @message", "nowhere", time_range=aws.window)


def test_a_pattern_finds_lines_by_their_fields(aws: AWS) -> None:
    found = aws.client.filter_events(
        "{ $.status = 500 && $.number < 20 }", GROUP, time_range=aws.window
    )
    numbers = [json.loads(text)["number"] for text in found["message"]]
    assert numbers == [0, 5, 10, 15]
    assert found["time"].is_monotonic_increasing
    assert set(found["stream"]) == {STREAM}


def test_a_word_finds_text_and_the_empty_pattern_all(aws: AWS) -> None:
    found = aws.client.filter_events("ERROR", GROUP, time_range=aws.window)
    assert found["message"].tolist() == ["a plain line of ERROR"]
    assert len(aws.client.filter_events("", GROUP, time_range=aws.window)) == 121


def test_a_filter_made_a_metric_of_the_lines(aws: AWS) -> None:
    series = aws.client.metric(
        SPACE, "Failures", stats=["Sum", "SampleCount"], time_range=aws.window
    )
    first = pd.Timestamp(aws.begin, unit="s", tz="UTC")
    assert series["time"].tolist()[:2] == [first, first + pd.Timedelta(minutes=1)]
    assert series["Sum"].tolist() == [12, 12, 0]


def test_metric_math_is_done_there(aws: AWS) -> None:
    metric = {"Namespace": SPACE, "MetricName": "Failures"}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    series = aws.client.expression(
        "failures * 5", {"failures": stat}, label="visits", time_range=aws.window
    )
    assert series["visits"].tolist() == [60, 60, 0]


def test_a_metric_nobody_wrote_is_a_frame_without_rows(aws: AWS) -> None:
    series = aws.client.metric(
        "Nobody", "Nothing", stats=["Sum"], time_range=aws.window
    )
    assert list(series) == ["time", "Sum"]
    assert series.empty


def test_an_alarm_goes_off_and_another_does_not(
    aws: AWS, alarm: Callable[..., str]
) -> None:
    noisy, calm = alarm("noisy", 12), alarm("calm", 13)
    assert aws.states(noisy, calm) == {"calm": "OK", "noisy": "ALARM"}


def test_an_alarm_says_what_it_watches(aws: AWS, alarm: Callable[..., str]) -> None:
    (row,) = aws.client.alarms(alarm("watching", 12)).itertuples()
    assert row.condition == ">= 12 in 2 of 20 of 60 s"
    assert row.metric == f"Sum of {SPACE} Failures"


def test_the_history_tells_how_it_came_to_that(
    aws: AWS, alarm: Callable[..., str]
) -> None:
    name = alarm("remembered", 12)
    assert aws.states(name) == {name: "ALARM"}
    history = aws.client.alarm_history(name)
    assert history["state"].tolist() == ["ALARM"]
    assert history["kind"].tolist() == ["StateUpdate"]
    made = aws.client.alarm_history(name, kind="ConfigurationUpdate")
    assert made["state"].tolist() == [""]


def test_the_heatmap_holds_every_line_that_has_a_duration(aws: AWS) -> None:
    grid = aws.client.heatmap(GROUP, time_range=aws.window, step_s=10)
    assert grid.counts.sum() == 120
    filled = grid.per_bucket[grid.per_bucket > 0]
    assert filled.tolist() == [96, 24]


def test_a_condition_narrows_the_heatmap(aws: AWS) -> None:
    grid = aws.client.heatmap(
        GROUP, where='route = "/b"', time_range=aws.window, step_s=60
    )
    assert grid.per_bucket.sum() == 24
    assert grid.edges[0] <= SLOW_MS <= grid.edges[-1]


def test_waiting_ends_with_what_came(aws: AWS) -> None:
    since = int(time.time()) - aws.begin + 60
    pattern = "{ $.status = 500 }"
    found = aws.client.wait_for(pattern, GROUP, events=24, time_range=since)
    assert len(found) >= 24
