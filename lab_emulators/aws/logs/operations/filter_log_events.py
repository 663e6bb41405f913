"""FilterLogEvents: events of all streams, or some, that match a filter pattern."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lab_emulators.aws.languages.filter_pattern import (
    Pattern,
    PatternError,
    compile_pattern,
)
from lab_emulators.aws.logs.batch_limits import EVENT_OVERHEAD
from lab_emulators.aws.logs.core import LogsCore, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.event_pages import MOST_BYTES, MOST_EVENTS, page
from lab_emulators.aws.logs.model import EventPosition, LogEvent, LogGroup
from lab_emulators.aws.logs.operations.get_log_events import time_range
from lab_emulators.aws.logs.repository.events_table import (
    END_MS,
    STREAM,
    EventSelection,
    in_stream,
)
from lab_emulators.aws.paging import LOGS
from lab_emulators.aws.validation import check
from lab_emulators.store.query import TRUE, Expr, Op, all_of, literal, predicate

EARLIEST_BACK_MS = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""Before it AWS does not read backwards."""

MOST_PAGES = 20
"""Pages of candidates looked through in one call; AWS, too, may answer short pages."""

_POSITION = re.compile(r"([+-])([0-9]+) ([0-9]+)")


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """FilterLogEvents."""
    return {"FilterLogEvents": FilterLogEvents(core).filter}


class FilterLogEvents:
    """Searches the events of one group; always interleaved, as AWS does since 2019."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core

    def filter(self, parameters: Parameters) -> dict[str, Any]:
        """`FilterLogEvents`: from `startTime` to `endTime`, both included."""
        check("logs", "FilterLogEvents", parameters)
        group = self._core.group(parameters)
        start, end = time_range(parameters)
        back, beyond = _start(parameters)
        pattern = _pattern(parameters)
        selection = EventSelection(
            start_ms=max(start, group.expiry_ms(self._core.now_ms())),
            end_ms=min(end + 1, END_MS),
            where=all_of(_conditions(parameters, group, pattern)),
            beyond=beyond,
            descending=back,
            limit=parameters.get("limit") or MOST_EVENTS,
        )
        if pattern is None or pattern.exact:
            events, more = page(self._core.events, group.name, selection)
            last = events[-1].position if more else None
        else:
            events, last = self._filtered(group, selection, pattern)
        rest = {"nextToken": _token(last, selection)} if last else {}
        documents = [_document(event) for event in events]
        return {"events": documents, "searchedLogStreams": [], **rest}

    def _filtered(
        self, group: LogGroup, selection: EventSelection, pattern: Pattern
    ) -> tuple[list[LogEvent], EventPosition | None]:
        """A page of what matches among the events that the store finds for a pattern.

        Beside it the position where to go on, None at the end.
        """
        matching: list[LogEvent] = []
        budget = MOST_BYTES
        candidates = replace(selection, limit=MOST_EVENTS)
        for _ in range(MOST_PAGES):
            events, more = page(self._core.events, group.name, candidates)
            for event in events:
                if not pattern.match(event.message):
                    continue
                budget -= len(event.message.encode()) + EVENT_OVERHEAD
                if matching and (budget < 0 or len(matching) == selection.limit):
                    return matching, matching[-1].position
                matching.append(event)
            if not more:
                return matching, None
            candidates = replace(candidates, beyond=events[-1].position)
        return matching, candidates.beyond


def _conditions(
    parameters: Parameters, group: LogGroup, pattern: Pattern | None
) -> list[Expr]:
    conditions = [_streams(parameters, group)]
    if pattern is not None:
        conditions.append(pattern.condition())
    return [condition for condition in conditions if condition is not TRUE]


def _streams(parameters: Parameters, group: LogGroup) -> Expr:
    names = parameters.get("logStreamNames")
    prefix = parameters.get("logStreamNamePrefix")
    if names and prefix:
        raise invalid("Give either logStreamNames or logStreamNamePrefix, not both.")
    if prefix:
        return predicate(Op.STARTS, STREAM, literal(prefix))
    return in_stream(*(group.stream(name).name for name in names)) if names else TRUE


def _pattern(parameters: Parameters) -> Pattern | None:
    text = parameters.get("filterPattern") or ""
    try:
        return compile_pattern(text) if text.strip() else None
    except PatternError as error:
        raise invalid(f"Invalid filter pattern: {error.reason}") from error


def _start(parameters: Parameters) -> tuple[bool, EventPosition | None]:
    token = parameters.get("nextToken")
    if token is not None:
        match = _POSITION.fullmatch(LOGS.unpack(token))
        if match is None:
            raise LOGS.refusal()
        return match[1] == "-", EventPosition(int(match[2]), int(match[3]))
    back = parameters.get("startFromHead") is False
    start = parameters.get("startTime")
    if back and start is not None and start < EARLIEST_BACK_MS:
        raise invalid("startFromHead false needs a startTime from 2024-01-01 on.")
    return back, None


def _token(position: EventPosition, selection: EventSelection) -> str:
    return LOGS.pack(
        f"{'-' if selection.descending else '+'}{position.time_ms} {position.seq}"
    )


def _document(event: LogEvent) -> dict[str, Any]:
    return {
        "logStreamName": event.stream,
        "timestamp": event.position.time_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
        "eventId": event.position.event_id,
    }
