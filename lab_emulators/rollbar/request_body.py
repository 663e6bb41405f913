"""Request bodies of Rollbar's API: the payload of an item, and fields."""

import json
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from flask import request

from lab_emulators.rollbar import errors
from lab_emulators.rollbar.auth import PARAMETER, require
from lab_emulators.rollbar.config import TokenScope
from lab_emulators.rollbar.context import config
from lab_emulators.web import bodies

Fields = dict[str, Any]

_FORM = "application/x-www-form-urlencoded"
_DEPTH = 100  # of a payload; no library nests what it sends a tenth as deep


def payload() -> dict[str, Any]:
    """Returns the JSON object of an item; RollbarError 400, 413."""
    raw = _read()
    try:
        parsed = bodies.parse_json(_json_text(raw), max_depth=_DEPTH)
    except ValueError as error:
        text = f"the JSON payload cannot be decoded: {error}"
        raise errors.unreadable(text) from error
    if not isinstance(parsed, dict):
        raise errors.unreadable("the JSON payload must be an object")
    return parsed


def authorized_fields(scope: TokenScope) -> Fields:
    """Returns the fields of a JSON object or a form, if the token has `scope`.

    The token comes before the body's faults: RollbarError 401, 403, 429, then 400.
    """
    request.max_content_length = config().max_body
    fields = _fields()
    require(scope, in_body=fields.get(PARAMETER) if isinstance(fields, dict) else None)
    if not isinstance(fields, dict):
        raise errors.unreadable("the body is neither a JSON object nor a form")
    return {name: value for name, value in fields.items() if name != PARAMETER}


def _read() -> bytes:
    limit = config().max_body
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise errors.unreadable("compressed bodies are not understood")
    try:
        return bodies.read(request, limit)
    except bodies.BodyTooLargeError as error:
        raise errors.RollbarError(413, "request entity too large") from error


def _json_text(raw: bytes) -> str:
    """The JSON text; `curl -d` calls a form what is plain JSON, so both are tried."""
    if request.mimetype == _FORM and not raw.lstrip().startswith(b"{"):
        # 5: more fields than one are not sent by anybody; parse_qs refuses them
        form = parse_qs(raw.decode(), strict_parsing=True, max_num_fields=5)
        if "payload" not in form:
            raise ValueError("the form has no payload")
        return form["payload"][0]
    if not raw.strip():
        raise ValueError("no payload was found")
    return raw.decode()


def _fields() -> Any:
    if request.mimetype == "multipart/form-data":
        return request.form.to_dict()
    raw = request.get_data()
    # curl calls a form whatever it was not told to call JSON
    if "urlencoded" in request.mimetype and not raw.lstrip().startswith(b"{"):
        return dict(parse_qsl(raw.decode("utf-8", "replace")))
    try:
        return bodies.scrubbed(json.loads(raw))
    except (ValueError, RecursionError):
        return None
