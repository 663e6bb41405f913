"""Browsers report their errors themselves, so the ingest door speaks CORS."""

from flask import Request, Response

from lab_emulators.rollbar.auth import HEADER
from lab_emulators.rollbar.ratelimit import HEADERS

_DOOR = "/api/1/item"


def is_preflight(request: Request) -> bool:
    """Whether this is a browser asking if it may report."""
    return request.method == "OPTIONS" and _at_door(request)


def preflight() -> Response:
    """Any page may POST, with these headers."""
    answer = Response(status=200)
    answer.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    answer.headers["Access-Control-Allow-Headers"] = f"{HEADER}, Content-Type, Accept"
    answer.headers["Access-Control-Max-Age"] = "600"
    return answer


def allow(request: Request, response: Response) -> None:
    """Let any page read this answer, if it is of the ingest door."""
    if _at_door(request):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = ", ".join(HEADERS)


def _at_door(request: Request) -> bool:
    return request.path.rstrip("/") == _DOOR
