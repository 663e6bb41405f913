"""Request bodies: read within a limit, decompressed within a limit, parsed strictly."""

import json
import math
import zlib
from collections.abc import Callable
from typing import Any

import zstandard
from werkzeug.wrappers import Request

_STEP = 1024  # compressed bytes per step: bounds what one step can expand to
_PARTS = 1000  # of one compressed body; each costs a copy of the rest
_WINDOW = 1 << 27  # the largest zstd window a decoder is asked to support (RFC 8878)


class BodyError(ValueError):
    """A body that is not what its headers say it is; the text says what is wrong."""


class BodyTooLargeError(BodyError):
    """A body beyond its limit, as sent or once decompressed."""


class EncodingError(BodyError):
    """A body whose content encoding is unknown or broken."""


def read(request: Request, limit: int, *, sent_limit: int | None = None) -> bytes:
    """Returns a request's body, decompressed; BodyTooLargeError beyond `limit`."""
    body = read_sent(request, limit if sent_limit is None else sent_limit)
    return decompress(body, request.headers.get("Content-Encoding", ""), limit)


def read_sent(request: Request, limit: int) -> bytes:
    """Returns a request's body as it was sent; BodyTooLargeError beyond `limit`."""
    body = request.stream.read(limit + 1)
    if len(body) > limit:
        raise BodyTooLargeError(f"body exceeds {limit} bytes")
    return body


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Undoes a content encoding (none, gzip or zstd), bounded by `limit`."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        expanded = body
    elif encoding == "gzip":
        expanded = _gunzip(body, limit)
    elif encoding == "zstd":
        expanded = _unzstd(body, limit)
    else:
        raise EncodingError("could not parse request body")
    if len(expanded) > limit:
        raise BodyTooLargeError(f"body exceeds {limit} bytes")
    return expanded


def _gunzip(body: bytes, limit: int) -> bytes:
    """All members of a gzip stream, never more than a byte beyond `limit`."""
    expanded = b""
    try:
        for _ in range(_PARTS):
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
        for _ in range(_PARTS):
            body = _unzstd_frame(decoder, body, expanded, limit)
            if not body:
                return bytes(expanded)
    except zstandard.ZstdError as error:
        raise EncodingError("invalid zstd data") from error
    raise EncodingError("invalid zstd data")


def _unzstd_frame(
    decoder: zstandard.ZstdDecompressor, body: bytes, into: bytearray, limit: int
) -> bytes:
    """Expands a frame onto `into`; returns the bytes after it, `b""` over the limit."""
    frame = decoder.decompressobj()
    for start in range(0, len(body), _STEP):
        into += frame.decompress(body[start : start + _STEP])
        if len(into) > limit:
            return b""
        if frame.eof:
            return frame.unused_data + body[start + _STEP :]
    raise EncodingError("invalid zstd data")


def parse_json(
    body: bytes | str,
    *,
    max_depth: int | None = None,
    parse_int: Callable[[str], Any] = int,
) -> Any:
    """Parses strict JSON in UTF-8: no NaN, no infinities, no number beyond a double.

    Lone surrogates become U+FFFD, because no UTF-8 writer accepts them later. Raises
    BodyError for anything else, and for what is nested deeper than `max_depth`.
    """
    try:
        text = body if isinstance(body, str) else body.decode()
        parsed = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=parse_int,
            parse_float=finite_float,
        )
        if max_depth is not None and not is_shallow(parsed, max_depth):
            raise BodyError(f"it is nested deeper than {max_depth} levels")
        return scrubbed(parsed) if "\\ud" in text.lower() else parsed
    except (ValueError, RecursionError) as error:
        raise BodyError(str(error)) from error


def finite_float(text: str) -> float:
    """Reads a number; ValueError for one that no double can hold."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} does not fit a number")
    return number


def is_shallow(value: Any, max_depth: int) -> bool:
    """True if no list or object in `value` is nested deeper than `max_depth`."""
    # Level by level, not by recursion: depth is what is being bounded.
    layer = [value]
    for _ in range(max_depth):
        layer = [inner for outer in layer for inner in _members(outer)]
        if not layer:
            return True
    return False


def scrubbed(value: Any) -> Any:
    """Returns parsed JSON with every string made encodable."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {scrubbed(key): scrubbed(item) for key, item in value.items()}
    return value


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
