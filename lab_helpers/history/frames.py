"""Frames of a day: its requests, and its spans and span events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lab_helpers.analysis.columns import TRACE_COLUMNS
from lab_helpers.history import attributes
from lab_helpers.history.randomness import Micros, hexadecimal, key_of, words
from lab_helpers.history.timeline import Attributes, Branch, Timeline

MOST_SPANS = 1 << 12
"""A trace has fewer spans than this."""

_FACTS = {
    "plan": "str",
    "tenant": "str",
    "region": "str",
    "app_version": "str",
    "flag": "str",
    "cache_hit": "boolean",
    "item_count": "Int64",
    "queue_wait_ms": "float64",
}

REQUEST_COLUMNS: dict[str, str] = {
    "trace_id": "str",
    "habit": "str",
    "user": "str",
    "method": "str",
    "route": "str",
    "status": "int64",
    "duration_ms": "float64",
    "attempt": "int64",
    **_FACTS,
    "error": "str",
}
"""Columns of `Day.requests` after `start`, with their dtypes."""

SPAN_COLUMNS: dict[str, str] = {
    name: {"duration_ms": "float64", "error": "bool"}.get(name, "str")
    for name in TRACE_COLUMNS
} | {"status_message": "str"}
"""Columns of `Day.spans` before the attributes, with their dtypes."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of a day: what its services are called, where its ids come from."""

    name: str
    date: date
    fingerprint: str

    def service(self, service: str) -> str:
        """The name of one of the three services."""
        return f"{self.name}-{service}"

    def trace_ids(self, line: Timeline) -> npt.NDArray[Any]:
        """32 hexadecimal digits for each request."""
        halves = (
            hexadecimal(words(key_of(self.fingerprint, half), line.numbers))
            for half in ("high", "low")
        )
        return np.add(*halves)  # type: ignore[no-any-return]

    def span_ids(self, line: Timeline, index: int) -> npt.NDArray[Any]:
        """16 hexadecimal digits for the span of this index in each request's trace."""
        numbers = line.numbers * np.uint64(MOST_SPANS) + np.uint64(index)
        return hexadecimal(words(key_of(self.fingerprint, "span"), numbers))

    def times(self, moments_us: Micros) -> pd.DatetimeIndex:
        """Moments since midnight as UTC time stamps."""
        midnight = datetime(self.date.year, self.date.month, self.date.day, tzinfo=UTC)
        begin_us = int(midnight.timestamp()) * 1_000_000
        stamps = ((moments_us + begin_us) * 1000).view("datetime64[ns]")
        return pd.DatetimeIndex(stamps).tz_localize("UTC")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a frame from one timeline: moments, order among equal ones, values.

    A value is one for all rows, or a sequence with one for each.
    """

    moments_us: Micros
    order: Micros
    values: Attributes


def requests_frame(lines: Sequence[Timeline], names: Names) -> pd.DataFrame:
    """One row for each request, in order of time."""
    rows = [_request_rows(line, names) for line in lines]
    return _frame(rows, REQUEST_COLUMNS, names, first="start")


def spans_frame(lines: Sequence[Timeline], names: Names) -> pd.DataFrame:
    """One row for each span and each span event, in order of time."""
    rows = [part for line in lines for part in _span_rows(line, names)]
    columns = SPAN_COLUMNS | attributes.COLUMNS
    frame = _frame(rows, {k: v for k, v in columns.items() if k != "start"}, names)
    return frame[[*columns]]


def _request_rows(line: Timeline, names: Names) -> Rows:
    root, requests = line.branches[0], [each.request for each in line.exchanges]
    failure = line.first.outcome.failure
    values: Attributes = {
        "trace_id": names.trace_ids(line),
        "habit": [request.habit for request in requests],
        "user": [request.user for request in requests],
        "method": line.first.request.errand.method,
        "route": line.first.request.errand.route,
        "status": line.first.outcome.status,
        "duration_ms": (root.end_us - root.start_us) / 1000,
        "attempt": [request.attempt for request in requests],
        "error": failure.type if failure else None,
    }
    facts = {name: root.attributes.get(f"app.{name}") for name in _FACTS}
    order = line.numbers.astype(np.int64)
    return Rows(root.start_us, order, values | facts)


def _span_rows(line: Timeline, names: Names) -> Iterator[Rows]:
    trace_ids = names.trace_ids(line)
    span_ids = [names.span_ids(line, index) for index in range(len(line.branches))]
    for index, branch in enumerate(line.branches):
        order = (line.numbers * np.uint64(MOST_SPANS)).astype(np.int64) + index
        common = {
            "trace_id": trace_ids,
            "service": names.service(branch.service),
            "kind": branch.kind,
        }
        parents = None if branch.parent is None else span_ids[branch.parent]
        span = _span_values(branch, line)
        span |= common | {"span_id": span_ids[index], "parent_id": parents}
        yield Rows(branch.start_us, order, span)
        if branch.failed:
            event = _event_values(line) | common | {"parent_id": span_ids[index]}
            yield Rows(branch.end_us, order, event)


def _span_values(branch: Branch, line: Timeline) -> Attributes:
    failure = line.first.outcome.failure
    described = f"{failure.type}: {failure.message}" if failure else None
    return branch.attributes | {
        "name": branch.name,
        "duration_ms": (branch.end_us - branch.start_us) / 1000,
        "status": "error" if branch.error else "unset",
        "error": branch.error,
        "annotation": "span",
        "status_message": described if branch.failed else None,
    }


def _event_values(line: Timeline) -> Attributes:
    """The exception that Flask's instrumentor records at the end of the span."""
    failures = [each.outcome.failure for each in line.exchanges]
    return {
        "name": "exception",
        "duration_ms": 0.0,
        "status": "unset",
        "error": False,
        "annotation": "span_event",
        "exception.type": [each and each.type for each in failures],
        "exception.message": [each and each.message for each in failures],
        "exception.stacktrace": [each and each.stacktrace for each in failures],
        "exception.escaped": "False",
    }


def _frame(
    rows: Sequence[Rows],
    columns: dict[str, str],
    names: Names,
    first: str = "start",
) -> pd.DataFrame:
    """The rows in order of time, column by column."""
    moments = np.concatenate([each.moments_us for each in rows])
    order = np.lexsort((np.concatenate([each.order for each in rows]), moments))
    series: dict[str, Any] = {first: names.times(moments[order])}
    for name, dtype in columns.items():
        series[name] = pd.Series(_column(rows, name)[order], dtype=dtype)
    return pd.DataFrame(series)


def _column(rows: Sequence[Rows], name: str) -> npt.NDArray[Any]:
    """The values of one column, None where a part has none."""
    column = np.full(sum(len(each.moments_us) for each in rows), None, dtype=object)
    begin = 0
    for each in rows:
        end = begin + len(each.moments_us)
        if name in each.values:
            column[begin:end] = each.values[name]
        begin = end
    return column
