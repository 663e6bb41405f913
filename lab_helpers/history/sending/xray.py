"""Segments to X-Ray, for a window of a day: what the SDK's recorders would send.

A trace is told by its id, whose first eight digits are the second it began. All
segments of a trace go in one call, so that a trace is there whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from lab_helpers.clients.transport import aws
from lab_helpers.clients.transport.errors import XRayError
from lab_helpers.clients.xray.ids import xray_id
from lab_helpers.history.sending.part import HOUR, Part
from lab_helpers.history.sending.segments import Trace, traces_of
from lab_helpers.history.sending.vendor import Advance, SendingError, Vendor
from lab_helpers.settings import Mode, Settings

MOST_DOCUMENTS = 50
"""Segment documents of one PutTraceSegments."""

MOST_SEGMENTS = 10_000
"""Segments of one delivery: X-Ray lists what it has a hundred traces at a time."""

LONGEST_REAL = 6 * HOUR
"""The part of a day that the real X-Ray may get at once."""


class XRaySegments(Vendor[Trace]):
    """X-Ray; what is sent are traces, what is counted are their segments."""

    title = "X-Ray"
    unit = event = "segment"
    reach_days = 30
    reach = "it keeps traces for 30 days, and takes none whose id is older"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._xray = aws.connect("xray", XRayError)

    @property
    def mode(self) -> Mode:
        return self.settings.aws.mode

    def close(self) -> None:
        self._xray.close()

    def total(self, part: Part) -> int:
        return int((part.spans["kind"] == "server").sum())

    def check(self, part: Part, now: pd.Timestamp) -> None:
        super().check(part, now)
        segments, reason = self.total(part), ""
        if segments > MOST_SEGMENTS:
            reason = f"more than the {MOST_SEGMENTS:,} that are sent at once"
        elif self.mode is Mode.REAL and part.end - part.begin > LONGEST_REAL:
            reason = "which the real service charges for: send at most 6 hours at once"
        if reason:
            raise SendingError(
                f"{part.title} would be {segments:,} segments, {reason}. Choose a "
                "window with 'start' and 'end'."
            )

    def count(self, units: Sequence[Trace]) -> int:
        return sum(len(trace.documents) for trace in units)

    def missing(self, part: Part) -> Sequence[Trace]:
        there = self._trace_ids(part)
        if there - set(map(xray_id, part.all.requests["trace_id"])):
            raise self.other_day(part)
        return traces_of(part, there)

    def put(self, part: Part, units: Sequence[Trace], advance: Advance) -> None:
        for batch in batches(units):
            with aws.refusals("put_trace_segments", XRayError):
                answer = self._xray.put_trace_segments(TraceSegmentDocuments=batch)
            for lost in answer.get("UnprocessedTraceSegments") or []:
                reason = f"{lost.get('ErrorCode')}: {lost.get('Message')}"
                raise XRayError(f"put_trace_segments of {lost.get('Id')}", 200, reason)
            advance(len(batch))

    def _trace_ids(self, part: Part) -> set[str]:
        """The traces of the day's api that began in the part's time, hour by hour."""
        if part.requests.empty:
            return set()
        roots = sorted(set(part.servers["service"].tolist()))
        names = " OR ".join(f'service("{name}")' for name in roots)
        hours = pd.date_range(part.begin.floor("h"), part.end, freq=HOUR)
        found: set[str] = set()
        for begin in hours[hours < part.end]:
            summaries = aws.pages(
                self._xray,
                "get_trace_summaries",
                "TraceSummaries",
                XRayError,
                StartTime=max(begin, part.begin).to_pydatetime(),
                EndTime=min(begin + HOUR, part.end).to_pydatetime(),
                TimeRangeType="TraceId",
                FilterExpression=names,
            )
            found |= {summary["Id"] for summary in summaries}
        return found


def batches(traces: Sequence[Trace]) -> Iterator[list[str]]:
    """The documents of whole traces, as many as go into one call."""
    batch: list[str] = []
    for trace in traces:
        if batch and len(batch) + len(trace.documents) > MOST_DOCUMENTS:
            yield batch
            batch = []
        batch += trace.documents
    if batch:
        yield batch
