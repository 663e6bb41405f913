"""Core of X-Ray: the state its parts share, and the type of a part."""

from dataclasses import dataclass, field
from datetime import datetime

from lab_emulators.aws.engine import Operation as Operation
from lab_emulators.aws.engine import Parameters as Parameters
from lab_emulators.aws.engine import ServiceCore
from lab_emulators.aws.errors import invalid_request, not_emulated
from lab_emulators.aws.languages.xray_filter.compile import GroupVersions
from lab_emulators.aws.xray.repository.trace_index import TraceIndex


@dataclass(kw_only=True, slots=True)
class XRayCore(ServiceCore):
    """The archive of traces.

    `group_filters` has the versions of every group's filter expression, by name and by
    ARN; the groups keep them, the filters read them.
    """

    traces: TraceIndex
    group_filters: dict[str, GroupVersions] = field(default_factory=dict)

    def empty(self) -> None:
        """Removes everything that was ever stored."""
        self.traces.empty(self.store.reset)
        self.group_filters.clear()


def refuse_tags(operation: str, parameters: Parameters) -> None:
    """Refuses tags by name; nothing in X-Ray can be tagged here."""
    if parameters.get("Tags"):
        raise not_emulated(f"xray.{operation} with Tags")


def seconds(parameters: Parameters, name: str) -> float:
    """A required time in seconds since 1970, from a number or a datetime."""
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
