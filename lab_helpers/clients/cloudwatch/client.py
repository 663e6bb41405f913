"""Results from CloudWatch as DataFrames: logs, metrics and alarms, by its public API.

boto3 finds endpoint, region and credentials in the environment, as in any program of
yours; `lab.start()` has set them.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lab_helpers.analysis import HeatmapGrid
from lab_helpers.clients.cloudwatch import frames, heatmaps
from lab_helpers.clients.transport import aws
from lab_helpers.clients.transport.aws import TimeRange
from lab_helpers.clients.transport.errors import CloudWatchError, CloudWatchTimeoutError
from lab_helpers.clients.transport.waiting import Clock, Wait

ENDED = {"Complete", "Failed", "Cancelled", "Timeout"}


class CloudWatchClient:
    """CloudWatch's two APIs as tables; takes boto3 clients or makes its own."""

    def __init__(
        self, logs: Any = None, metrics: Any = None, *, clock: Clock = time
    ) -> None:
        self._clock = clock
        self._logs = logs or aws.connect("logs", CloudWatchError)
        self._metrics = metrics or aws.connect("cloudwatch", CloudWatchError)

    @property
    def endpoint(self) -> str:
        """The base URL of the Logs API."""
        return str(self._logs.meta.endpoint_url)

    def insights(
        self,
        query: str,
        log_groups: str | Sequence[str],
        *,
        time_range: TimeRange = 3600,
        pointers: bool = False,
        timeout_s: float = 60,
    ) -> pd.DataFrame:
        """The rows of a Logs Insights query, typed by `frames.of_results`.

        `.attrs["statistics"]` counts what was scanned and matched, `.attrs["query_id"]`
        identifies the query. CloudWatchError holds AWS's words and the position if it
        cannot read the query; CloudWatchTimeoutError when it takes too long: it is
        then stopped.
        """
        groups = [log_groups] if isinstance(log_groups, str) else list(log_groups)
        start, end = aws.window(time_range, self._clock)
        with aws.refusals("start_query", CloudWatchError):
            query_id = self._logs.start_query(
                logGroupNames=groups,
                startTime=int(start.timestamp()),
                endTime=int(end.timestamp()) + 1,  # whole seconds: keep the newest one
                queryString=query,
            )["queryId"]
        answer = self._finished(query_id, timeout_s)
        frame = frames.of_results(answer["results"], pointers=pointers)
        frame.attrs.update(statistics=answer.get("statistics", {}), query_id=query_id)
        return frame

    def filter_events(
        self,
        pattern: str,
        log_group: str,
        *,
        streams: Sequence[str] = (),
        time_range: TimeRange = 3600,
    ) -> pd.DataFrame:
        """The log events that match a filter pattern (EVENT_COLUMNS), the oldest first.

        The empty pattern matches all. CloudWatchError holds AWS's words if it cannot
        read the pattern.
        """
        start, end = aws.window(time_range, self._clock)
        parameters: dict[str, Any] = {
            "logGroupName": log_group,
            "startTime": int(start.timestamp() * 1000),
            "endTime": int(end.timestamp() * 1000),
        }
        if pattern:
            parameters["filterPattern"] = pattern
        if streams:
            parameters["logStreamNames"] = list(streams)
        events = aws.pages(
            self._logs, "filter_log_events", "events", CloudWatchError, **parameters
        )
        frame = frames.of_events(events)
        return frame.sort_values("time", kind="stable", ignore_index=True)

    def wait_for(
        self,
        pattern: str,
        log_group: str,
        *,
        events: int = 1,
        time_range: TimeRange = 600,
        timeout_s: float = 15,
    ) -> pd.DataFrame:
        """The matching log events, read again and again until there are enough.

        CloudWatchTimeoutError if they do not come; it says what to check.
        """
        with Wait(timeout_s, "waiting for CloudWatch", self._clock) as wait:
            for _ in wait.attempts(0.1, 2):
                frame = self.filter_events(pattern, log_group, time_range=time_range)
                if len(frame) >= events:
                    return frame
        raise CloudWatchTimeoutError(
            "FilterLogEvents",
            None,
            f"{len(frame)} events, not {events}, in {log_group} match {pattern!r} "
            f"after {timeout_s:.0f} s",
            "Was the handler flushed? watchtower sends once a minute unless told "
            "otherwise. Does the logger's level let the record through?",
        )

    def metric(
        self,
        namespace: str,
        name: str,
        *,
        stats: Sequence[str] = ("Average",),
        dimensions: Mapping[str, str] | None = None,
        period_s: int = 60,
        time_range: TimeRange = 3600,
    ) -> pd.DataFrame:
        """A metric by period: `time` (UTC, the period's start) and one column a stat.

        Stats are CloudWatch's: Average, Sum, SampleCount, Minimum, Maximum, p95, …
        Periods without data have no row.
        """
        pairs = [{"Name": k, "Value": v} for k, v in (dimensions or {}).items()]
        metric = {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}
        queries = [
            {
                "Id": f"m{number}",
                "MetricStat": {"Metric": metric, "Period": period_s, "Stat": stat},
            }
            for number, stat in enumerate(stats)
        ]
        return self._series(queries, list(stats), time_range)

    def expression(
        self,
        expression: str,
        metrics: Mapping[str, Mapping[str, Any]],
        *,
        label: str = "value",
        time_range: TimeRange = 3600,
    ) -> pd.DataFrame:
        """Metric math over `metrics` (id → MetricStat): `time` and a column `label`."""
        queries: list[dict[str, Any]] = [
            {"Id": identity, "MetricStat": dict(stat), "ReturnData": False}
            for identity, stat in metrics.items()
        ]
        queries.append({"Id": "m0", "Expression": expression})
        return self._series(queries, [label], time_range)

    def alarms(self, *names: str) -> pd.DataFrame:
        """The alarms of these names, or all: ALARM_COLUMNS."""
        parameters: dict[str, Any] = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        if names:
            parameters["AlarmNames"] = list(names)
        alarms: list[dict[str, Any]] = []
        for member in ("MetricAlarms", "CompositeAlarms"):
            alarms += aws.pages(
                self._metrics, "describe_alarms", member, CloudWatchError, **parameters
            )
        return frames.of_alarms(alarms)

    def alarm_history(self, name: str, *, kind: str = "StateUpdate") -> pd.DataFrame:
        """The history of an alarm: HISTORY_COLUMNS, the oldest first."""
        items = aws.pages(
            self._metrics,
            "describe_alarm_history",
            "AlarmHistoryItems",
            CloudWatchError,
            AlarmName=name,
            HistoryItemType=kind,
        )
        return frames.of_history(items)

    def heatmap(
        self,
        log_groups: str | Sequence[str],
        *,
        column: str = "duration_ms",
        where: str = "",
        time_range: TimeRange = 600,
        step_s: int = 1,
    ) -> HeatmapGrid:
        """A latency heatmap that Logs Insights counts: one query, one row a cell.

        `where` is the condition of a further `filter`. The buckets are those of
        `cloudwatch_heatmaps`, equal ratios. CloudWatchError if there are more cells
        than a query may return.
        """
        query = heatmaps.query(column, where, step_s)
        rows = self.insights(query, log_groups, time_range=time_range)
        return HeatmapGrid.from_frame(heatmaps.cells(rows, column, step_s))

    def _finished(self, query_id: str, timeout_s: float) -> dict[str, Any]:
        """The result of a query that completes in time."""
        with (
            Wait(timeout_s, "waiting for Logs Insights", self._clock) as wait,
            aws.refusals("get_query_results", CloudWatchError),
        ):
            for _ in wait.attempts(0.05, 1):
                answer: dict[str, Any] = self._logs.get_query_results(queryId=query_id)
                if answer["status"] == "Complete":
                    return answer
                if answer["status"] in ENDED:
                    text = f"the query ended as {answer['status']}"
                    raise CloudWatchError(f"query {query_id}", None, text)
            self._logs.stop_query(queryId=query_id)
        raise CloudWatchTimeoutError(
            f"query {query_id}",
            None,
            f"not complete after {timeout_s:.0f} s; it was stopped",
            "Ask for less: a shorter time range, or fewer log groups.",
        )

    def _series(
        self, queries: list[dict[str, Any]], names: list[str], time_range: TimeRange
    ) -> pd.DataFrame:
        start, end = aws.window(time_range, self._clock)
        results = aws.pages(
            self._metrics,
            "get_metric_data",
            "MetricDataResults",
            CloudWatchError,
            MetricDataQueries=queries,
            StartTime=start,
            EndTime=end,
            ScanBy="TimestampAscending",
        )
        return frames.of_series(list(results), names)

    def __repr__(self) -> str:
        return f"CloudWatch client for {self.endpoint}"
