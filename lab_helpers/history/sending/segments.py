"""Segment documents of a day: one for each service that a request came through.

They have the shape the X-Ray SDK gives them: a segment is named after its service and
has a subsegment for each step, statement and call, and the next service's segment
names the call as its parent.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from lab_helpers.clients.xray.ids import w3c_id, xray_id
from lab_helpers.history.sending.otlp import nanoseconds
from lab_helpers.history.sending.part import Part

Document = dict[str, Any]
Row = Mapping[str, Any]

_COLUMNS = (
    "trace_id",
    "span_id",
    "parent_id",
    "name",
    "service",
    "kind",
    "duration_ms",
    "error",
)
_FACTS = "app."
_ANNOTATIONS = ("plan", "tenant")
_FRAME = re.compile(r'^ +File "(.+)", line (\d+), in (.+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace: its id in X-Ray's form, and its segment documents as JSON."""

    id: str
    documents: list[str]


def traces_of(part: Part, without: Collection[str] = ()) -> list[Trace]:
    """The traces of a part, in order of their start, but not those `without`."""
    hidden = {w3c_id(each) for each in without}
    spans = part.spans[~part.spans["trace_id"].isin(list(hidden))]
    inside: defaultdict[str, list[Row]] = defaultdict(list)
    segments: dict[str, list[Row]] = {}
    for row in _rows(spans):
        if row["kind"] == "server":
            segments.setdefault(row["trace_id"], []).append(row)
        else:
            inside[row["parent_id"]].append(row)
    writer = _Writer(inside, _causes(part.events))
    return [
        Trace(xray_id(trace_id), [json.dumps(writer.segment(row)) for row in servers])
        for trace_id, servers in segments.items()
    ]


class _Writer:
    """Writes segments, with the subsegments and exceptions that belong to them."""

    def __init__(
        self, inside: Mapping[str, Sequence[Row]], causes: Mapping[str, list[Document]]
    ) -> None:
        self._inside = inside
        self._causes = causes

    def segment(self, row: Row) -> Document:
        """A server span as a segment."""
        facts = {
            name.removeprefix(_FACTS): value
            for name, value in row.items()
            if name.startswith(_FACTS)
        }
        own: Document = {"name": row["service"], "trace_id": xray_id(row["trace_id"])}
        if facts.get("user"):
            own["user"] = facts["user"]
        annotations = {name: facts[name] for name in _ANNOTATIONS if name in facts}
        if annotations:
            own["annotations"] = annotations
        if facts:
            own["metadata"] = {"kittiwake": {"facts": facts}}
        if row["parent_id"]:
            own["parent_id"] = row["parent_id"]
        return own | self._common(row)

    def _subsegment(self, row: Row) -> Document:
        own: Document = {"name": row["name"]}
        if "db.system" in row:
            own = {"name": row["db.name"], "namespace": "remote", "sql": _sql(row)}
        elif row["kind"] == "client":
            host = urlsplit(row.get("http.url", "")).hostname or row["name"]
            own = {"name": host, "namespace": "remote"}
        return own | self._common(row)

    def _common(self, row: Row) -> Document:
        start = row["start_us"]
        document = {
            "id": row["span_id"],
            "start_time": start / 1_000_000,
            "end_time": (start + round(row["duration_ms"] * 1000)) / 1_000_000,
            **_outcome(row),
        }
        if "http.method" in row:
            document["http"] = _http(row)
        if row["span_id"] in self._causes:
            document["cause"] = {"exceptions": self._causes[row["span_id"]]}
        children = self._inside.get(row["span_id"])
        if children:
            document["subsegments"] = [self._subsegment(each) for each in children]
        return document


def _rows(spans: pd.DataFrame) -> Iterator[Row]:
    """The spans as dictionaries without what they lack, in order of start."""
    chosen = [*_COLUMNS, *(name for name in spans.columns if "." in name)]
    columns = [spans[name].to_numpy(object) for name in chosen]
    lacking = [spans[name].isna().to_numpy() for name in chosen]
    starts = (nanoseconds(spans["start"]) // 1000).tolist()
    for column, gaps in zip(columns, lacking, strict=True):
        column[gaps] = None
    for start, *values in zip(starts, *columns, strict=True):
        row = {
            name: value
            for name, value in zip(chosen, values, strict=True)
            if value is not None
        }
        yield {"parent_id": "", **row, "start_us": start}


def _outcome(row: Row) -> Document:
    """The flags that are true: 4xx is an error, 429 a throttle too, 5xx a fault."""
    status = row.get("http.status_code", 0)
    if 400 <= status < 500:
        return {"error": True} | ({"throttle": True} if status == 429 else {})
    return {"fault": True} if status >= 500 or row["error"] else {}


def _http(row: Row) -> Document:
    target = row.get("http.target", "")
    url = row.get("http.url") or f"{row['http.scheme']}://{row['http.host']}{target}"
    request = {"method": row["http.method"], "url": url}
    for name, attribute in (
        ("user_agent", "http.user_agent"),
        ("client_ip", "net.peer.ip"),
    ):
        if attribute in row:
            request[name] = row[attribute]
    if "http.status_code" not in row:
        return {"request": request}
    return {"request": request, "response": {"status": row["http.status_code"]}}


def _sql(row: Row) -> Document:
    sql = {"url": f"{row['db.system']}:///{row['db.name']}"}
    sql["database_type"] = row["db.system"]
    if "db.statement" in row:
        sql["sanitized_query"] = row["db.statement"]
    return sql


def _causes(events: pd.DataFrame) -> dict[str, list[Document]]:
    """The exceptions recorded in each span, by the span's id."""
    causes: defaultdict[str, list[Document]] = defaultdict(list)
    if events.empty:
        return causes
    names = ("parent_id", "exception.type", "exception.message", "exception.stacktrace")
    for owner, kind, message, trace in zip(
        *(events[name] for name in names), strict=True
    ):
        if isinstance(kind, str):
            exception = {"type": kind, "message": message, "stack": _stack(trace)}
            causes[owner].append({"id": owner, **exception})
    return causes


def _stack(trace: object) -> list[Document]:
    """Frames of a Python traceback, the innermost first, as X-Ray lists them."""
    frames = [
        {"path": frame[1], "line": int(frame[2]), "label": frame[3]}
        for frame in _FRAME.finditer(str(trace))
    ]
    return frames[::-1]
