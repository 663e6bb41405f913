"""AWS calls by boto3: clients, errors, pages of an answer, and time windows."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from lab_helpers.clients.transport.errors import VendorError
from lab_helpers.clients.transport.reach import (
    SILENT_S,
    is_here,
    silence_advice,
    unreachable,
)
from lab_helpers.clients.transport.waiting import Clock
from lab_helpers.waiting import StatusLine

TimeRange = int | float | tuple[float, float]
"""Seconds back from now, or (start, end) in Unix seconds."""

READ_S = 30


class _NothingListensError(BotoCoreError):  # type: ignore[misc]  # botocore is untyped
    """Nothing listens at an endpoint on this machine, so repeating is no use."""

    fmt = "nothing listens at {endpoint_url}"


class _SilentError(BotoCoreError):  # type: ignore[misc]
    """An endpoint on this machine did not answer, and will not the next time."""

    fmt = "no answer from {endpoint_url}"


class _LocalAttempts:
    """Ends a call to an endpoint on this machine that is not worth another attempt.

    botocore calls this before each attempt. An exception that is no connection error of
    its own ends the call, which would be repeated for minutes otherwise.
    """

    def __init__(self) -> None:
        self._began = 0.0

    def __call__(self, request: Any, **_: object) -> None:
        """Raises _NothingListensError or _SilentError; else the attempt is made."""
        if not is_here(request.url):
            return
        parts = urlsplit(request.url)
        url = f"{parts.scheme}://{parts.netloc}"
        before, self._began = self._began, time.monotonic()
        first = "attempt=1" in str(request.headers.get("amz-sdk-request", "attempt=1"))
        if not first and self._began - before >= READ_S:
            raise _SilentError(endpoint_url=url)
        try:
            socket.create_connection((parts.hostname, parts.port), timeout=5).close()
        except ConnectionRefusedError as error:
            raise _NothingListensError(endpoint_url=url) from error
        except OSError:
            return  # the call itself finds out, and says it


def connect(service: str, error: type[VendorError]) -> Any:
    """A boto3 client for a service, configured by the environment; raises `error`."""
    import boto3  # here, because it takes long and not every page needs it
    from botocore.config import Config

    # AWS throttles clients that read many short pages; standard mode backs off.
    retries = Config(
        retries={"mode": "standard", "max_attempts": 8}, read_timeout=READ_S
    )
    try:
        client = boto3.client(service, config=retries)
    except BotoCoreError as failed:
        raise error(
            f"boto3.client({service!r})", None, str(failed), "Run lab.start() first."
        ) from failed
    client.meta.events.register("before-send", _LocalAttempts())
    return client


@contextmanager
def refusals(operation: str, error: type[VendorError]) -> Iterator[None]:
    """Turns botocore's exceptions into an `error` that names the operation."""
    try:
        with StatusLine(f"no answer to {operation}", delay_s=SILENT_S):
            yield
    except ClientError as failed:
        details = failed.response.get("Error", {})
        status = failed.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        text = f"{details.get('Code')}: {details.get('Message')}"
        raise error(operation, status, text) from failed
    except BotoCoreError as failed:
        raise error(operation, None, *_explained(failed)) from failed


def _explained(failed: BotoCoreError) -> tuple[str, str]:
    """Message and advice for a call to which no answer came."""
    url = str(getattr(failed, "kwargs", {}).get("endpoint_url", ""))
    if isinstance(failed, _NothingListensError | EndpointConnectionError):
        return unreachable(url, "AWS_ENDPOINT_URL and the region")
    if isinstance(failed, _SilentError | ReadTimeoutError):
        return f"no answer within {READ_S} s", silence_advice(url)
    return str(failed), "Is the lab running? Run lab.start(), which also says where."


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
