"""Answers that carry no document."""

from flask import Response


def nothing(status: int) -> Response:
    """An empty body, and no content type for it."""
    answer = Response(status=status)
    del answer.headers["Content-Type"]
    return answer
