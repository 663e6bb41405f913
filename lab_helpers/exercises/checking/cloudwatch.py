"""Log groups of a check's own: lines put there, and events that arrived."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import wraps
from typing import Any

import boto3
import pandas as pd
import watchtower
from botocore.exceptions import EndpointConnectionError

from lab_helpers.clients import CloudWatchError
from lab_helpers.exercises.catalog import Exercise, Namespace
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss

STREAM = "checked"

Line = Mapping[str, Any]


@contextmanager
def fresh_group(context: Context) -> Iterator[str]:
    """A log group with a stream, of a name nobody used before; gone afterwards."""
    logs, group = boto3.client("logs"), f"check/{context.fresh_id()}"
    logs.create_log_group(logGroupName=group)
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=STREAM)
        yield group
    finally:
        forget(group)


def forget(group: str) -> None:
    """Deletes a group, if there is one of that name."""
    logs = boto3.client("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):
        logs.delete_log_group(logGroupName=group)


def put(group: str, lines: Sequence[tuple[float, Line]]) -> None:
    """Puts lines into the group's stream: (Unix time, fields), in any order."""
    events = [
        {"timestamp": int(at * 1000), "message": json.dumps(line)}
        for at, line in sorted(lines, key=lambda pair: pair[0])
    ]
    boto3.client("logs").put_log_events(
        logGroupName=group, logStreamName=STREAM, logEvents=events
    )


@contextmanager
def shipping(group: str) -> Iterator[watchtower.CloudWatchLogHandler]:
    """A handler of the check's own into that group; what it holds leaves at the end."""
    handler = watchtower.CloudWatchLogHandler(
        log_group_name=group, log_stream_name=STREAM, create_log_group=False
    )
    try:
        yield handler
    finally:
        handler.close()  # type: ignore[no-untyped-call]


@contextmanager
def recorded(
    logger: logging.Logger, group: str
) -> Iterator[Sequence[logging.LogRecord]]:
    """A logger that ships only to that group; yields the records that it got.

    What it ships has arrived at the handler's end. The logger is as before afterwards.
    """
    records: list[logging.LogRecord] = []
    handlers, level = logger.handlers, logger.level

    def seen(record: logging.LogRecord) -> bool:
        records.append(record)
        return True

    try:
        with shipping(group) as handler:
            handler.addFilter(seen)
            logger.handlers = [handler]
            logger.setLevel(logging.DEBUG)
            yield records
    finally:
        logger.handlers = handlers
        logger.setLevel(level)


def record_of(name: str, level: int, fields: Line) -> logging.LogRecord:
    """A record as a logger of that name would make it."""
    return logging.LogRecord(name, level, __file__, 0, dict(fields), None, None)


def arrived(
    context: Context, group: str, pattern: str = "", *, rows: int, at_least_s: float = 0
) -> pd.DataFrame:
    """The events of a group that match, once there are so many or patience ends."""
    begin = time.time() - 600

    def look() -> pd.DataFrame:
        window = (begin, time.time() + 60)
        try:
            return context.cloudwatch.filter_events(pattern, group, time_range=window)
        except CloudWatchError:  # the group is not there (yet)
            return pd.DataFrame()

    return context.wait_for(
        look, source=DataSource.LOGS, rows=rows, at_least_s=at_least_s
    )


def fields_of(events: pd.DataFrame) -> list[dict[str, Any]]:
    """The fields of each JSON line; a line that is none has its text as `message`."""
    return [_fields(text) for text in events.get("message", ())]


def _fields(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        return {"message": text}
    return fields if isinstance(fields, dict) else {"message": text}


def reaching(exercise: Exercise) -> Exercise:
    """Wraps an exercise: AWS endpoints that do not answer are a `Miss`, no defect."""

    @wraps(exercise.check)
    def check(names: Namespace, context: Context) -> None:
        try:
            exercise.check(names, context)
        except EndpointConnectionError as error:
            raise Miss(f"{error} Is the lab running? lab.start() says.") from None

    return replace(exercise, check=check)
