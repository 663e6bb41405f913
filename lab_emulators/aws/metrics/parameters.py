"""Parameters that several operations have."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.errors import invalid_value, missing_parameter
from lab_emulators.aws.metrics.model import Dimensions

_T = TypeVar("_T")
Parameters = Mapping[str, Any]
_DAY = 86_400
SHORT_PERIODS = (1, 5, 10, 20, 30)
"""Periods below a minute, in seconds."""


def seconds(parameters: Parameters, name: str) -> float:
    """A required time in seconds since 1970, given as a datetime or a number."""
    value = parameters.get(name)
    if value is None:
        raise missing_parameter(name)
    return seconds_of(value)


def seconds_of(value: Any) -> float:
    """A time in seconds since 1970; a datetime without a zone is in UTC."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise invalid_value(f"{value!r} is not a time")


def time_of(seconds: float) -> datetime:
    """The time as a datetime of an answer."""
    return datetime.fromtimestamp(seconds, UTC)


def dimensions_in(members: Sequence[Mapping[str, str]] | None) -> Dimensions:
    """Name and value pairs in order of names."""
    return tuple(sorted((pair["Name"], pair["Value"]) for pair in members or ()))


def as_members(dimensions: Dimensions) -> list[dict[str, str]]:
    """Dimensions as members of an answer."""
    return [{"Name": name, "Value": value} for name, value in dimensions]


def period(parameters: Parameters) -> int:
    """The Period, in seconds: a short one, or whole minutes."""
    if parameters.get("Period") is None:
        raise missing_parameter("Period")
    found = int(parameters["Period"])
    if found in SHORT_PERIODS or (
        found > 0 and found % 60 == 0 and found <= _DAY * 365
    ):
        return found
    raise invalid_value(
        f"Period must be 1, 5, 10, 20, 30 or a multiple of 60, not {found}"
    )


def aligned(start_s: float, period_s: int, now_s: float) -> int:
    """The start of the first period: CloudWatch rounds the time down.

    To a short period of the request; else to the minute, to 5 minutes when it is
    15 days ago, to the hour when it is 63 days ago ("GetMetricStatistics", API
    Reference). GetMetricData rounds alike.
    """
    if period_s in SHORT_PERIODS:
        unit = period_s
    elif now_s - start_s < 15 * _DAY:
        unit = 60
    else:
        unit = 300 if now_s - start_s < 63 * _DAY else 3600
    return int(start_s // unit) * unit


def page_of(
    items: Sequence[_T], token: str | None, size: int
) -> tuple[list[_T], dict[str, str]]:
    """One page of `items`, and the answer's NextToken if more follow."""
    start = place_in(token)
    rest = {"NextToken": token_of(start + size)} if start + size < len(items) else {}
    return list(items[start : start + size]), rest


def token_of(place: int) -> str:
    """The opaque text for a place in a list."""
    return base64.urlsafe_b64encode(f"after {place}".encode()).decode()


def place_in(token: str | None) -> int:
    """The place that a token names; raises InvalidNextToken for any other text."""
    if not token:
        return 0
    try:
        word, place = base64.urlsafe_b64decode(token.encode()).decode().split()
        if word == "after" and place.isdecimal():
            return int(place)
    except (ValueError, binascii.Error) as error:
        raise _no_token() from error
    raise _no_token()


def _no_token() -> AwsError:
    return AwsError("InvalidNextToken", "The next token specified is invalid.")
