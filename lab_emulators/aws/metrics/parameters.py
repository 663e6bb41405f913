"""Parameters that several operations have."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lab_emulators.aws.metrics.errors import invalid_value, missing_parameter
from lab_emulators.aws.metrics.model import Dimensions

Parameters = Mapping[str, Any]
_DAY = 86_400
SHORT_PERIODS = (1, 5, 10, 20, 30)
"""Periods below a minute, in seconds."""


def seconds(parameters: Parameters, name: str) -> float:
    """A required time in seconds since 1970, from a datetime or a number."""
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
    length_s = int(parameters["Period"])
    if length_s in SHORT_PERIODS or (
        length_s > 0 and length_s % 60 == 0 and length_s <= _DAY * 365
    ):
        return length_s
    raise invalid_value(
        f"Period must be 1, 5, 10, 20, 30 or a multiple of 60, not {length_s}"
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
