"""The one way Rollbar says no: `{"err": 1, "message": …}` with a status."""

from flask import Response, jsonify

NOT_FOUND = "Not found"


class ApiError(Exception):
    """An answer other than success: `status` and the message for a human."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def unreadable(message: str) -> ApiError:
    """400: no JSON, or none that can be read."""
    return ApiError(400, message)


def not_found(message: str = NOT_FOUND) -> ApiError:
    """404: there is no such thing, or no such path."""
    return ApiError(404, message)


def invalid(message: str) -> ApiError:
    """422: readable, but it cannot be meant."""
    return ApiError(422, message)


def render(error: ApiError) -> Response:
    """The answer of one error."""
    answer = jsonify({"err": 1, "message": error.message})
    answer.status_code = error.status
    return answer
