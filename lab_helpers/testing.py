"""Test doubles of OpenTelemetry's SDK: counted ids, a steady clock, spans as a frame.

`CountedIds` and `SteadyClock` make a trace print the same each time, so that a page
can be compared with its last run. They change nothing else about the SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import opentelemetry.sdk.trace as sdk
import pandas as pd
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import (
    SpanContext,
    StatusCode,
    format_span_id,
    format_trace_id,
)

from lab_helpers.analysis.columns import TRACE_COLUMNS

_TEXT = ("trace_id", "span_id", "parent_id", "name", "service", "kind", "status")
_NINE_OCLOCK = datetime(2026, 1, 5, 9, tzinfo=UTC)
_DICT_COLUMNS = {
    "name": "name",
    "id": "span_id",
    "parent": "parent_id",
    "start": "start",
    "ms": "duration_ms",
}
_OF_A_DICT: dict[str, Any] = {
    "trace_id": format_trace_id(1),
    "kind": "internal",
    "status": "unset",
    "error": False,
    "annotation": "span",
}


class CountedIds(IdGenerator):
    """Trace ids 1, 2, 3 … and span ids 1, 2, 3 …, for `TracerProvider(id_generator=)`.

    >>> ids = CountedIds()
    >>> ids.generate_trace_id(), ids.generate_span_id(), ids.generate_span_id()
    (1, 1, 2)
    """

    def __init__(self) -> None:
        self._traces = 0
        self._spans = 0

    def generate_trace_id(self) -> int:
        """The next trace id."""
        self._traces += 1
        return self._traces

    def generate_span_id(self) -> int:
        """The next span id."""
        self._spans += 1
        return self._spans


class SteadyClock:
    """A clock that starts at nine and moves 1 ms at each reading, and when sleeping.

    >>> clock = SteadyClock()
    >>> start = clock.time_ns()
    >>> clock.sleep(0.020)
    >>> (clock.time_ns() - start) / 1e6
    21.0
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Sets the clock back to nine."""
        self._now_ns = int(_NINE_OCLOCK.timestamp()) * 1_000_000_000

    def time_ns(self) -> int:
        """Nanoseconds since 1970, like `time.time_ns`."""
        now = self._now_ns
        self._now_ns += 1_000_000
        return now

    def sleep(self, seconds: float) -> None:
        """Moves the clock forward at once; nothing waits."""
        self._now_ns += round(seconds * 1e9)

    def drive_spans(self) -> None:
        """Makes the SDK of this process time its spans by this clock from now on."""
        vars(sdk)["time_ns"] = self.time_ns  # the one name the SDK reads time by

    @contextmanager
    def driving_spans(self) -> Iterator[SteadyClock]:
        """Makes the SDK use this clock inside the block, then the previous one."""
        before = vars(sdk)["time_ns"]
        self.drive_spans()
        try:
            yield self
        finally:
            vars(sdk)["time_ns"] = before


def trace_frame(spans: Iterable[ReadableSpan]) -> pd.DataFrame:
    """Finished spans as one row each, and one for each event and link they carry.

    The columns are `TRACE_COLUMNS`, then one column per attribute, in order of start.
    `parent_id` is missing for a root; an event's is the span it happened in.
    """
    rows = [row for span in spans for row in _rows(span)]
    named = dict.fromkeys(TRACE_COLUMNS) | dict.fromkeys(k for row in rows for k in row)
    frame = pd.DataFrame(rows, columns=list(named))
    frame = frame.sort_values("start", kind="stable", ignore_index=True)
    start = pd.to_datetime(frame["start"], unit="ns", utc=True)
    return frame.astype(dict.fromkeys(_TEXT, "str")).assign(
        start=start.astype("datetime64[ns, UTC]"),
        duration_ms=frame["duration_ms"].astype(float),
        error=frame["error"].astype(bool),
    )


def frame_of_dicts(
    spans: Iterable[Mapping[str, object]], service: str = "api"
) -> pd.DataFrame:
    """Spans written as dicts, one row each, in order of start; TRACE_COLUMNS.

    A dict has name, id, parent (None for a root), start (milliseconds since nine
    o'clock) and ms. All of them are of one trace and one service.

    >>> page = {"name": "GET /", "id": "a", "parent": None, "start": 0, "ms": 63}
    >>> frame_of_dicts([page])[["name", "span_id", "duration_ms"]].values.tolist()
    [['GET /', 'a', 63.0]]
    """
    rows = pd.DataFrame([dict(span) for span in spans], columns=list(_DICT_COLUMNS))
    frame = rows.rename(columns=_DICT_COLUMNS).assign(
        **_OF_A_DICT,
        service=service,
        start=_NINE_OCLOCK + pd.to_timedelta(rows["start"], unit="ms"),
        duration_ms=rows["ms"].astype(float),
    )
    frame = frame.sort_values("start", kind="stable", ignore_index=True)
    types = dict.fromkeys(_TEXT, "str") | {"start": "datetime64[ns, UTC]"}
    return frame[list(TRACE_COLUMNS)].astype(types)


def _rows(span: ReadableSpan) -> Iterator[dict[str, object]]:
    context = span.get_span_context()
    if context is None or span.start_time is None or span.end_time is None:
        raise ValueError(f"span {span.name!r} has not ended")
    base = _base(span, context)
    status = span.status.status_code
    yield (
        base
        | {
            "span_id": format_span_id(context.span_id),
            "parent_id": format_span_id(span.parent.span_id) if span.parent else None,
            "name": span.name,
            "start": span.start_time,
            "duration_ms": (span.end_time - span.start_time) / 1e6,
            "status": status.name.lower(),
            "error": status is StatusCode.ERROR,
            "annotation": "span",
        }
        | dict(span.attributes or {})
    )
    inside = {"parent_id": format_span_id(context.span_id), "duration_ms": 0.0}
    for event in span.events:
        about = {"name": event.name, "start": event.timestamp}
        attributes = dict(event.attributes or {})
        yield base | inside | about | {"annotation": "span_event"} | attributes
    for link in span.links:
        about = {"name": "link", "start": span.start_time}
        attributes = dict(link.attributes or {})
        yield base | inside | about | {"annotation": "link"} | attributes


def _base(span: ReadableSpan, context: SpanContext) -> dict[str, object]:
    return {
        "trace_id": format_trace_id(context.trace_id),
        "span_id": None,
        "service": str(span.resource.attributes.get("service.name", "")),
        "kind": span.kind.name.lower(),
        "status": "unset",
        "error": False,
    }
