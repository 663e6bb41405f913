"""GetLogEvents: one stream, page by page, in either direction.

A token is the direction and the event the page ended with, so what arrives between
two pages is neither skipped nor repeated. An empty page returns the token of its
request, which is how AWS says that the end is reached.
"""

import re
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.logs.core import LogsCore, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.event_pages import MOST_EVENTS, page
from lab_emulators.aws.logs.model import EventPosition, LogEvent
from lab_emulators.aws.logs.repository.events_table import (
    END_MS,
    EventSelection,
    in_stream,
)
from lab_emulators.aws.paging import LOGS
from lab_emulators.aws.validation import check

_TOKEN = re.compile(r"([fb])/([0-9]{20})([0-9]{36})/s")


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """GetLogEvents."""
    return {"GetLogEvents": GetLogEvents(core).get}


class GetLogEvents:
    """Reads the events of one stream."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """`GetLogEvents`: from `startTime` up to, not including, `endTime`."""
        check("logs", "GetLogEvents", parameters)
        group = self._core.group(parameters)
        stream = group.stream(parameters["logStreamName"])
        start, end = time_range(parameters)
        token = parameters.get("nextToken")
        back, position = _start(token, parameters)
        selection = EventSelection(
            start_ms=max(start, group.expiry_ms(self._core.now_ms())),
            end_ms=end,
            where=in_stream(stream.name),
            beyond=position,
            descending=back,
            limit=parameters.get("limit") or MOST_EVENTS,
        )
        events, _ = page(self._core.events, group.name, selection)
        if back:
            events.reverse()
        return {
            "events": [_document(event) for event in events],
            **_tokens(events, token, position or EventPosition(start, 0)),
        }


def time_range(parameters: Parameters) -> tuple[int, int]:
    """`startTime` and `endTime` in ms, wide open where they are not given."""
    start, end = parameters.get("startTime"), parameters.get("endTime")
    if start is not None and end is not None and start > end:
        raise invalid("startTime must not be later than endTime.")
    return min(start or 0, END_MS), min(END_MS if end is None else end, END_MS)


def _start(
    token: str | None, parameters: Parameters
) -> tuple[bool, EventPosition | None]:
    """Direction (True is back) and the position to read beyond; a token has both."""
    if token is None:
        return not parameters.get("startFromHead"), None
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise LOGS.refusal()
    return match[1] == "b", EventPosition(int(match[2]), int(match[3]))


def _tokens(
    events: list[LogEvent], token: str | None, position: EventPosition
) -> dict[str, str]:
    """Both tokens; without events, those around `position`, `token` unchanged."""
    if events:
        return _both(events[-1].position, events[0].position)
    # Forward goes on after the one position, backward before the other. An empty page
    # returns `token` itself, and the opposite token moves by one event.
    if token is None:
        return _both(position, position)
    if token.startswith("f"):
        return _both(position, EventPosition(position.time_ms, position.seq + 1))
    return _both(EventPosition(position.time_ms, max(0, position.seq - 1)), position)


def _both(last: EventPosition, first: EventPosition) -> dict[str, str]:
    return {
        "nextForwardToken": f"f/{last.event_id}/s",
        "nextBackwardToken": f"b/{first.event_id}/s",
    }


def _document(event: LogEvent) -> dict[str, Any]:
    return {
        "timestamp": event.position.time_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
    }
