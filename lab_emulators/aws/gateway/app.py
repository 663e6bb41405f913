"""The gateway: one WSGI application that stands for every AWS service.

A request goes where its signature's scope says: to an engine of ours, to moto, or
back with an AWS error that names what is not emulated. Nothing here knows what an
operation does.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from lab_emulators.aws.engine import Engine
from lab_emulators.aws.errors import AwsError, not_emulated
from lab_emulators.aws.gateway import moto, responses
from lab_emulators.aws.gateway.call import (
    ApiCall,
    model_of,
    parse_call,
    protocol_of,
    unsigned_scope,
)
from lab_emulators.aws.gateway.credential_scope import Scope, scope_of
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.aws.gateway.lab_routes import MOTO_PATHS, LabRoutes
from lab_emulators.aws.gateway.otlp_routes import OtlpRoute, otlp_routes
from lab_emulators.aws.gateway.recorder import Recorder, is_recorded
from lab_emulators.aws.gateway.routing import Engines, moto_has
from lab_emulators.contract import ALARM_EVALUATION_PATH
from lab_emulators.store import DiskFullError, OverloadedError, StoreClosedError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """Services and recorder behind the gateway."""

    engines: Engines
    recorder: Recorder
    lab: LabRoutes


class Gateway:
    """The WSGI application."""

    def __init__(self, parts: Parts) -> None:
        self._engines = parts.engines
        self._recorder = parts.recorder
        self._lab = parts.lab
        self._otlp = otlp_routes(parts.engines)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self._answer(HttpRequest(environ))
        return answer(environ, start_response)

    def _answer(self, request: HttpRequest) -> Response:
        call: ApiCall | None = None
        try:
            if "HTTP_ORIGIN" in request.environ:
                text = "the local AWS takes nothing from a web page (an Origin header)"
                raise AwsError("AccessDenied", text, 403)
            scope = scope_of(request.environ)
            if _is_lab_path(request.path, scope):
                return self._lab.answer(request)
            if route := self._otlp_route(request, scope):
                return route.answer(request)
            call = self._parse(request, scope)
            return self._dispatch(call)
        except Exception as error:  # noqa: BLE001 - clients read errors of AWS
            return _refusal(error, request, call)

    def _parse(self, request: HttpRequest, scope: Scope | None) -> ApiCall:
        scope = scope or unsigned_scope(request)
        # What is compressed in S3 is the object, not the request.
        if "HTTP_CONTENT_ENCODING" in request.environ and scope.service != "s3":
            request = request.decompressed()
        return parse_call(request, scope)

    def _dispatch(self, call: ApiCall) -> Response:
        engine = self._engines.get(call.facts.name)
        if engine is not None and call.operation in engine.operations:
            answer = _engine_answer(engine, call)
        elif moto_has(call.service, call.operation):
            answer = moto.answer(call)
        else:
            raise not_emulated(call.name)
        if answer.status_code < 400 and is_recorded(call):
            self._recorder.record(call, answer.headers.get("x-amzn-RequestId", ""))
        return answer

    def _otlp_route(
        self, request: HttpRequest, scope: Scope | None
    ) -> OtlpRoute | None:
        """The OTLP path that is meant, None for anything else of that name."""
        route = self._otlp.get(request.path)
        posted = request.environ.get("REQUEST_METHOD") == "POST"
        matches = route and (scope is None or scope.service == route.signing_name)
        return route if posted and matches else None


def _is_lab_path(path: str, scope: Scope | None) -> bool:
    """True for a path of the lab itself, not an S3 object of that name."""
    return path.startswith(MOTO_PATHS) or (
        path == ALARM_EVALUATION_PATH and scope is None
    )


def _engine_answer(engine: Engine[Any], call: ApiCall) -> Response:
    try:
        if raw := engine.raw.get(call.operation):
            return responses.success(raw(call.request.body), call)
        answer = engine.call(call.operation, call.parameters)
    except RecursionError as error:
        raise AwsError("SerializationException", "nested too deeply") from error
    return responses.success(answer, call)


def _refusal(error: Exception, request: HttpRequest, call: ApiCall | None) -> Response:
    """An error in the protocol of the call, or a guess where that is unknown."""
    refused = _aws_error(error, request)
    if call is None:
        answer = responses.refusal(refused, protocol_of(request))
    else:
        answer = responses.refusal(refused, call.protocol, model_of(call.service))
    if isinstance(error, OverloadedError):
        answer.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    return answer


def _aws_error(error: Exception, request: HttpRequest) -> AwsError:
    match error:
        case AwsError():
            return error
        case OverloadedError():
            return AwsError("ThrottlingException", "too many requests at once", 429)
        case DiskFullError():
            return AwsError("InsufficientStorage", str(error), 507)
        case StoreClosedError():
            return AwsError("ServiceUnavailable", "the lab is stopping", 503)
    _log.error("a call of %s failed", request.path, exc_info=error)
    return AwsError("InternalFailure", "the lab failed; see its log", 500)
