"""Request bodies: a payload as JSON, or as the `payload` of a form, read strictly."""

import json
import math
from typing import Any
from urllib.parse import parse_qs

from flask import request

from lab_emulators.rollbar import errors
from lab_emulators.rollbar.context import config
from lab_emulators.store import plain_text

_FORM = "application/x-www-form-urlencoded"
_DEPTH = 100  # of a payload; no library nests what it sends a tenth as deep


def document() -> dict[str, Any]:
    """The JSON object in the current request's body; ApiError 400, 413."""
    raw = _read()
    try:
        parsed = _parsed(_payload(raw))
    except (ValueError, RecursionError) as error:
        raise errors.unreadable(f"the JSON payload cannot be decoded: {error}") from (
            error
        )
    if not isinstance(parsed, dict):
        raise errors.unreadable("the JSON payload must be an object")
    return parsed


def _read() -> bytes:
    limit = config().max_body
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise errors.unreadable("compressed bodies are not understood")
    raw = request.stream.read(limit + 1)
    if len(raw) > limit:
        raise errors.ApiError(413, "request entity too large")
    return raw


def _payload(raw: bytes) -> str:
    """The JSON text; `curl -d` calls a form what is plain JSON, so both are tried."""
    if request.mimetype == _FORM and not raw.lstrip().startswith(b"{"):
        # 5: more fields than one are not sent by anybody; parse_qs refuses them
        found = parse_qs(raw.decode(), strict_parsing=True, max_num_fields=5)
        if "payload" not in found:
            raise ValueError("the form has no payload")
        return found["payload"][0]
    if not raw.strip():
        raise ValueError("no payload was found")
    return raw.decode()


def _parsed(text: str) -> Any:
    """Strict JSON: no NaN, no infinities, bounded depth, only encodable text."""
    found = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    if not _shallow(found):
        raise ValueError(f"it is nested deeper than {_DEPTH} levels")
    if "\\ud" in text.lower():  # lone surrogates are JSON, but no UTF-8
        found = json.loads(plain_text(json.dumps(found, ensure_ascii=False)))
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} does not fit a number")
    return number


def _shallow(value: Any) -> bool:
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
