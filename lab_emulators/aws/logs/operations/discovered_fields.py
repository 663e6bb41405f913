"""Fields of events: GetLogRecord gives all of one, GetLogGroupFields their names.

As Logs Insights discovers them: the members of a message that is a JSON object, inner
ones by dotted names with numbers for places in arrays, 200 at most for one event; and
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
from lab_emulators.aws.logs.pointers import pointed, pointer
from lab_emulators.aws.logs.repository.events_table import SEQ, Event, Wanted
from lab_emulators.aws.logs.repository.group_repository import Group
from lab_emulators.aws.logs.validation import check
from lab_emulators.store.query.expr import Op, literal, predicate

MOST_FIELDS = 200
AROUND_MS = 8 * 60_000
BEFORE_NOW_MS = 15 * 60_000

SAMPLE = 1000
"""Events looked at for the names of fields: the last ones (our choice)."""

_SECONDS = 10**11  # a smaller `time` is in seconds, as AWS's page says
_OF_EVERY_EVENT = (
    "@ingestionTime", "@log", "@logStream", "@message", "@ptr", "@timestamp",
)  # fmt: skip


def operations(core: Core) -> Mapping[str, Operation]:
    """GetLogRecord and GetLogGroupFields."""
    fields = Fields(core)
    return {
        "GetLogRecord": fields.record,
        "GetLogGroupFields": fields.of_group,
    }


class Fields:
    """Takes messages apart."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def record(self, parameters: Parameters) -> dict[str, Any]:
        """`GetLogRecord`: every field of the event that a `@ptr` names."""
        check("GetLogRecord", parameters)
        name, place = pointed(parameters["logRecordPointer"])
        group = self._core.directory.group(name)
        wanted = Wanted(
            start_ms=max(place.time_ms, group.expiry_ms(self._core.now_ms())),
            end_ms=place.time_ms + 1,
            where=predicate(Op.EQ, SEQ, literal(place.seq)),
        )
        events = self._core.archive.read(name, wanted)
        if not events:
            raise no_record()
        return {"logRecord": self._record(name, events[0])}

    def of_group(self, parameters: Parameters) -> dict[str, Any]:
        """`GetLogGroupFields`: names, and in how many percent of the events."""
        check("GetLogGroupFields", parameters)
        group = self._core.group(parameters)
        events = self._core.archive.read(group.name, self._around(parameters, group))
        counts = Counter(_OF_EVERY_EVENT) if events else Counter[str]()
        for name in counts:
            counts[name] = len(events)
        for event in events:
            counts.update(dict(fields_of(event.message)).keys())
        shares = [(-round(100 * n / len(events)), name) for name, n in counts.items()]
        found = [{"name": name, "percent": -share} for share, name in sorted(shares)]
        return {"logGroupFields": found}

    def _around(self, parameters: Parameters, group: Group) -> Wanted:
        now, time = self._core.now_ms(), parameters.get("time")
        if time is None:
            start, end = now - BEFORE_NOW_MS, now + 1
        else:
            middle = time * 1000 if time < _SECONDS else time
            start, end = middle - AROUND_MS, middle + AROUND_MS
        start = max(start, 0, group.expiry_ms(now))
        return Wanted(start, max(end, start), descending=True, limit=SAMPLE)

    def _record(self, group: str, event: Event) -> dict[str, str]:
        place = event.place
        return {
            "@timestamp": str(place.time_ms),
            "@ingestionTime": str(event.ingested_ms),
            "@message": event.message,
            "@logStream": event.stream,
            "@log": f"{self._core.account}:{group}",
            "@ptr": pointer(group, place.time_ms, place.seq),
            **dict(fields_of(event.message)),
        }


def fields_of(message: str) -> Iterator[tuple[str, str]]:
    """Names and values, as text, of the fields in a message; none if it is no JSON."""
    if not message.lstrip().startswith("{"):
        return iter(())
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return iter(())
    return islice(_leaves(document, ""), MOST_FIELDS)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Names and texts of what is inside; JSON's null is not there at all."""
    if isinstance(value, dict | list):
        for name, item in _members(value):
            yield from _leaves(item, f"{path}.{name}" if path else str(name))
    elif value is not None:
        yield path, value if isinstance(value, str) else json.dumps(value)


def _members(value: Any) -> Iterable[tuple[Any, Any]]:
    return enumerate(value) if isinstance(value, list) else value.items()
