"""The time window of a query and its steps."""

from dataclasses import dataclass

from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.spec import QuerySpec
from lab_emulators.store.query import TimeSteps

NS = 1_000_000_000
DEFAULT_RANGE = 7200
MOST_SECONDS = 7 * 86_400
# the steps a graph may have by itself, in seconds
_NICE = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 14_400, 21_600, 43_200, 86_400),
)
_WANTED_STEPS = 120
# window up to so many seconds: both ends rounded down to so many
TRUNCATION = ((6 * 3600, 60), (2 * 86_400, 300), (MOST_SECONDS, 1800))


@dataclass(frozen=True, slots=True)
class QueryWindow:
    """Time from `start_ns` up to, not including, `end_ns`."""

    start_ns: int
    end_ns: int


def span_of(spec: QuerySpec) -> int:
    """Length of the window in seconds."""
    if spec.start_time is not None and spec.end_time is not None:
        return spec.end_time - spec.start_time
    return DEFAULT_RANGE if spec.time_range is None else spec.time_range


def window_of(spec: QuerySpec, now_ns: int, *, truncate: bool) -> QueryWindow:
    """The window at `now_ns`; raises `SpecError` (400) beyond seven days.

    Truncation rounds both ends down: to 1 min up to 6 h, 5 min up to 2 days, else
    30 min (API description, "Create a Query Result").
    """
    span = span_of(spec)
    if span > MOST_SECONDS:
        raise SpecError("time range must not be longer than 7 days")
    if spec.start_time is not None:
        start = spec.start_time * NS
    else:
        end = now_ns if spec.end_time is None else spec.end_time * NS
        start = end - span * NS
    window = QueryWindow(start, start + span * NS)
    return _truncated(window, span) if truncate else window


def _truncated(window: QueryWindow, span: int) -> QueryWindow:
    unit = NS * next(unit for longest, unit in TRUNCATION if span <= longest)
    return QueryWindow(window.start_ns // unit * unit, window.end_ns // unit * unit)


def steps_of(window: QueryWindow, granularity: int) -> TimeSteps:
    """Steps aligned to the epoch that cover the window.

    Automatic granularity (0), unpublished: a 120th of the window, rounded up to the
    next step a clock has a mark for.
    """
    span = window.end_ns - window.start_ns
    width = granularity * NS
    if not width:
        fitting = span / NS / _WANTED_STEPS
        width = NS * next((nice for nice in _NICE if nice >= fitting), _NICE[-1])
    first = window.start_ns // width * width
    return TimeSteps(first, width, max(0, -((first - window.end_ns) // width)))
