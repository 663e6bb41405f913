"""Request bodies of Honeycomb's API: JSON with numbers as its decoder reads them."""

from typing import Any

from flask import g, request

from lab_emulators.honeycomb import errors
from lab_emulators.honeycomb.context import config
from lab_emulators.web import bodies
from lab_emulators.web.bodies import BodyError, BodyTooLargeError, EncodingError

_INT64 = range(-(2**63), 2**63)
_DEPTH = 64  # of a management document; no documented one needs more than ten


def read(limit: int, *, sent_limit: int | None = None) -> bytes:
    """Returns the current request's body, decompressed; see `bodies.read`.

    As it was sent it is `g.sent_body` afterwards.
    """
    g.sent_body = bodies.read_sent(request, limit if sent_limit is None else sent_limit)
    encoding = request.headers.get("Content-Encoding", "")
    return bodies.decompress(g.sent_body, encoding, limit)


def parse_json(body: bytes, *, max_depth: int | None = None) -> Any:
    """Parses strict JSON; integers beyond 64 bits become floats. Raises BodyError."""
    return bodies.parse_json(body, max_depth=max_depth, parse_int=_number)


def _number(text: str) -> int | float:
    if len(text) < 19:
        return int(text)
    number = int(text) if len(text) < 21 else None
    if number is not None and number in _INT64:
        return number
    return bodies.finite_float(text)


def document() -> dict[str, Any]:
    """Returns the JSON object in the body of a management request; 400 if none."""
    parsed = value()
    if not isinstance(parsed, dict):
        raise errors.problem("unparseable", errors.CANNOT_PARSE)
    return parsed


def value() -> Any:
    """Returns the JSON value in the body of a management request.

    400 `unparseable` when it is none, 413 beyond the size Honeycomb documents.
    """
    limit = config().limits.document_bytes
    try:
        return parse_json(read(limit), max_depth=_DEPTH)
    except BodyTooLargeError as error:
        text = f"Body size is larger than maximum size of {limit} bytes"
        raise errors.problem("payload-too-large", text) from error
    except EncodingError as error:
        raise errors.problem("unparseable", str(error)) from error
    except BodyError as error:
        raise errors.problem("unparseable", errors.CANNOT_PARSE) from error
