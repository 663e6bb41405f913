"""What a body tells: the fields of a JSON object or of a form, and perhaps a token."""

import json
from typing import Any
from urllib.parse import parse_qsl

from flask import request

from lab_emulators.rollbar import errors
from lab_emulators.rollbar.auth import PARAMETER, require
from lab_emulators.rollbar.config import Scope
from lab_emulators.rollbar.context import config
from lab_emulators.store import plain_text

Body = dict[str, Any]


def authorized(scope: Scope) -> Body:
    """The fields of the current request, if its token has `scope`.

    The token comes before the body's faults: ApiError 401, 403, 429, then 400.
    """
    request.max_content_length = config().max_body
    body = _read()
    require(scope, in_body=body.get(PARAMETER) if isinstance(body, dict) else None)
    if not isinstance(body, dict):
        raise errors.unreadable("the body is neither a JSON object nor a form")
    return {name: value for name, value in body.items() if name != PARAMETER}


def _read() -> Any:
    if request.mimetype == "multipart/form-data":
        return request.form.to_dict()
    raw = request.get_data()
    # curl calls a form whatever it was not told to call JSON
    if "urlencoded" in request.mimetype and not raw.lstrip().startswith(b"{"):
        return dict(parse_qsl(raw.decode("utf-8", "replace")))
    try:
        found = json.loads(raw)
        # lone surrogates are JSON, but nothing that can be stored
        return json.loads(plain_text(json.dumps(found, ensure_ascii=False)))
    except (ValueError, RecursionError):
        return None
