"""Frames of a day: its requests, and its spans and span events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lab_helpers.analysis.columns import TRACE_COLUMNS
from lab_helpers.history.attributes import ATTRIBUTES
from lab_helpers.history.batch import Attributes, Batch, Spans
from lab_helpers.history.randomness import Micros, hexadecimal, key_of, words
from lab_helpers.history.rehearsal import Failure

FACTS: dict[str, str] = {
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
    "start": "datetime64[ns, UTC]",
    "trace_id": "str",
    "habit": "str",
    "user": "str",
    "method": "str",
    "route": "str",
    "status": "int64",
    "duration_ms": "float64",
    "attempt": "int64",
    **FACTS,
    "error": "str",
}
"""Columns of `Day.requests`, with their dtypes."""

SPAN_COLUMNS: dict[str, str] = (
    dict.fromkeys(TRACE_COLUMNS, "str")
    | {"start": "datetime64[ns, UTC]", "duration_ms": "float64", "error": "bool"}
    | {"status_message": "str"}
    | ATTRIBUTES
)
"""Columns of `Day.spans`, with their dtypes."""

_MOST_SPANS = 1 << 12
"""A trace has fewer spans than this."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity of a day: its date, what its services are called, its ids."""

    name: str
    date: date
    fingerprint: str

    def service(self, service: str) -> str:
        """The name of one of the three services."""
        return f"{self.name}-{service}"

    def trace_ids(self, batch: Batch) -> npt.NDArray[Any]:
        """32 hexadecimal digits for each request, eight of them the second it began.

        X-Ray's own ids begin like that, and it may refuse those that do not.
        """
        high, low = (
            words(key_of(self.fingerprint, half), batch.numbers)
            for half in ("high", "low")
        )
        moments = self.times(batch.spans[0].start_us)
        seconds = moments.astype("datetime64[s]").astype(np.uint64)
        half = np.uint64(32)
        first = hexadecimal(seconds << half | high >> half)
        joined: npt.NDArray[Any] = first + hexadecimal(low)
        return joined

    def span_ids(self, batch: Batch, index: int) -> npt.NDArray[Any]:
        """16 hexadecimal digits for the span of this index in each trace."""
        numbers = batch.numbers * np.uint64(_MOST_SPANS) + np.uint64(index)
        return hexadecimal(words(key_of(self.fingerprint, "span"), numbers))

    def times(self, moments_us: Micros) -> npt.NDArray[np.datetime64]:
        """Moments since midnight as times in UTC."""
        midnight = datetime(self.date.year, self.date.month, self.date.day, tzinfo=UTC)
        since_1970 = moments_us + int(midnight.timestamp()) * 1_000_000
        return since_1970.astype("datetime64[us]").astype("datetime64[ns]")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a frame: their moments, their order at one moment, their values.

    A value is one for all rows, or a sequence with one for each.
    """

    moments_us: Micros
    order: Micros
    values: Attributes


def requests_frame(batches: Sequence[Batch], identity: Identity) -> pd.DataFrame:
    """One row for each request, in order of time."""
    rows = [_request_rows(batch, identity) for batch in batches]
    return _frame(rows, REQUEST_COLUMNS, identity)


def spans_frame(batches: Sequence[Batch], identity: Identity) -> pd.DataFrame:
    """One row for each span and each span event, in order of time."""
    rows = [part for batch in batches for part in _span_rows(batch, identity)]
    return _frame(rows, SPAN_COLUMNS, identity)


def _request_rows(batch: Batch, identity: Identity) -> Rows:
    server, requests = batch.spans[0], [each.request for each in batch.exchanges]
    failure = batch.first.outcome.failure
    facts = {name: server.attributes.get(f"app.{name}") for name in FACTS}
    values = {
        "trace_id": identity.trace_ids(batch),
        "habit": [request.habit for request in requests],
        "user": [request.user for request in requests],
        "method": batch.method,
        "route": batch.first.request.errand.route,
        "status": batch.first.outcome.status,
        "duration_ms": server.duration_ms,
        "attempt": [request.attempt for request in requests],
        "error": failure.type if failure else None,
    }
    return Rows(server.start_us, batch.numbers.astype(np.int64), values | facts)


def _span_rows(batch: Batch, identity: Identity) -> Iterator[Rows]:
    trace_ids = identity.trace_ids(batch)
    span_ids = [identity.span_ids(batch, index) for index in range(len(batch.spans))]
    numbers = batch.numbers.astype(np.int64) * _MOST_SPANS
    for index, spans in enumerate(batch.spans):
        common = {
            "trace_id": trace_ids,
            "service": identity.service(spans.service),
            "kind": spans.kind,
        }
        ids = {
            "span_id": span_ids[index],
            "parent_id": None if spans.parent is None else span_ids[spans.parent],
        }
        values = common | ids | _span_values(spans)
        yield Rows(spans.start_us, numbers + index, values)
        if spans.failure:
            parent = {"parent_id": span_ids[index]}
            event = common | parent | _event_values(spans.failure)
            yield Rows(spans.end_us, numbers + index, event)


def _span_values(spans: Spans) -> Attributes:
    return spans.attributes | {
        "name": spans.name,
        "duration_ms": spans.duration_ms,
        "status": "error" if spans.error else "unset",
        "error": spans.error,
        "annotation": "span",
        "status_message": spans.failure and str(spans.failure),
    }


def _event_values(failure: Failure) -> Attributes:
    """The exception that Flask's instrumentor records at the end of the span."""
    return {
        "name": "exception",
        "duration_ms": 0.0,
        "status": "unset",
        "error": False,
        "annotation": "span_event",
        "exception.type": failure.type,
        "exception.message": failure.message,
        "exception.stacktrace": failure.stacktrace,
        "exception.escaped": "False",
    }


def _frame(
    rows: Sequence[Rows], columns: Mapping[str, str], identity: Identity
) -> pd.DataFrame:
    """The rows in order of time, column by column."""
    moments_us = np.concatenate([each.moments_us for each in rows])
    order = np.lexsort((np.concatenate([each.order for each in rows]), moments_us))
    times = pd.Series(identity.times(moments_us[order])).dt.tz_localize("UTC")
    return pd.DataFrame(
        {
            name: times
            if name == "start"
            else pd.Series(_column(rows, name)[order], dtype=dtype)
            for name, dtype in columns.items()
        }
    )


def _column(rows: Sequence[Rows], name: str) -> npt.NDArray[Any]:
    """The values of one column, None where there is none."""
    column = np.full(sum(len(each.order) for each in rows), None, dtype=object)
    end = 0
    for each in rows:
        begin, end = end, end + len(each.order)
        if name in each.values:
            column[begin:end] = each.values[name]
    return column
