"""JSON of the answers: what Flask's provider writes, several times as fast."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, current_app
from flask.json.provider import DefaultJSONProvider


class AnswerProvider(DefaultJSONProvider):
    """Encodes the answers of `jsonify` as UTF-8, with sorted keys and no spaces.

    A value that has no JSON of its own is encoded as Flask's provider would.
    """

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """The arguments, as `jsonify` takes them, as a JSON response."""
        value = self._prepare_response_obj(args, kwargs)
        body = msgspec.json.encode(value, enc_hook=self.default, order="sorted")
        return current_app.response_class(body + b"\n", mimetype=self.mimetype)
