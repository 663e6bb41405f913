"""What the parts of the engine share, and how a part offers its operations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lab_emulators.aws.xray.errors import invalid_request
from lab_emulators.aws.xray.repository.trace_index import TraceIndex
from lab_emulators.store import Store

Parameters = Mapping[str, Any]
Operation = Callable[[Parameters], dict[str, Any]]
"""Parameters in botocore's names, JSON-ready answer; times in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Core:
    """The traces, the store beneath them, the clock (seconds since 1970).

    `group_filters` has the filter expression of every group, by name and by ARN; the
    groups keep it, the filters read it.
    """

    traces: TraceIndex
    store: Store
    clock: Callable[[], float]
    region: str = "us-east-1"
    group_filters: dict[str, str] = field(default_factory=dict)


def seconds(parameters: Parameters, name: str) -> float:
    """A required time in seconds since 1970, given as a number or a datetime."""
    value = parameters.get(name)
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise invalid_request(f"{name} is required and must be a time")


def time_range(parameters: Parameters, max_hours: int) -> tuple[float, float]:
    """StartTime and EndTime in seconds since 1970; the range is half open.

    Raises InvalidRequestException when it is empty or longer than `max_hours`.
    """
    start, end = seconds(parameters, "StartTime"), seconds(parameters, "EndTime")
    if not start < end:
        raise invalid_request("EndTime must be later than StartTime")
    if end - start > max_hours * 3600:
        raise invalid_request(f"Time range cannot be longer than {max_hours} hours")
    return start, end
