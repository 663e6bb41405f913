"""Exercise: a handler that sends soon, to a group that forgets."""

from __future__ import annotations

import logging
import time

import boto3

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.cloudwatch import (
    STREAM,
    arrived,
    fields_of,
    forget,
    record_of,
)
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

DAYS = 7
LATEST_S = 2
PATIENCE_S = 5.0
"""Seconds that such a handler may take to be read back; the machine may be busy."""


def check(names: Namespace, context: Context) -> None:
    """A record given to the handler arrives by itself, in a group that forgets."""
    group = f"check/{context.fresh_id()}"
    try:
        _check_handler(
            function_in(names, "make_handler")(group, STREAM), group, context
        )
    finally:
        forget(group)


def _check_handler(handler: object, group: str, context: Context) -> None:
    if not isinstance(handler, logging.Handler):
        raise Miss(f"make_handler returned {described(handler)}; return the handler")
    try:
        _check_interval(handler)
        begin = time.monotonic()
        handler.handle(record_of("check", logging.INFO, {"checked": group}))
        events = arrived(context, group, rows=1, at_least_s=PATIENCE_S)
        if events.empty:
            waited = time.monotonic() - begin
            raise Miss(f"nothing arrived in {group} in {waited:.0f} s without a flush")
        stream = events["stream"].iloc[0]
        if stream != STREAM:
            raise Miss(f"the event is in the stream {stream!r}, not in {STREAM!r}")
        if fields_of(events) != [{"checked": group}]:
            raise Miss(f"the event's text is {events['message'].iloc[0]!r}")
        _check_retention(group)
    finally:
        handler.close()


def _check_interval(handler: logging.Handler) -> None:
    """A handler that knows it will be late is not waited for.

    No clock could tell 2 s from 3 s on a busy machine. Without a queue watchtower sends
    each record at once, whatever its interval.
    """
    every = getattr(handler, "send_interval", None)
    if every is None or not getattr(handler, "use_queues", True):
        return
    if not isinstance(every, int | float):
        raise Miss(f"send_interval is {described(every)}; it is a number of seconds")
    if every > LATEST_S:
        unit = "; it counts seconds, not milliseconds" if every >= 1000 else ""
        raise Miss(
            f"the handler sends every {every:g} s; a record should leave after "
            f"{LATEST_S} s at the latest{unit}"
        )


def _check_retention(group: str) -> None:
    answer = boto3.client("logs").describe_log_groups(logGroupNamePrefix=group)
    days = answer["logGroups"][0].get("retentionInDays")
    if days is None:
        raise Miss("the record arrived; but the group keeps its events for ever")
    if days != DAYS:
        raise Miss(f"the group forgets its events after {days} days, not after {DAYS}")


SHIP = """\
def make_handler(group, stream):
    return watchtower.CloudWatchLogHandler(
        log_group_name=group,
        log_stream_name=stream,
        send_interval=2,
        log_group_retention_days=7,
    )
"""

EXERCISE = Exercise(
    name="ship_the_record",
    title="Ship the record",
    answer=("make_handler",),
    check=check,
    hints=(
        "Both missing values are numbers, and both are in the text above the cell: "
        "how long a record may wait, and how long the group keeps its events.",
        "send_interval counts the seconds since the first record that waits; "
        "log_group_retention_days is one of the numbers of days that CloudWatch "
        "offers, such as 1, 3, 5, 7 or 14.",
        "send_interval=2, and log_group_retention_days=7.",
    ),
    solution=SHIP,
    lesson="A record left by itself after two seconds, and its group forgets.",
    right={
        "every second": instead(SHIP, ("interval=2", "interval=1")),
        "no queue, so at once": instead(SHIP, ("send_interval=2", "use_queues=False")),
        "group and stream by position": instead(
            SHIP,
            ("log_group_name=group", "group"),
            ("log_stream_name=stream", "stream"),
        ),
    },
    wrong={
        "nearly five seconds": Wrong(
            instead(SHIP, ("interval=2", "interval=4.5")),
            "sends every 4.5 s; a record should leave after 2 s at the latest",
        ),
        "a number as text": Wrong(
            instead(SHIP, ("interval=2", 'interval="2"')),
            "send_interval is '2' (a str); it is a number of seconds",
        ),
        "once a minute": Wrong(
            instead(SHIP, ("interval=2", "interval=60")), "sends every 60 s"
        ),
        "milliseconds": Wrong(
            instead(SHIP, ("interval=2", "interval=2000")),
            "it counts seconds, not milliseconds",
        ),
        "nothing returned": Wrong(
            instead(SHIP, ("return ", "")), "make_handler returned None"
        ),
        "days nobody offers": Wrong(
            instead(SHIP, ("days=7", "days=8")), "your code raised InvalidParameter"
        ),
        "for ever": Wrong(
            instead(SHIP, ("        log_group_retention_days=7,\n", "")), "for ever"
        ),
        "a month": Wrong(instead(SHIP, ("days=7", "days=30")), "after 30 days"),
        "another stream": Wrong(
            instead(SHIP, ("name=stream", 'name="api"')), "in the stream 'api'"
        ),
    },
)
