"""Exercise: a handler that sends soon, to a group that forgets."""

from __future__ import annotations

import logging

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
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

DAYS = 7
_PATIENCE_S = 5.0


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
        raise Miss(f"make_handler returned {handler!r}, not a handler")
    try:
        handler.handle(record_of("check", logging.INFO, {"checked": group}))
        events = arrived(context, group, rows=1, at_least_s=_patience_s(handler))
        if events.empty:
            raise Miss(_why_late(handler, group))
        stream = events["stream"].iloc[0]
        if stream != STREAM:
            raise Miss(f"the event is in the stream {stream!r}, not in {STREAM!r}")
        if fields_of(events) != [{"checked": group}]:
            raise Miss(f"the event's text is {events['message'].iloc[0]!r}")
        _check_retention(group)
    finally:
        handler.close()


def _patience_s(handler: logging.Handler) -> float:
    """Seconds the record may take; a handler that sends later is not waited for."""
    every = getattr(handler, "send_interval", None)
    is_late = isinstance(every, int | float) and every > _PATIENCE_S
    return 0.0 if is_late else _PATIENCE_S


def _why_late(handler: logging.Handler, group: str) -> str:
    every = getattr(handler, "send_interval", None)
    return (
        f"nothing arrived in {group} within {_PATIENCE_S:.0f} s, without a flush; "
        f"the handler sends every {every} s"
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
        "Both missing values are numbers: seconds, and days.",
        "watchtower sends when send_interval seconds have passed since the first "
        "record that waits.",
    ),
    solution=SHIP,
    lesson="A record left by itself after two seconds, and its group forgets.",
    wrong={
        "once a minute": Wrong(
            instead(SHIP, ("interval=2", "interval=60")), "sends every 60 s"
        ),
        "milliseconds": Wrong(
            instead(SHIP, ("interval=2", "interval=2000")), "sends every 2000 s"
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
