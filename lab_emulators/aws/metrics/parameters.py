"""Parameters of more than one operation, and the errors they may raise."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.model import Dimensions

Parameters = Mapping[str, Any]
_DAY = 86_400
SHORT_PERIODS = (1, 5, 10, 20, 30)
"""Periods below a minute, in seconds."""


def invalid(message: str) -> AwsError:
    """InvalidParameterValue."""
    return AwsError("InvalidParameterValue", message)


def conflicting(message: str) -> AwsError:
    """InvalidParameterCombination."""
    return AwsError("InvalidParameterCombination", message)


def missing(name: str) -> AwsError:
    """MissingParameter of that parameter."""
    return AwsError("MissingParameter", f"The parameter {name} is required.")


def refused(message: str) -> AwsError:
    """ValidationError, as GetMetricData has it."""
    return AwsError("ValidationError", message)


def seconds(given: Parameters, name: str) -> float:
    """A required time in seconds since 1970, given as a datetime or a number."""
    value = given.get(name)
    if value is None:
        raise missing(name)
    return seconds_of(value)


def seconds_of(value: Any) -> float:
    """A time in seconds since 1970; a datetime without a zone is in UTC."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise invalid(f"{value!r} is not a time")


def time_of(seconds: float) -> datetime:
    """The time, as answers have it."""
    return datetime.fromtimestamp(seconds, UTC)


def dimensions_in(given: Sequence[Mapping[str, str]] | None) -> Dimensions:
    """Name and value pairs in order of names."""
    return tuple(sorted((pair["Name"], pair["Value"]) for pair in given or ()))


def as_members(dimensions: Dimensions) -> list[dict[str, str]]:
    """Dimensions as answers have them."""
    return [{"Name": name, "Value": value} for name, value in dimensions]


def period(given: Parameters) -> int:
    """The Period, in seconds: a short one, or whole minutes."""
    if given.get("Period") is None:
        raise missing("Period")
    found = int(given["Period"])
    if found in SHORT_PERIODS or (
        found > 0 and found % 60 == 0 and found <= _DAY * 365
    ):
        return found
    raise invalid(f"Period must be 1, 5, 10, 20, 30 or a multiple of 60, not {found}")


def aligned(start_s: float, period_s: int, now_s: float) -> int:
    """The start of the first period: CloudWatch rounds the time down.

    To the short period that is asked for; else to the minute, to 5 minutes when it is
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
