"""Lines to CloudWatch Logs: what the hook of notebook 04 writes of each request.

The lines of a day are one stream, whose name ends in the day's mark, so that a list of
streams tells whether another day is there.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lab_helpers.clients.cloudwatch import CloudWatchClient
from lab_helpers.clients.transport import aws
from lab_helpers.clients.transport.errors import CloudWatchError
from lab_helpers.history.sending.otlp import nanoseconds
from lab_helpers.history.sending.part import Part
from lab_helpers.history.sending.vendor import Advance, ReachError, Vendor
from lab_helpers.settings import Mode, Settings

RETENTION_DAYS = 14
"""A day is kept as long as it can be sent."""

MOST_EVENTS, MOST_BYTES, OVERHEAD = 10_000, 1_048_576, 26
LONGEST_MS = 86_400_000
"""Limits of one PutLogEvents, and the bytes AWS adds to each event."""

LATE = timedelta(hours=1)
"""A request that begins before midnight writes its line after it."""


class LogLine(NamedTuple):
    """A log event: its time in milliseconds since 1970, and its message."""

    at_ms: int
    message: str


class CloudWatchLogLines(Vendor[LogLine]):
    """CloudWatch Logs; the units are log events, the oldest first."""

    title = "CloudWatch Logs"
    unit = "line"
    event = "log event"
    reach_days = 14
    reach = "PutLogEvents takes events of the last 14 days"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._logs = aws.connect("logs", CloudWatchError)

    @property
    def mode(self) -> Mode:
        return self.settings.aws.mode

    def close(self) -> None:
        self._logs.close()

    def total(self, part: Part) -> int:
        return len(part.requests)

    def missing(self, part: Part) -> Sequence[LogLine]:
        lines = list(lines_of(part))
        group = self._group(part)
        if group is None:
            return lines
        self._check_retention(part, group)
        streams = set(self._streams(part))
        if streams - {_stream(part)}:
            raise self.other_day(part)
        if not streams:
            return lines
        total = len(part.all.requests)
        there = self.settled(
            lambda: self._messages(part), lambda some: 0 < len(some) < total
        )
        return [line for line in lines if line.message not in there]

    def put(self, part: Part, units: Sequence[LogLine], advance: Advance) -> None:
        if not units:
            return
        self._make_stream(part)
        for batch in batches(units):
            events = [{"timestamp": at, "message": text} for at, text in batch]
            with aws.refusals("put_log_events", CloudWatchError):
                answer = self._logs.put_log_events(
                    logGroupName=_group_name(part),
                    logStreamName=_stream(part),
                    logEvents=events,
                )
            if answer.get("rejectedLogEventsInfo"):
                text = f"events were rejected: {answer['rejectedLogEventsInfo']}"
                raise CloudWatchError("put_log_events", 200, text)
            advance(len(batch))

    def _group(self, part: Part) -> dict[str, Any] | None:
        """The log group as AWS describes it, if it is there."""
        groups = aws.pages(
            self._logs,
            "describe_log_groups",
            "logGroups",
            CloudWatchError,
            logGroupNamePrefix=_group_name(part),
        )
        own = (group for group in groups if group["logGroupName"] == _group_name(part))
        return next(own, None)

    def _check_retention(self, part: Part, group: dict[str, Any]) -> None:
        days = group.get("retentionInDays")
        now = pd.Timestamp.now("UTC")
        if days is not None and part.begin < now - pd.Timedelta(days=days):
            raise ReachError(
                f"{part.name} is {part.date}, too long ago for the log group "
                f"{_group_name(part)}: its retention in days is {days}. Choose a "
                "later 'date' or another 'name'."
            )

    def _streams(self, part: Part) -> Iterator[str]:
        """The names of the streams with lines of that date."""
        streams = aws.pages(
            self._logs,
            "describe_log_streams",
            "logStreams",
            CloudWatchError,
            logGroupName=_group_name(part),
            logStreamNamePrefix=_prefix(part),
        )
        return (stream["logStreamName"] for stream in streams)

    def _messages(self, part: Part) -> set[str]:
        """The lines of this day that are there."""
        midnight = part.midnight
        until = midnight + timedelta(days=1) + LATE
        client = CloudWatchClient(self._logs, self._logs)
        events = client.filter_events(
            "",
            _group_name(part),
            streams=[_stream(part)],
            time_range=(midnight.timestamp(), until.timestamp()),
        )
        return set(events["message"])

    def _make_stream(self, part: Part) -> None:
        """Makes group and stream where they are missing; the group with a retention."""
        with aws.refusals("create_log_group", CloudWatchError):
            if self._group(part) is None:
                self._logs.create_log_group(logGroupName=_group_name(part))
                self._logs.put_retention_policy(
                    logGroupName=_group_name(part), retentionInDays=RETENTION_DAYS
                )
        if not set(self._streams(part)):
            with aws.refusals("create_log_stream", CloudWatchError):
                self._logs.create_log_stream(
                    logGroupName=_group_name(part), logStreamName=_stream(part)
                )


def lines_of(part: Part) -> Iterator[LogLine]:
    """The line of each request, in order of the time it is written: the end."""
    requests = part.requests
    servers = part.servers.loc[requests["trace_id"]]
    took_ns = np.rint(requests["duration_ms"].to_numpy(np.float64) * 1000) * 1000
    ends = (nanoseconds(requests["start"]) + took_ns.astype(np.int64)) // 1_000_000
    order = np.argsort(ends, kind="stable").tolist()
    times = ends.tolist()
    names = ("method", "route", "status", "user", "duration_ms", "trace_id")
    columns = {name: requests[name].tolist() for name in names}
    columns["route"] = servers["http.route"].tolist()
    columns["span_id"] = servers["span_id"].tolist()
    for at in order:
        facts = {name: column[at] for name, column in columns.items()}
        facts["user"] = facts["user"] or None  # a robot has none
        yield LogLine(
            times[at], json.dumps({"level": level_of(facts["status"]), **facts})
        )


def level_of(status: int) -> str:
    """ERROR for what the app got wrong, WARNING for what the visitor did, else INFO."""
    if status >= 500:
        return logging.getLevelName(logging.ERROR)
    return logging.getLevelName(logging.WARNING if status >= 400 else logging.INFO)


def batches(lines: Sequence[LogLine]) -> Iterator[list[LogLine]]:
    """The lines in the order they came, cut by the limits of one PutLogEvents."""
    batch: list[LogLine] = []
    size = 0
    for line in lines:
        own = len(line.message.encode()) + OVERHEAD
        full = len(batch) == MOST_EVENTS or size + own > MOST_BYTES
        if batch and (full or line.at_ms - batch[0].at_ms > LONGEST_MS):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += own
    if batch:
        yield batch


def _group_name(part: Part) -> str:
    return f"{part.name}-requests"


def _prefix(part: Part) -> str:
    return f"{part.date:%Y/%m/%d}/api/"


def _stream(part: Part) -> str:
    return f"{_prefix(part)}{part.mark}"
