"""The paths of the lab itself beside those of AWS: empty everything, seed, evaluate.

Two are moto's, here for all of the local AWS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import moto, responses
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.contract import ALARM_EVALUATION_PATH

MOTO_PATHS = "/moto-api/"

END_OF_TIME_S = 253_402_300_800


@dataclass(frozen=True, slots=True)
class LabRoutes:
    """`reset` forgets everything.

    `tick` evaluates the alarms as of a time in seconds since 1970, or as if the
    periods under way were over.
    """

    reset: Callable[[], None]
    tick: Callable[[float | None], dict[str, Any]]

    def answer(self, request: HttpRequest) -> Response:
        """The answer at a path of the lab; raises AwsError."""
        if request.parsed.method != "POST":
            raise AwsError("AccessDenied", f"only POST works at {request.path}", 403)
        values = request.parsed.values
        if request.path == "/moto-api/reset":
            self.reset()
        elif request.path == "/moto-api/seed":
            moto.seed(_whole_number("a", values.get("a", "")))
        elif request.path == ALARM_EVALUATION_PATH:
            now = values.get("now")
            changes = self.tick(None if now is None else _seconds("now", now))
            return responses.plain(changes)
        else:
            raise AwsError("NotFound", f"there is no {request.path} here", 404)
        return responses.plain({"status": "ok"})


def _whole_number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        message = f"'{name}' must be a whole number, not {text!r}"
        raise AwsError("ValidationError", message) from error


def _seconds(name: str, text: str) -> float:
    """Seconds since 1970, before the year 10000."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < END_OF_TIME_S:
        message = f"'{name}' must be seconds since 1970, not {text!r}"
        raise AwsError("ValidationError", message)
    return seconds
