"""Segment documents: from a text to a tree of segments, or to the reason why not.

What a document must have is from "X-Ray segment documents" in the developer guide.
Of the error codes AWS publishes only a few (`InvalidTraceId`, `MissingId`,
`JSONFormatError`, `ParseError`); the others are named here in their manner.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NoReturn, TypeGuard

from lab_emulators.aws.xray.model import EMPTY, AnnotationValue, Json, Segment, by_start
from lab_emulators.store import plain_text

MAX_BYTES = 64 * 1024
MAX_DEPTH = 100
NEWEST = 32_503_680_000
"""The year 3000: a later time is in another unit than seconds."""

HEX = "0123456789abcdefABCDEF"
"""The digits of ids."""
_NAME = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}").fullmatch
_ENDLESS = (math.inf, -math.inf)
_KEY = re.compile(r"[A-Za-z0-9_.]+").fullmatch


class DocumentError(Exception):
    """Reason to refuse a document: its id if it has one, a code, a message."""

    def __init__(self, identity: str, code: str, detail: str = "") -> None:
        self.id = identity
        self.code = code
        self.message = f"Invalid segment. ErrorCode: {code}"
        if detail:
            self.message += f" ({detail})"
        super().__init__(self.message)


def is_trace_id(text: object) -> bool:
    """Tells whether it is `1-` and 8 and 24 hex digits.

    The first 8 are an SDK's clock, a W3C id's first digits otherwise: never checked.
    """
    return (
        isinstance(text, str)
        and len(text) == 35
        and text[:2] == "1-"
        and text[10] == "-"
        and not text[2:10].strip(HEX)
        and not text[11:].strip(HEX)
    )


def is_id(text: object) -> TypeGuard[str]:
    """Tells whether it is 16 hex digits."""
    return isinstance(text, str) and len(text) == 16 and not text.strip(HEX)


@lru_cache(4096)
def is_name(text: str) -> bool:
    """Tells whether a segment may have that name; cached, for there are few names."""
    return _NAME(text) is not None


def parse_document(text: object) -> Segment:
    """The segment, or independent subsegment, of one document; DocumentError."""
    return segment_of(_decoded(text))


def documents_in(text: object) -> Iterator[tuple[str, Segment | DocumentError]]:
    """Pairs (text, segment or error): one, or one for each item of an array."""
    try:
        document = _decoded(text)
    except DocumentError as error:
        yield "", error
        return
    if isinstance(document, list):
        for item in document:
            yield _checked(json.dumps(item, separators=(",", ":")), item)
    else:
        yield _checked(plain_text(str(text)), document)


def segment_of(document: object) -> Segment:
    """The segment of a decoded document; DocumentError."""
    if not isinstance(document, dict):
        raise DocumentError("", "ParseError", "a document is a JSON object")
    identity = document.get("id")
    return _Reader(identity if isinstance(identity, str) else "").top(document)


def _checked(text: str, item: object) -> tuple[str, Segment | DocumentError]:
    try:
        return text, segment_of(item)
    except DocumentError as error:
        return text, error


def _decoded(text: object) -> Any:
    if not isinstance(text, str):
        raise DocumentError("", "JSONFormatError", "a document is text")
    plain = text if text.isascii() else plain_text(text)
    if len(plain) > MAX_BYTES or len(plain.encode()) > MAX_BYTES:
        raise DocumentError("", "SegmentTooLarge", f"more than {MAX_BYTES} bytes")
    try:
        return _DECODER.decode(plain)
    except (ValueError, RecursionError):
        raise DocumentError("", "JSONFormatError") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_KINDS: dict[str, type] = {
    **dict.fromkeys(("origin", "namespace", "user", "resource_arn"), str),
    **dict.fromkeys(("http", "aws", "metadata", "service", "sql"), dict),
    **dict.fromkeys(("error", "fault", "throttle"), bool),
}
"""Optional members that are stored unchanged, if they are of that type."""


class _Reader:
    """Reads one document; every refusal carries the document's id."""

    def __init__(self, identity: str) -> None:
        self._document_id = identity[:64]

    def top(self, document: Json) -> Segment:
        trace_id = document.get("trace_id")
        if not is_trace_id(trace_id):
            self._refuse("TraceId", trace_id, "1- and 8 and 24 hex digits")
        independent = document.get("type") == "subsegment"
        if independent and document.get("parent_id") is None:
            self._refuse("ParentId", None)
        return self._segment(document, str(trace_id), independent=independent)

    def _refuse(self, field: str, value: object, expected: str = "") -> NoReturn:
        missing = value is None or value == ""
        code = f"{'Missing' if missing else 'Invalid'}{field}"
        detail = "" if missing or not expected else f"must be {expected}"
        raise DocumentError(self._document_id, code, detail)

    def _segment(
        self,
        document: Json,
        trace_id: str,
        parent_id: str | None = None,
        depth: int = 0,
        *,
        independent: bool = False,
    ) -> Segment:
        get = document.get
        identity, name = get("id"), get("name")
        if not is_id(identity):
            self._refuse("Id", identity, "16 hex digits")
        if not (isinstance(name, str) and is_name(name)):
            self._refuse("Name", name, "1 to 200 letters, digits or _.:/%&#=+\\-@")
        start = self._time("StartTime", get("start_time"))
        in_progress = get("in_progress") is True
        end = None if in_progress else self._end(get("end_time"), start)
        members: dict[str, Any] = {
            key: value
            for key, value in document.items()
            if value.__class__ is _KINDS.get(key)
        }
        return Segment(
            id=identity,
            trace_id=trace_id,
            name=name,
            start=start,
            end=end,
            parent_id=parent_id or self._parent(get("parent_id")),
            cause=_cause(get("cause")),
            annotations=_annotations(get("annotations")),
            in_progress=in_progress,
            independent=independent,
            sent=document,
            subsegments=self._subsegments(document, trace_id, identity, depth),
            **members,
        )

    def _subsegments(
        self, document: Json, trace_id: str, parent_id: str, depth: int
    ) -> tuple[Segment, ...]:
        subsegments = document.get("subsegments")
        if not subsegments:
            return ()
        if depth >= MAX_DEPTH or not isinstance(subsegments, list):
            raise DocumentError(self._document_id, "ParseError", "subsegments")
        if not all(isinstance(item, dict) for item in subsegments):
            raise DocumentError(self._document_id, "ParseError", "subsegments")
        inner = [
            self._segment(item, trace_id, parent_id, depth + 1) for item in subsegments
        ]
        if len(inner) > 1:
            inner.sort(key=by_start)
        return tuple(inner)

    def _parent(self, value: object) -> str | None:
        if value is None:
            return None
        if not is_id(value):
            self._refuse("ParentId", value, "16 hex digits")
        return value

    def _time(self, field: str, value: object) -> float:
        number = value.__class__ is float or value.__class__ is int
        if number and 0 <= value < NEWEST:  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        return self._refuse(field, value, "seconds since 1970")

    def _end(self, value: object, start: float) -> float:
        end = self._time("EndTime", value)
        if end < start:
            self._refuse("EndTime", value, "no earlier than start_time")
        return end


def _cause(value: object) -> Json | str | None:
    return value if isinstance(value, dict | str) else None


def _annotations(value: object) -> Mapping[str, AnnotationValue]:
    """The annotations that are indexed: a number, text or boolean under a plain key."""
    if not isinstance(value, dict):
        return EMPTY
    return {
        key: item
        for key, item in value.items()
        if isinstance(item, str | int | float) and _KEY(key) and item not in _ENDLESS
    }
