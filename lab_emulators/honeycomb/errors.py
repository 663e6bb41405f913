"""The ways Honeycomb says no: legacy, detailed problem, JSON:API and OTLP status."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from flask import Response, request
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

UNKNOWN_KEY = "unknown API key - check your credentials"
CANNOT_PARSE = "could not parse request body"
INVALID_INPUT = "The provided input is invalid."
TOO_FAST = "You have exceeded your rate limit."
OTLP_TYPES = ("application/protobuf", "application/x-protobuf", "application/json")
# google.rpc.Code for the statuses that OTLP paths can answer
_RPC_CODES = {
    400: 3,
    401: 16,
    403: 7,
    404: 5,
    405: 12,
    413: 3,
    429: 8,
    500: 13,
    503: 14,
    507: 8,
}

_PROBLEMS: Mapping[str, tuple[int, str]] = {
    "unparseable": (400, "The request body could not be parsed."),
    "not-found": (404, "The requested resource cannot be found."),
    "conflict": (
        409,
        "Request could not be completed due to a conflict with the current state "
        "of the target resource.",
    ),
    "payload-too-large": (413, "Request body is too large."),
    "validation-failed": (422, INVALID_INPUT),
    "rate-limited": (429, TOO_FAST),
}


class HoneycombError(Exception):
    """An answer other than success: `status`, the human `text`, and its shape.

    `kind` names one of Honeycomb's problem types; without it the answer has the
    legacy shape. `retry_after` is in seconds.
    """

    def __init__(
        self,
        status: int,
        text: str,
        *,
        kind: str | None = None,
        detail: str | None = None,
        type_detail: Sequence[Mapping[str, str]] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.kind = kind
        self.detail = detail
        self.type_detail = list(type_detail)
        self.retry_after = retry_after

    def body(self, base_url: str) -> dict[str, Any]:
        """The JSON document of this error; `base_url` starts a problem's `type`."""
        if self.kind is None:
            return {"error": self.text}
        body: dict[str, Any] = {
            "status": self.status,
            "type": f"{base_url}/problems/{self.kind}",
            "title": _PROBLEMS[self.kind][1],
            "error": self.text,
        }
        if self.detail is not None:
            body["detail"] = self.detail
        if self.type_detail:
            body["type_detail"] = self.type_detail
        return body


def legacy(status: int, text: str) -> HoneycombError:
    """An error in the older shape, `{"error": text}`."""
    return HoneycombError(status, text)


def problem(
    kind: str,
    text: str | None = None,
    *,
    detail: str | None = None,
    retry_after: float | None = None,
) -> HoneycombError:
    """A detailed problem of one kind; without `text` its error is its title."""
    status, title = _PROBLEMS[kind]
    return HoneycombError(
        status, text or title, kind=kind, detail=detail, retry_after=retry_after
    )


def not_found(text: str) -> HoneycombError:
    """404 with the same text as `error` and `detail`, as the real service sends it."""
    return problem("not-found", text, detail=text)


def invalid(field: str, code: str, description: str) -> HoneycombError:
    """422 about one field; `code` is invalid, missing, incorrect_type, …"""
    detail = {"field": field, "code": code, "description": description}
    return invalid_details([detail])


def invalid_details(details: Sequence[Mapping[str, str]]) -> HoneycombError:
    """422 about several fields, each `{"field", "code", "description"}`."""
    return HoneycombError(
        422, INVALID_INPUT, kind="validation-failed", type_detail=details
    )


def rate_limited(
    text: str, retry_after: float, detail: str | None = None
) -> HoneycombError:
    """429 that names a second try in `retry_after` seconds."""
    return problem("rate-limited", text, detail=detail, retry_after=retry_after)


def render(error: HoneycombError) -> Response:
    """The answer to the current request: OTLP status under `/v1`, else JSON."""
    if request.path.startswith("/v1/"):
        return _otlp_status(error)
    return render_json(error)


def render_json(error: HoneycombError) -> Response:
    """The JSON answer of one error, `Retry-After` as a date."""
    body = error.body(request.host_url.rstrip("/"))
    kind = "application/problem+json" if error.kind else "application/json"
    answer = Response(json.dumps(body), error.status, content_type=kind)
    if error.retry_after is not None:
        wait = timedelta(seconds=math.ceil(error.retry_after))
        later = datetime.now(UTC) + wait
        answer.headers["Retry-After"] = format_datetime(later, usegmt=True)
    return answer


def _otlp_status(error: HoneycombError) -> Response:
    """google.rpc.Status in the request's own encoding (OTLP/HTTP, "Failures")."""
    answer = Response(status=error.status)
    code = _RPC_CODES.get(error.status, 2)
    if request.mimetype not in OTLP_TYPES:
        answer.set_data(error.text)
        answer.content_type = "text/plain"
    elif request.mimetype == "application/json":
        answer.set_data(json.dumps({"code": code, "message": error.text}))
        answer.content_type = request.mimetype
    else:
        answer.set_data(Status(code=code, message=error.text).SerializeToString())
        answer.content_type = request.mimetype
    if error.retry_after is not None:
        # exporters read seconds; ceil, because 0 would mean "at once"
        answer.headers["Retry-After"] = str(math.ceil(error.retry_after))
    return answer
