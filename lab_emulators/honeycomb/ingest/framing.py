"""The outer shape of a traces request: where its spans lie, and all the rest of it.

Only the few messages around the spans are walked here, byte by byte; nothing is
interpreted. What is no span goes, without the spans, through protobuf's own decoder.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lab_emulators.honeycomb.ingest.datasets import MAX_ROWS, check_length

_LENGTH_DELIMITED = 2
_SIZES = {1: 8, 5: 4}  # of the fixed wire types


class UnusualError(Exception):
    """An encoding outside the spans that is broken, or that no exporter writes."""


@dataclass(slots=True)
class ScopeFrame:
    """One ScopeSpans: the byte range of each of its spans, and its other bytes."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    rest: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class RequestFrame:
    """A request taken apart: the scopes by resource, and the request without spans."""

    resources: list[list[ScopeFrame]]
    spanless: bytes


def frame(body: bytes) -> RequestFrame:
    """Finds the spans of a serialized ExportTraceServiceRequest.

    Raises UnusualError where the bytes around them are not what an exporter writes,
    whether protobuf would take them or not, and OtlpError for too many spans.
    """
    # Spans are most of a request: only where they lie is noted, and what is left of
    # the request without them is small enough for protobuf to parse.
    resources: list[list[ScopeFrame]] = []
    spanless = bytearray()
    spans = 0
    try:
        for number, span, whole in _fields(body, 0, len(body)):
            if number == 1:
                scopes, rest = _resource(body, *span)
                resources.append(scopes)
                spanless += message(1, rest)
                spans += sum(len(scope.starts) for scope in scopes)
                check_length(max(spans, len(resources)))
            else:
                spanless += body[slice(*whole)]
    except IndexError as error:
        raise UnusualError("ends in the middle of a field") from error
    return RequestFrame(resources, bytes(spanless))


def _resource(body: bytes, start: int, end: int) -> tuple[list[ScopeFrame], bytes]:
    scopes: list[ScopeFrame] = []
    rest = bytearray()
    for number, span, whole in _fields(body, start, end):
        if number == 2:
            scopes.append(_scope(body, *span))
            rest += message(2, scopes[-1].rest)
            check_length(len(scopes))
        else:
            rest += body[slice(*whole)]
    return scopes, bytes(rest)


def _scope(body: bytes, start: int, end: int) -> ScopeFrame:
    scope = ScopeFrame()
    for number, span, whole in _fields(body, start, end):
        if number == 2:
            scope.starts.append(span[0])
            scope.ends.append(span[1])
            if len(scope.starts) > MAX_ROWS:
                check_length(len(scope.starts))
        else:
            scope.rest += body[slice(*whole)]
    return scope


_Range = tuple[int, int]


def _fields(body: bytes, at: int, end: int) -> Iterator[tuple[int, _Range, _Range]]:
    """Yields (number, payload, whole field) of a message; number 0 if not of bytes."""
    while at < end:
        start = at
        tag, at = _varint(body, at)
        wire_type = tag & 7
        if tag < 8:
            raise UnusualError("field number 0")
        if wire_type == _LENGTH_DELIMITED:
            size, at = _varint(body, at)
            payload, at = at, at + size
            number = tag >> 3
        else:
            payload = at
            at = _after(body, at, wire_type)
            number = 0
        if at > end:
            raise UnusualError("a field reaches beyond its message")
        yield number, (payload, at), (start, at)


def _after(body: bytes, at: int, wire_type: int) -> int:
    if wire_type == 0:
        return _varint(body, at)[1]
    if wire_type not in _SIZES:
        raise UnusualError(f"wire type {wire_type}")
    return at + _SIZES[wire_type]


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """Reads a varint of at most four bytes; returns it and where it ends."""
    byte = body[at]
    if byte < 0x80:
        return byte, at + 1
    value = byte & 0x7F
    for shift in (7, 14, 21):
        at += 1
        byte = body[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at + 1
    raise UnusualError("a varint of more than four bytes")


def message(number: int, payload: bytes | bytearray) -> bytes:
    """Returns `payload` as the length-delimited field `number` of a message."""
    head = bytearray([number << 3 | _LENGTH_DELIMITED])
    size = len(payload)
    while size >= 0x80:
        head.append(size & 0x7F | 0x80)
        size >>= 7
    head.append(size)
    return bytes(head) + payload
