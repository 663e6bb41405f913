"""Error answers of Rollbar's API: `{"err": 1, "message": …}` with a status."""

from flask import Response, jsonify

NOT_FOUND = "Not found"


class RollbarError(Exception):
    """An answer other than success: `status` and the message for a human."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def unreadable(message: str) -> RollbarError:
    """400: no JSON, or none that can be read."""
    return RollbarError(400, message)


def not_found(message: str = NOT_FOUND) -> RollbarError:
    """404: there is no such item, occurrence, deploy, job or path."""
    return RollbarError(404, message)


def invalid(message: str) -> RollbarError:
    """422: the request is readable, but its content is not valid."""
    return RollbarError(422, message)


def render(error: RollbarError) -> Response:
    """The answer of one error."""
    answer = jsonify({"err": 1, "message": error.message})
    answer.status_code = error.status
    return answer
