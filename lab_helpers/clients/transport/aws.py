"""AWS calls by boto3: clients, errors, pages of an answer, and time windows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab_helpers.clients.transport.errors import VendorError
from lab_helpers.clients.transport.waiting import Clock

TimeRange = int | float | tuple[float, float]
"""Seconds back from now, or (start, end) in Unix seconds."""


def connect(service: str, error: type[VendorError]) -> Any:
    """A boto3 client for a service, configured by the environment; raises `error`."""
    import boto3  # here, because it takes long and not every page needs it
    from botocore.config import Config

    # AWS throttles clients that read many short pages; standard mode backs off.
    retries = Config(retries={"mode": "standard", "max_attempts": 8})
    try:
        return boto3.client(service, config=retries)
    except BotoCoreError as failed:
        raise error(
            f"boto3.client({service!r})", None, str(failed), "Run lab.start() first."
        ) from failed


@contextmanager
def refusals(operation: str, error: type[VendorError]) -> Iterator[None]:
    """Turns botocore's exceptions into an `error` that names the operation."""
    try:
        yield
    except ClientError as failed:
        details = failed.response.get("Error", {})
        status = failed.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        text = f"{details.get('Code')}: {details.get('Message')}"
        raise error(operation, status, text) from failed
    except BotoCoreError as failed:
        advice = "Is the lab running? Run lab.start(), which also says where."
        raise error(operation, None, str(failed), advice) from failed


def pages(
    client: Any,
    operation: str,
    member: str,
    error: type[VendorError],
    **parameters: Any,
) -> Iterator[dict[str, Any]]:
    """The items of every page of an answer; raises `error`."""
    with refusals(operation, error):
        for page in client.get_paginator(operation).paginate(**parameters):
            yield from page.get(member) or []


def window(time_range: TimeRange, clock: Clock = time) -> tuple[datetime, datetime]:
    """Start and end of a time range, in UTC."""
    if isinstance(time_range, tuple):
        start, end = time_range
    else:
        end = clock.time()
        start = end - time_range
    return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)
