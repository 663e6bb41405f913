"""The daemon's TCP side: a reverse proxy that signs, for any path.

SDKs ask it for sampling rules and targets, unsigned, with a region of their own; the
real daemon signs for its own region, and so does this.
"""

import http.client
from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from lab_emulators.aws.daemon.forward import Forwarder

_LARGEST = 8 * 2**20
_TIMEOUT_S = 30.0
_KEPT = ("content-type", "x-amzn-requestid", "x-amzn-errortype", "retry-after")


class Proxy:
    """The WSGI application."""

    def __init__(self, forwarder: Forwarder) -> None:
        self._forwarder = forwarder

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._forward(Request(environ))(environ, start_response)

    def _forward(self, request: Request) -> Response:
        if (request.content_length or 0) > _LARGEST:
            return Response(status=413)
        query = request.query_string.decode("latin-1")
        try:
            reply = self._forwarder.send(
                request.environ.get("REQUEST_URI", request.path).partition("?")[0]
                + (f"?{query}" if query else ""),
                request.get_data(),
                method=request.method,
                kind=request.content_type or "application/json",
                timeout_s=_TIMEOUT_S,
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Response(f"the X-Ray service does not answer: {error}", 502)
        kept = [(k, v) for k, v in reply.headers.items() if k.lower() in _KEPT]
        return Response(reply.body, reply.status, kept)
