"""Routes of Rollbar's API, a module per resource; each has a blueprint."""

from typing import Any

from flask import Response, jsonify


def result(value: Any) -> Response:
    """Returns a success, `{"err": 0, "result": …}`, of a value that is JSON-ready."""
    return jsonify({"err": 0, "result": value})
