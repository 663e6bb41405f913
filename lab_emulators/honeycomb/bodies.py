"""Request bodies: read within a limit, decompressed within a limit, parsed strictly."""

import json
import math
import zlib
from typing import Any

import zstandard
from flask import request

from lab_emulators.honeycomb import errors
from lab_emulators.honeycomb.context import config

_INT64 = range(-(2**63), 2**63)
_DEPTH = 64  # of a management document; no documented one needs more than ten
_STEP = 1024  # compressed bytes per step: bounds what one step can expand to
_MEMBERS = 1000  # of one compressed body; each costs a copy of the rest
_WINDOW = 1 << 27  # the largest zstd window a decoder is asked to support (RFC 8878)


class BodyError(ValueError):
    """A body that is not what its headers say it is; the text says what is wrong."""


class BodyTooLargeError(BodyError):
    """A body beyond its limit, as sent or once decompressed."""


class EncodingError(BodyError):
    """A body whose content encoding is unknown or broken."""


def read(limit: int, *, sent_limit: int | None = None) -> bytes:
    """The current request's body, decompressed; BodyTooLargeError beyond `limit`."""
    sent_limit = limit if sent_limit is None else sent_limit
    body = request.stream.read(sent_limit + 1)
    if len(body) > sent_limit:
        raise BodyTooLargeError(f"body exceeds {sent_limit} bytes")
    return decompress(body, request.headers.get("Content-Encoding", ""), limit)


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """`body` without its content encoding (none, gzip or zstd), bounded by `limit`."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        expanded = body
    elif encoding == "gzip":
        expanded = _gunzip(body, limit)
    elif encoding == "zstd":
        expanded = _unzstd(body, limit)
    else:
        raise EncodingError(errors.CANNOT_PARSE)
    if len(expanded) > limit:
        raise BodyTooLargeError(f"body exceeds {limit} bytes")
    return expanded


def _gunzip(body: bytes, limit: int) -> bytes:
    """All members of a gzip stream, never more than a byte beyond `limit`."""
    expanded = b""
    try:
        for _ in range(_MEMBERS):
            member = zlib.decompressobj(wbits=31)
            expanded += member.decompress(body, limit + 1 - len(expanded))
            body = member.unused_data
            if len(expanded) > limit or (member.eof and not body):
                return expanded
            if not member.eof:
                break
    except zlib.error as error:
        raise EncodingError("invalid gzip data") from error
    raise EncodingError("invalid gzip data")


def _unzstd(body: bytes, limit: int) -> bytes:
    """All frames of a zstd stream, stopping soon after `limit`."""
    expanded = bytearray()
    decoder = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    try:
        for _ in range(_MEMBERS):
            body = _unzstd_frame(decoder, body, expanded, limit)
            if not body:
                return bytes(expanded)
    except zstandard.ZstdError as error:
        raise EncodingError("invalid zstd data") from error
    raise EncodingError("invalid zstd data")


def _unzstd_frame(
    decoder: zstandard.ZstdDecompressor, body: bytes, into: bytearray, limit: int
) -> bytes:
    """Expand one frame onto `into`; what follows it, `b""` once beyond the limit."""
    frame = decoder.decompressobj()
    for start in range(0, len(body), _STEP):
        into += frame.decompress(body[start : start + _STEP])
        if len(into) > limit:
            return b""
        if frame.eof:
            return frame.unused_data + body[start + _STEP :]
    raise EncodingError("invalid zstd data")


def parse_json(body: bytes) -> Any:
    """Strict JSON in UTF-8: no NaN, no infinities; lone surrogates become U+FFFD.

    Integers beyond 64 bits become floats, as in the service's own decoder. Raises
    BodyError for anything else.
    """
    try:
        text = body.decode()
        parsed = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_finite,
        )
        # json leaves lone surrogates in place, and no UTF-8 writer accepts them later
        return _scrubbed(parsed) if "\\ud" in text or "\\uD" in text else parsed
    except (ValueError, RecursionError) as error:
        raise BodyError(errors.CANNOT_PARSE) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _integer(text: str) -> int | float:
    if len(text) < 19:
        return int(text)
    number = int(text) if len(text) < 21 else None
    return number if number is not None and number in _INT64 else _finite(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} does not fit a number")
    return number


def _scrubbed(value: Any) -> Any:
    """`value` with every string made encodable."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(item) for key, item in value.items()}
    return value


def document() -> dict[str, Any]:
    """The JSON object in the body of a management request; 400 if it is none."""
    parsed = value()
    if not isinstance(parsed, dict):
        raise errors.problem("unparseable", errors.CANNOT_PARSE)
    return parsed


def value() -> Any:
    """The JSON value in the body of a management request.

    400 `unparseable` when it is none, 413 beyond the size Honeycomb documents.
    """
    limit = config().limits.document_bytes
    try:
        parsed = parse_json(read(limit))
    except BodyTooLargeError as error:
        text = f"Body size is larger than maximum size of {limit} bytes"
        raise errors.problem("payload-too-large", text) from error
    except BodyError as error:
        raise errors.problem("unparseable", str(error)) from error
    if not _shallow(parsed):
        raise errors.problem("unparseable", errors.CANNOT_PARSE)
    return parsed


def _shallow(value: Any) -> bool:
    """Whether nothing in `value` is nested deeper than documents ever are."""
    layer = [value]
    for _ in range(_DEPTH):
        layer = [inner for outer in layer for inner in _members(outer)]
        if not layer:
            return True
    return False


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
