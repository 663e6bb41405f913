"""Browsers send telemetry straight to Honeycomb, so its ingest doors speak CORS."""

from flask import Request, Response

from lab_emulators.honeycomb.answers import nothing

_DOORS = ("/v1/", "/1/events/", "/1/batch/")
_HEADERS = (
    "*, content-type, content-encoding, x-honeycomb-team, x-honeycomb-dataset, "
    "x-honeycomb-useragent, x-honeycomb-event-time, x-honeycomb-samplerate"
)
_EXPOSED = "Retry-After, RateLimit, RateLimitPolicy, RateLimit-Policy"


def is_preflight(request: Request) -> bool:
    """Whether this is a browser asking if it may send."""
    return request.method == "OPTIONS" and request.path.startswith(_DOORS)


def preflight() -> Response:
    """204: any page may POST, with these headers."""
    answer = nothing(204)
    answer.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    answer.headers["Access-Control-Allow-Headers"] = _HEADERS
    answer.headers["Access-Control-Max-Age"] = "600"
    return answer


def allow(request: Request, response: Response) -> None:
    """Let any page read this answer, if it is of an ingest door."""
    if request.path.startswith(_DOORS):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
