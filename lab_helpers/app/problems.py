"""Refusals: every error of the app is JSON with a status and short codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from flask import Flask, Response, jsonify
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: a short code, the field it is about, a sentence."""

    code: str
    message: str
    field: str | None = None


class Problem(Exception):  # noqa: N818  the refusal of a request, not a defect
    """A request refused with `status` and one or more faults."""

    def __init__(self, status: int, faults: Sequence[Fault]) -> None:
        super().__init__(f"{status}: " + ", ".join(fault.code for fault in faults))
        self.status = status
        self.faults = tuple(faults)

    def response(self) -> Response:
        """The refusal as JSON: `{"errors": [{"code", "message", "field"}]}`."""
        answer = jsonify(errors=[asdict(fault) for fault in self.faults])
        answer.status_code = self.status
        return answer


def refuse(status: int, code: str, message: str, field: str | None = None) -> Problem:
    """A Problem with a single fault, ready to raise."""
    return Problem(status, [Fault(code, message, field)])


def _http_error(error: HTTPException) -> Response:
    name = (error.name or "error").lower().replace(" ", "_")
    status = error.code or 500
    answer = refuse(status, name, error.description or error.name).response()
    for header, value in error.get_headers():
        if header in ("Allow", "Retry-After"):
            answer.headers[header] = value
    return answer


def _pool_exhausted(error: PoolTimeout) -> Response:
    answer = refuse(503, "database_busy", "No database connection is free.").response()
    answer.headers["Retry-After"] = "1"
    return answer


def install_problems(app: Flask) -> None:
    """Makes the app answer every refusal, its own and the framework's, as JSON."""
    app.register_error_handler(Problem, Problem.response)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(PoolTimeout, _pool_exhausted)
