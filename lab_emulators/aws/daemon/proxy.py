"""The daemon's TCP side: a reverse proxy that signs, for the paths of X-Ray's API.

SDKs ask it for sampling rules and targets, unsigned, with a region of their own; the
real daemon signs for its own region, and so does this. It signs for whoever asks, so
it must not be a way around what the service refuses: no other path is forwarded, and
nothing that a web page sends.
"""

import http.client
from collections.abc import Iterable
from functools import cache
from typing import Any

from werkzeug.wrappers import Request, Response

from lab_emulators.aws.daemon.forward import Forwarder
from lab_emulators.aws.gateway.call import model_of

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
        # As it came: a decoded path could name another one to the service.
        path = request.environ.get("REQUEST_URI", request.path).partition("?")[0]
        if fault := _fault(request, path):
            return Response(fault, 403)
        if (request.content_length or 0) > _LARGEST:
            return Response(status=413)
        query = request.query_string.decode("latin-1")
        try:
            reply = self._forwarder.send(
                path + (f"?{query}" if query else ""),
                request.get_data(),
                method=request.method,
                kind=request.content_type or "application/json",
                timeout_s=_TIMEOUT_S,
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Response(f"the X-Ray service does not answer: {error}", 502)
        headers = [(k, v) for k, v in reply.headers.items() if k.lower() in _KEPT]
        return Response(reply.body, reply.status, headers)


def _fault(request: Request, path: str) -> str | None:
    """A sentence that says why a request is not forwarded, None when it is."""
    if "Origin" in request.headers:
        return "The X-Ray daemon takes nothing from a web page: drop the Origin header."
    if (request.method, path) in _operations():
        return None
    return (
        "The X-Ray daemon forwards only the paths of X-Ray's API, such as POST "
        f"/GetSamplingRules and POST /SamplingTargets, not {request.method} {path!r}."
    )


@cache
def _operations() -> frozenset[tuple[str, str]]:
    """Method and path of each operation in botocore's model of X-Ray."""
    model = model_of("xray")
    if model is None:
        return frozenset()
    bindings = [model.operation_model(name).http for name in model.operation_names]
    return frozenset((http["method"], http["requestUri"]) for http in bindings)
