"""Spans of a DataFrame as an OTLP traces request, column by column.

Protobuf messages may be written in pieces: the bytes of two halves of a span, one after
the other, are the span. So each different value is encoded once, by the classes of
`opentelemetry-proto`, and a span is joined of the pieces it needs; no object is made
for it. This takes a ninth of the time that building every message takes
(`benchmarks/history.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    InstrumentationScope,
    KeyValue,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import (
    ResourceSpans,
    ScopeSpans,
    Span,
    Status,
)

from lab_helpers.analysis.columns import TRACE_COLUMNS

MESSAGE = "status_message"
"""The column with the words of a span's status, if there is one."""

OWN = {*TRACE_COLUMNS, MESSAGE}

Pieces = Sequence[bytes]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Octets = npt.NDArray[np.uint8]
Objects = npt.NDArray[np.object_]

_LENGTH = 2  # the wire type of what has a length
_RESOURCE_SPANS, _SCOPE_SPANS, _SPANS = 1, 2, 2
_TRACE_ID, _SPAN_ID, _PARENT_ID, _START, _END = 0x0A, 0x12, 0x22, 0x39, 0x41


class TracesEncoder:
    """Encodes spans, and the events recorded in them, a request at a time.

    `resource` is what the resources have besides `service.name`.
    """

    def __init__(
        self, spans: pd.DataFrame, events: pd.DataFrame, resource: Mapping[str, str]
    ) -> None:
        self._resource = resource
        self._services = _coded(spans["service"])
        self._scopes = _coded(scopes_of(spans))
        self._columns = list(_columns_of(spans, events))

    def request(self, positions: Positions) -> bytes:
        """The spans at these positions, as a serialized `ExportTraceServiceRequest`."""
        return b"".join(
            _field(_RESOURCE_SPANS, self._service(str(service), own))
            for service, own in _groups(self._services, positions)
        )

    def _service(self, service: str, positions: Positions) -> bytes:
        attributes = {"service.name": service, **self._resource}
        resource = Resource(attributes=[_pair(*each) for each in attributes.items()])
        return ResourceSpans(resource=resource).SerializeToString() + b"".join(
            _field(_SCOPE_SPANS, self._scope(str(scope), own))
            for scope, own in _groups(self._scopes, positions)
        )

    def _scope(self, scope: str, positions: Positions) -> bytes:
        columns = [column.pieces(positions) for column in self._columns]
        there = [pieces for pieces in columns if pieces is not None]
        rows = map(b"".join, zip(*there, strict=True))
        header = ScopeSpans(scope=InstrumentationScope(name=scope))
        return header.SerializeToString() + b"".join(
            piece for row in rows for piece in (_head(_SPANS, len(row)), row)
        )


class Column(Protocol):
    """One field of all spans, encoded."""

    def pieces(self, positions: Positions) -> Pieces | None:
        """A piece for each of these spans, an empty one where it lacks the field.

        None if all of them lack it.
        """


