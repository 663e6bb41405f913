"""The one way Rollbar says yes: `{"err": 0, "result": …}`."""

from typing import Any

from flask import Response, jsonify


def result(value: Any) -> Response:
    """A success with its result, which must be JSON-ready."""
    return jsonify({"err": 0, "result": value})
