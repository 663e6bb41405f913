"""Fields of log events: GetLogRecord and GetLogGroupFields.

As Logs Insights discovers them: the members of a message that is a JSON object, inner
ones by dotted names with indexes for items of arrays, 200 at most for one event; and
the fields that begin with @, which every event has ("Supported logs and discovered
fields", CloudWatch Logs User Guide).
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from lab_emulators.aws.logs.core import Core, Operation, Parameters
from lab_emulators.aws.logs.errors import no_record
from lab_emulators.aws.logs.model import (
    LogEvent,
    LogGroup,
    read_record_pointer,
    record_pointer,
)
from lab_emulators.aws.logs.repository.events_table import SEQ, EventSelection
from lab_emulators.aws.logs.validation import check
from lab_emulators.store.query.expr import Op, literal, predicate

MOST_FIELDS = 200
AROUND_MS = 8 * 60_000
BEFORE_NOW_MS = 15 * 60_000

SAMPLE = 1000
"""Events that are searched for names of fields: the latest ones (our choice)."""

_SECONDS = 10**11  # a smaller `time` is in seconds, as AWS's page says
_OF_EVERY_EVENT = (
    "@ingestionTime", "@log", "@logStream", "@message", "@ptr", "@timestamp",
)  # fmt: skip


def operations(core: Core) -> Mapping[str, Operation]:
    """GetLogRecord and GetLogGroupFields."""
    fields = DiscoveredFields(core)
    return {
        "GetLogRecord": fields.record,
        "GetLogGroupFields": fields.of_group,
    }


class DiscoveredFields:
    """Reads the fields of messages."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def record(self, parameters: Parameters) -> dict[str, Any]:
        """`GetLogRecord`: every field of the event that a `@ptr` names."""
        check("GetLogRecord", parameters)
        name, position = read_record_pointer(parameters["logRecordPointer"])
        group = self._core.log_groups.group(name)
        selection = EventSelection(
            start_ms=max(position.time_ms, group.expiry_ms(self._core.now_ms())),
            end_ms=position.time_ms + 1,
            where=predicate(Op.EQ, SEQ, literal(position.seq)),
        )
        events = self._core.events.read(name, selection)
        if not events:
            raise no_record()
        return {"logRecord": self._record(name, events[0])}

    def of_group(self, parameters: Parameters) -> dict[str, Any]:
        """`GetLogGroupFields`: names, each with its percentage of the events."""
        check("GetLogGroupFields", parameters)
        group = self._core.group(parameters)
        events = self._core.events.read(group.name, self._around(parameters, group))
        counts = Counter(_OF_EVERY_EVENT) if events else Counter[str]()
        for name in counts:
            counts[name] = len(events)
        for event in events:
            counts.update(dict(fields_of(event.message)).keys())
        shares = [(-round(100 * n / len(events)), name) for name, n in counts.items()]
        found = [{"name": name, "percent": -share} for share, name in sorted(shares)]
        return {"logGroupFields": found}

    def _around(self, parameters: Parameters, group: LogGroup) -> EventSelection:
        now, time = self._core.now_ms(), parameters.get("time")
        if time is None:
            start, end = now - BEFORE_NOW_MS, now + 1
        else:
            middle = time * 1000 if time < _SECONDS else time
            start, end = middle - AROUND_MS, middle + AROUND_MS
        start = max(start, 0, group.expiry_ms(now))
        return EventSelection(start, max(end, start), descending=True, limit=SAMPLE)

    def _record(self, group: str, event: LogEvent) -> dict[str, str]:
        position = event.position
        return {
            "@timestamp": str(position.time_ms),
            "@ingestionTime": str(event.ingested_ms),
            "@message": event.message,
            "@logStream": event.stream,
            "@log": f"{self._core.account}:{group}",
            "@ptr": record_pointer(group, position.time_ms, position.seq),
            **dict(fields_of(event.message)),
        }


def fields_of(message: str) -> Iterator[tuple[str, str]]:
    """Names and values, as text, of a message's fields; none unless it is JSON."""
    if not message.lstrip().startswith("{"):
        return iter(())
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return iter(())
    return islice(_leaves(document, ""), MOST_FIELDS)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Names and texts of all inner values but null."""
    if isinstance(value, dict | list):
        for name, item in _members(value):
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    elif value is not None:
        yield path, value if isinstance(value, str) else json.dumps(value)


def _members(value: Any) -> Iterable[tuple[Any, Any]]:
    return enumerate(value) if isinstance(value, list) else value.items()