@dataclass(frozen=True, slots=True)
class Coded:
    """A field with few different values: the piece of each, the number of each span's.

    Number -1, which is the last of the pieces, is that of no value.
    """

    codes: Positions
    table: Objects

    def pieces(self, positions: Positions) -> Pieces | None:
        codes = self.codes[positions]
        return self.table[codes].tolist() if (codes >= 0).any() else None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A field whose pieces all have one length; `there` says which spans have it."""

    there: Flags
    octets: Octets

    def pieces(self, positions: Positions) -> Pieces | None:
        there = self.there[positions]
        if not there.any():
            return None
        octets = self.octets[positions].tobytes()
        width = self.octets.shape[1]
        cut = [octets[at : at + width] for at in range(0, len(octets), width)]
        if there.all():
            return cut
        return [
            piece if present else b""
            for piece, present in zip(cut, there.tolist(), strict=True)
        ]


def _columns_of(spans: pd.DataFrame, events: pd.DataFrame) -> Iterator[Column]:
    """The fields of all spans, in the order an exporter writes them."""
    yield _ids(spans["trace_id"], _TRACE_ID, 16)
    yield _ids(spans["span_id"], _SPAN_ID, 8)
    yield _ids(spans["parent_id"], _PARENT_ID, 8)
    yield _coded_pieces(spans["name"], lambda name: Span(name=name))
    yield _coded_pieces(spans["kind"], _kind)
    yield _times(spans)
    for name in _attributes_in(spans):
        yield _attribute(name, spans[name])
    recorded = _events_by_span(events)
    owners = spans["span_id"].where(spans["span_id"].isin(list(recorded)))
    yield _coded_pieces(owners, recorded.__getitem__)
    yield _coded_pieces(_statuses(spans), _status)


def scopes_of(spans: pd.DataFrame) -> pd.Series[Any]:
    """The instrumentation that made each span, by its kind and attributes."""
    kind = spans["kind"]
    database = spans["db.system"].notna() if "db.system" in spans else False
    scopes = pd.Series("steps", index=spans.index)
    scopes[kind == "server"] = "opentelemetry.instrumentation.flask"
    scopes[kind == "client"] = "opentelemetry.instrumentation.requests"
    scopes[(kind == "client") & database] = "opentelemetry.instrumentation.sqlalchemy"
    return scopes


def _groups(column: Coded, positions: Positions) -> Iterator[tuple[object, Positions]]:
    """The values of a column at these positions, each with its own positions."""
    codes = column.codes[positions]
    for code in np.unique(codes).tolist():
        yield column.table[code], positions[codes == code]


def _coded(values: pd.Series[Any]) -> Coded:
    codes, different = pd.factorize(values, sort=True)
    return Coded(codes, np.array(different.tolist(), dtype=object))


def _coded_pieces(values: pd.Series[Any], encode: Callable[[Any], Span]) -> Coded:
    """Each different value encoded once, as a span that has nothing else."""
    codes, different = pd.factorize(values)
    pieces = [encode(value).SerializeToString() for value in different.tolist()]
    return Coded(codes, np.array([*pieces, b""], dtype=object))


def _attribute(name: str, values: pd.Series[Any]) -> Column:
    if values.dtype == np.float64:
        return _numbers(name, values.to_numpy(np.float64))
    return _coded_pieces(values, lambda value: Span(attributes=[_pair(name, value)]))


def _kind(kind: str) -> Span:
    return Span(kind=Span.SpanKind.Value(f"SPAN_KIND_{kind.upper()}"))


def _statuses(spans: pd.DataFrame) -> pd.Series[Any]:
    """Status and message of each span, with a line break between."""
    messages = spans[MESSAGE].fillna("") if MESSAGE in spans else ""
    return spans["status"] + "\n" + messages


def _status(status: str) -> Span:
    code, _, message = status.partition("\n")
    known = Status.StatusCode.Value(f"STATUS_CODE_{code.upper()}")
    return Span(status=Status(code=known, message=message))


def _pair(key: str, value: object) -> KeyValue:
    return KeyValue(key=key, value=_any(value))


def _any(value: object) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=str(value))


def _ids(values: pd.Series[Any], tag: int, size: int) -> Fixed:
    """Ids of hexadecimal text as fields of bytes."""
    digits = "".join(values.fillna("0" * 2 * size).to_numpy(object))
    raw = np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(-1, size)
    return Fixed(values.notna().to_numpy(np.bool_), _behind(bytes([tag, size]), raw))


def _times(spans: pd.DataFrame) -> Fixed:
    """Start and end of each span, two fields of nanoseconds."""
    start = nanoseconds(spans["start"])
    took = np.rint(spans["duration_ms"].to_numpy(np.float64) * 1000).astype(np.int64)
    ends = _behind(bytes([_END]), _octets(start + took * 1000))
    both = np.hstack([_behind(bytes([_START]), _octets(start)), ends])
    return Fixed(np.ones(len(spans), np.bool_), both)


def nanoseconds(moments: pd.Series[Any]) -> Positions:
    """Moments as nanoseconds since 1970."""
    stamps: Positions = moments.dt.as_unit("ns").astype("int64").to_numpy(np.int64)
    return stamps


def _attributes_in(rows: pd.DataFrame) -> list[str]:
    """The columns that are attributes of some of these rows."""
    names = (name for name in map(str, rows.columns) if name not in OWN)
    return [name for name in names if rows[name].notna().any()]


def _numbers(name: str, values: npt.NDArray[np.float64]) -> Fixed:
    """Floats as attributes: the bytes before the number are the same for all."""
    pattern = Span(attributes=[_pair(name, 1.0)]).SerializeToString()
    return Fixed(~np.isnan(values), _behind(pattern[:-8], _octets(values)))


def _octets(values: np.ndarray[Any, Any]) -> Octets:
    """Eight bytes for each value, the lowest first."""
    little = values.astype(values.dtype.newbyteorder("<"))
    return little.view(np.uint8).reshape(-1, 8)


def _behind(prefix: bytes, rows: Octets) -> Octets:
    """Rows of bytes, all of one length, each behind the prefix."""
    table = np.empty((len(rows), len(prefix) + rows.shape[1]), np.uint8)
    table[:, : len(prefix)] = np.frombuffer(prefix, np.uint8)
    table[:, len(prefix) :] = rows
    return table


def _events_by_span(events: pd.DataFrame) -> dict[str, Span]:
    """Spans with nothing but events, by the id of the span they belong to."""
    recorded: dict[str, Span] = {}
    names = _attributes_in(events)
    rows = zip(
        events["parent_id"],
        events["name"],
        nanoseconds(events["start"]).tolist(),
        *(events[name] for name in names),
        strict=True,
    )
    for owner, name, at, *values in rows:
        there = zip(names, values, strict=True)
        pairs = [_pair(key, value) for key, value in there if pd.notna(value)]
        event = Span.Event(name=name, time_unix_nano=at, attributes=pairs)
        recorded.setdefault(owner, Span()).events.append(event)
    return recorded


def _field(number: int, payload: bytes) -> bytes:
    return _head(number, len(payload)) + payload


@lru_cache(4096)
def _head(number: int, size: int) -> bytes:
    """Tag and length before the bytes of a message inside another."""
    head = bytearray([number << 3 | _LENGTH])
    while size >= 0x80:
        head.append(size & 0x7F | 0x80)
        size >>= 7
    head.append(size)
    return bytes(head)
