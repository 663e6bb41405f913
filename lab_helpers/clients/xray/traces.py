"""Segment documents as the rows of a trace, in the columns that Honeycomb's have."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from lab_helpers.analysis.columns import TRACE_COLUMNS

Document = Mapping[str, Any]

KINDS = {"remote": "client", "aws": "client"}
"""OpenTelemetry's kind for the namespace of a subsegment; the rest are internal."""


def frame(
    trace: Document, *, extra: Sequence[str] = (), inferred: bool = False
) -> pd.DataFrame:
    """The rows of one trace of BatchGetTraces, in order of start.

    `extra` names further columns by their path in the document, such as
    `http.response.status` or `annotations.plan`. Inferred segments, which no service
    has sent, are left out unless `inferred`.
    """
    documents = [json.loads(item["Document"]) for item in trace.get("Segments") or []]
    sent = [item for item in documents if inferred or not item.get("inferred")]
    names = _services(documents)
    rows = [
        _row(entity, parent, str(trace["Id"]), names, extra)
        for document in sent
        for entity, parent in _walk(document)
    ]
    spans = pd.DataFrame(rows, columns=[*TRACE_COLUMNS, *extra])
    spans["start"] = pd.to_datetime(spans["start"], unit="ns", utc=True)
    spans["error"] = spans["error"].astype("bool")
    spans["duration_ms"] = spans["duration_ms"].astype("float64")
    return spans.sort_values(["start", "duration_ms"], ascending=[True, False]).pipe(
        lambda rows: rows.reset_index(drop=True)
    )


def _walk(document: Document) -> Iterator[tuple[Document, str | None]]:
    """A document and everything nested in it, each with its parent's id."""
    waiting: list[tuple[Document, str | None]] = [(document, document.get("parent_id"))]
    while waiting:
        entity, parent = waiting.pop()
        yield entity, parent
        below = entity.get("subsegments") or []
        waiting += [(child, str(entity["id"])) for child in reversed(below)]


def _services(documents: Sequence[Document]) -> dict[str, str]:
    """The service of every segment and subsegment, by its id.

    A subsegment that travelled alone belongs to the service of its parent.
    """
    services = {
        str(entity["id"]): str(document.get("name"))
        for document in documents
        if document.get("type") != "subsegment"
        for entity, _ in _walk(document)
    }
    alone = [item for item in documents if item.get("type") == "subsegment"]
    for _ in alone:  # each pass may find the parents of the next
        for document in alone:
            owner = services.get(str(document.get("parent_id")))
            if owner:
                services |= {str(entity["id"]): owner for entity, _ in _walk(document)}
    return services


def _row(
    entity: Document,
    parent: str | None,
    trace_id: str,
    services: Mapping[str, str],
    extra: Sequence[str],
) -> list[object]:
    start, end = float(entity["start_time"]), entity.get("end_time")
    failed = any(entity.get(flag) for flag in ("error", "fault", "throttle"))
    return [
        trace_id,
        entity["id"],
        parent,
        entity.get("name"),
        services.get(str(entity["id"]), ""),
        _kind(entity),
        round(start * 1e6) * 1000,
        float("nan") if end is None else 1000 * (float(end) - start),
        "error" if failed else "unset",
        failed,
        "span",
        *(_at(entity, path) for path in extra),
    ]


def _kind(entity: Document) -> str:
    """A segment is what a service did for others, a subsegment a part of it."""
    whole = "trace_id" in entity and entity.get("type") != "subsegment"
    if whole:
        return "server" if "request" in (entity.get("http") or {}) else "internal"
    return KINDS.get(str(entity.get("namespace")), "internal")


def _at(entity: Document, path: str) -> object:
    value: object = entity
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
