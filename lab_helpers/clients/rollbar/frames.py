"""Rollbar's answers as DataFrames with proper types."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from lab_helpers.clients.transport.columns import typed, utc_of_seconds

Document = Mapping[str, Any]

ITEM_COLUMNS = (
    "counter",
    "title",
    "level",
    "status",
    "environment",
    "occurrences",
    "people",
    "first",
    "last",
    "activated",
    "resolved",
    "resolved_in",
    "fingerprint",
    "id",
)
"""One item a row. `first`, `last`, `activated` and `resolved` are UTC.

`people` is what Rollbar calls unique occurrences, `resolved_in` a version.
"""

OCCURRENCE_COLUMNS = (
    "time",
    "uuid",
    "level",
    "title",
    "exception",
    "message",
    "context",
    "person",
    "version",
    "environment",
    "trace_id",
    "id",
)
"""One occurrence a row; `time` is UTC. Exception and message are the outermost.

`trace_id` is that of the payload's `custom`, if somebody put it there.
"""

DEPLOY_COLUMNS = (
    "id",
    "environment",
    "revision",
    "status",
    "start",
    "finish",
    "user",
    "comment",
)
"""One deploy a row; `start` and `finish` are UTC."""

LEVELS = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "critical"}
"""Rollbar's levels by number; RQL shows the numbers."""

_ITEM = {
    "occurrences": "total_occurrences",
    "people": "unique_occurrences",
    "first": "first_occurrence_timestamp",
    "last": "last_occurrence_timestamp",
    "activated": "last_activated_timestamp",
    "resolved": "last_resolved_timestamp",
    "resolved_in": "resolved_in_version",
    "fingerprint": "hash",
}
_DEPLOY = {"start": "start_time", "finish": "finish_time", "user": "local_username"}
_TIMES = {"first", "last", "activated", "resolved", "time", "start", "finish"}


def of_items(items: Iterable[Document]) -> pd.DataFrame:
    """ITEM_COLUMNS, in the order of `items`."""
    rows = [
        {name: item.get(_ITEM.get(name, name)) for name in ITEM_COLUMNS}
        | {"level": level_name(item.get("level"))}
        for item in items
    ]
    return _frame(rows, ITEM_COLUMNS)


def of_occurrences(instances: Iterable[Document]) -> pd.DataFrame:
    """OCCURRENCE_COLUMNS, the oldest first."""
    frame = _frame([_occurrence(each) for each in instances], OCCURRENCE_COLUMNS)
    return frame.sort_values(["time", "id"], kind="stable", ignore_index=True)


def of_deploys(deploys: Iterable[Document]) -> pd.DataFrame:
    """DEPLOY_COLUMNS, the oldest first."""
    rows = [
        {name: deploy.get(_DEPLOY.get(name, name)) for name in DEPLOY_COLUMNS}
        for deploy in deploys
    ]
    frame = _frame(rows, DEPLOY_COLUMNS)
    return frame.sort_values(["start", "id"], kind="stable", ignore_index=True)


def of_rql(result: Document) -> pd.DataFrame:
    """The rows of an RQL result under its columns; `timestamp` becomes UTC."""
    names = [str(name) for name in result.get("columns") or []]
    rows = [list(row) for row in result.get("rows") or []]
    columns = {
        number: _column([row[number] for row in rows], timestamp=name == "timestamp")
        for number, name in enumerate(names)
    }
    frame = pd.DataFrame(columns, index=range(len(rows)))
    frame.columns = pd.Index(names)
    return frame


def level_name(level: object) -> str | None:
    """A level by its name, whether it came as one or as a number."""
    if isinstance(level, int):
        return LEVELS.get(level, str(level))
    return None if level is None else str(level)


def outermost(data: Document) -> Document:
    """The trace of a payload: the only one, or the first of a chain, or nothing."""
    body = data.get("body") or {}
    chain = body.get("trace_chain") or []
    trace = body.get("trace") or (chain[0] if chain else {})
    return trace if isinstance(trace, Mapping) else {}


def message_of(data: Document) -> str | None:
    """The message of a payload: its exception's, or its own."""
    exception = outermost(data).get("exception") or {}
    message = (data.get("body") or {}).get("message") or {}
    text = exception.get("message", message.get("body"))
    return None if text is None else str(text)


def person_of(data: Document) -> str | None:
    """The person of a payload: the username, or else the id."""
    person = data.get("person") or {}
    name = person.get("username") or person.get("id")
    return None if name is None else str(name)


def title_of(data: Document) -> str | None:
    """The payload's own title, or `Class: message` as Rollbar makes one."""
    if data.get("title"):
        return str(data["title"])
    name = (outermost(data).get("exception") or {}).get("class")
    text = message_of(data)
    return text if name is None else f"{name}: {text}" if text else str(name)


def version_of(data: Document) -> str | None:
    """The code version, of the payload or of its server."""
    server = data.get("server") or {}
    version = data.get("code_version") or server.get("code_version")
    return None if version is None else str(version)


def _occurrence(instance: Document) -> dict[str, Any]:
    data = instance.get("data") or {}
    custom = data.get("custom")
    return {
        "time": instance.get("timestamp", data.get("timestamp")),
        "uuid": data.get("uuid"),
        "level": level_name(data.get("level")),
        "title": title_of(data),
        "exception": (outermost(data).get("exception") or {}).get("class"),
        "message": message_of(data),
        "context": data.get("context"),
        "person": person_of(data),
        "version": version_of(data),
        "environment": data.get("environment"),
        "trace_id": custom.get("trace_id") if isinstance(custom, Mapping) else None,
        "id": instance.get("id"),
    }


def _frame(rows: Sequence[Document], names: Sequence[str]) -> pd.DataFrame:
    columns = {
        name: _column([row[name] for row in rows], timestamp=name in _TIMES)
        for name in names
    }
    return pd.DataFrame(columns, index=range(len(rows)))


def _column(values: Sequence[Any], *, timestamp: bool) -> "pd.Series[Any]":
    """Values in the type they share; Unix seconds as UTC if they are timestamps."""
    return utc_of_seconds(values) if timestamp else typed(values)
