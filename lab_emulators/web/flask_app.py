"""Flask applications of one shape: paths as they are sent, errors, CORS.

Vendors bring their blueprints, and how each of their errors is answered.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

EXTENSION = "emulator"
ErrorHandlers = Mapping[type[Exception], Callable[[Any], Response]]


@dataclass(frozen=True, slots=True)
class Cors:
    """Cross-origin rules: what a page may send, and read of the answers.

    `applies` says of a path whether a page may send there at all; `preflight` makes
    the empty answer of a preflight.
    """

    applies: Callable[[str], bool]
    request_headers: str
    exposed_headers: str
    preflight: Callable[[], Response]

    def answer_preflight(self) -> Response | None:
        """Answers the current request if it is a preflight: any page may POST."""
        if request.method != "OPTIONS" or not self.applies(request.path):
            return None
        answer = self.preflight()
        answer.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        answer.headers["Access-Control-Allow-Headers"] = self.request_headers
        answer.headers["Access-Control-Max-Age"] = "600"
        return answer

    def allow(self, response: Response) -> Response:
        """Lets any page read the response of a route to which pages may send."""
        if self.applies(request.path):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = self.exposed_headers
        return response


def create(
    emulator: object,
    blueprints: Iterable[Blueprint],
    error_handlers: ErrorHandlers,
    cors: Cors,
) -> Flask:
    """Makes an application: every path and method is exactly what a blueprint says.

    What a request can reach is `emulator`, at `app.extensions[EXTENSION]`.
    """
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = emulator
    app.before_request(cors.answer_preflight)
    app.after_request(cors.allow)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    for error, handler in error_handlers.items():
        app.register_error_handler(error, handler)
    return app


def empty(status: int) -> Response:
    """Returns an empty body, and no content type for it."""
    answer = Response(status=status)
    del answer.headers["Content-Type"]
    return answer


def with_headers_of(error: HTTPException, answer: Response) -> Response:
    """Adds the headers that routing gives its refusal: `Allow`, `Location` and such."""
    answer.headers.extend(
        (name, value)
        for name, value in error.get_headers()
        if name.lower() not in ("content-type", "content-length")
    )
    return answer
