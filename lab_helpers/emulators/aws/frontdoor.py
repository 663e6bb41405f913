"""The front door: one WSGI application that stands for every AWS service.

A request goes where its signature's scope says: to an engine of ours, to moto, or
back with an AWS error that names what is not emulated. Nothing here knows what an
operation does.
"""

import gzip
import io
import json
import logging
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from werkzeug.wrappers import Response

from lab_helpers.emulators.aws import answers, asking, moto_base
from lab_helpers.emulators.aws.asking import Asked, MotoRequest
from lab_helpers.emulators.aws.capability import Engine, Side, side
from lab_helpers.emulators.aws.errors import AwsError
from lab_helpers.emulators.aws.recorder import Recorder, is_recorded
from lab_helpers.emulators.aws.scope import Scope, scope_of
from lab_helpers.emulators.store import Overloaded, StoreClosed

OTLP_PATH = "/v1/traces"
LARGEST_BODY = 64 * 2**20

Convert = Callable[[bytes, str], list[str]]
"""An OTLP body and its content type → segment documents; raises AwsError."""

_OTLP_TYPES = ("application/x-protobuf", "application/json")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands behind the door; `engines` by botocore's name of the service."""

    engines: Mapping[str, Engine]
    recorder: Recorder
    convert: Convert
    reset: Callable[[], None]


class FrontDoor:
    """The WSGI application."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self._answer(_Incoming(environ))
        return answer(environ, start_response)

    def _answer(self, incoming: "_Incoming") -> Response:
        protocol = asking.protocol_of(incoming.request())
        try:
            scope = scope_of(incoming.environ)
            if incoming.path.startswith("/moto-api/"):
                return self._lab(incoming)
            if _is_otlp(incoming, scope):
                return self._otlp(incoming)
            call = _called(incoming, scope)
            protocol = call.protocol
            return self._dispatch(incoming, call)
        except AwsError as error:
            return answers.refusal(error, protocol)
        except Overloaded as error:
            slow = AwsError("ThrottlingException", "too many requests at once", 429)
            refused = answers.refusal(slow, protocol)
            refused.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
            return refused
        except StoreClosed:
            gone = AwsError("ServiceUnavailable", "the lab is stopping", 503)
            return answers.refusal(gone, protocol)

    def _dispatch(self, incoming: "_Incoming", call: Asked) -> Response:
        who = side(self._parts.engines, call.service, call.operation)
        if who is Side.ABSENT:
            raise _absent(call)
        answer = (
            self._ours(incoming, call) if who is Side.OURS else _moto(incoming, call)
        )
        if answer.status_code < 400 and is_recorded(call):
            self._record(incoming, call, answer)
        return answer

    def _ours(self, incoming: "_Incoming", call: Asked) -> Response:
        engine = self._parts.engines[call.service]
        try:
            found = engine.call(call.operation, _document(incoming.body))
        except RecursionError as error:
            raise AwsError("SerializationException", "nested too deeply") from error
        return answers.plain(found, call.protocol)

    def _otlp(self, incoming: "_Incoming") -> Response:
        """`POST /v1/traces`: spans become segments, stored like any others.

        AWS wants this signed too; the exporters of OpenTelemetry do not sign for an
        endpoint that is not AWS's, so here it may be unsigned.
        """
        incoming.expand()
        kind = incoming.request().mimetype
        if kind not in _OTLP_TYPES:
            text = f"unsupported content type, valid are: {', '.join(_OTLP_TYPES)}"
            raise AwsError("UnsupportedMediaTypeException", text, 415)
        documents = self._parts.convert(incoming.body, kind)
        if documents:
            stored = self._parts.engines["xray"].call(
                "PutTraceSegments", {"TraceSegmentDocuments": documents}
            )
            _log_unprocessed(stored)
        empty = "{}" if kind == "application/json" else b""
        return Response(empty, content_type=kind)

    def _lab(self, incoming: "_Incoming") -> Response:
        """The two of moto's own paths that work here, for all of the local AWS."""
        request = incoming.request()
        if "Origin" in request.headers or request.method != "POST":
            raise AwsError("AccessDenied", "POST, and not from a web page", 403)
        if request.path == "/moto-api/reset":
            self._parts.reset()
        elif request.path == "/moto-api/seed":
            moto_base.seed(_number(request.values.get("a", "")))
        else:
            raise AwsError("NotFound", f"there is no {request.path} here", 404)
        return answers.plain({"status": "ok"})

    def _record(self, incoming: "_Incoming", call: Asked, answer: Response) -> None:
        request = incoming.request()
        try:
            given = asking.parameters(request, call)
        except AwsError:
            given = {}
        self._parts.recorder.record(
            call,
            given,
            agent=request.headers.get("User-Agent", ""),
            request_id=answer.headers.get("x-amzn-RequestId", ""),
        )


class _Incoming:
    """A request that several readers may read: each gets the body from its start."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = {**environ, "RAW_URI": environ.get("REQUEST_URI", "")}
        self.path = str(environ.get("PATH_INFO", ""))
        self.body = environ["wsgi.input"].read(LARGEST_BODY)

    def request(self) -> MotoRequest:
        return MotoRequest({**self.environ, "wsgi.input": io.BytesIO(self.body)})

    def expand(self) -> None:
        """Undo the compression that clients apply to large bodies."""
        if self.environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() != "gzip":
            return
        try:
            with gzip.open(io.BytesIO(self.body)) as packed:
                self.body = packed.read(LARGEST_BODY + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise AwsError(
                "SerializationException", "the gzip data is broken"
            ) from error
        if len(self.body) > LARGEST_BODY:
            raise AwsError("RequestEntityTooLargeException", "more than 64 MiB", 413)
        del self.environ["HTTP_CONTENT_ENCODING"]
        self.environ["CONTENT_LENGTH"] = str(len(self.body))


def _called(incoming: _Incoming, scope: Scope | None) -> Asked:
    if scope is None:
        service = asking.unsigned_service(incoming.request())
        if service is None:
            text = "Missing Authentication Token: the request is not signed"
            raise AwsError("MissingAuthenticationTokenException", text, 403)
        scope = Scope("", "us-east-1", service)
    if scope.service != "s3":  # where it belongs to the object
        incoming.expand()
    return asking.asked(incoming.request(), scope)


def _is_otlp(incoming: _Incoming, scope: Scope | None) -> bool:
    """Whether it is X-Ray's OTLP path that is meant, not an object of that name."""
    posted = incoming.environ.get("REQUEST_METHOD") == "POST"
    meant = scope is None or scope.service == "xray"
    return posted and meant and incoming.path == OTLP_PATH


def _moto(incoming: _Incoming, call: Asked) -> Response:
    try:
        return moto_base.answer(incoming.request(), call)
    except AwsError:
        raise
    except moto_base.AbsentError as error:
        raise _absent(call) from error
    except Exception as error:  # moto raises anything for bad input
        asking.check(incoming.request(), call)
        _log.warning("moto failed at %s", call.name, exc_info=error)
        raise _absent(call, f" (moto: {type(error).__name__}: {error})") from error


def _absent(call: Asked, detail: str = "") -> AwsError:
    code = "NotImplemented" if call.service == "s3" else "NotImplementedException"
    return AwsError(code, f"not emulated locally: {call.name}{detail}", 501)


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = _decoded(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise AwsError("SerializationException", f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise AwsError("SerializationException", "the body must be a JSON object")
    return found


def _decoded(body: bytes) -> Any:
    """The value `body` is in JSON, as Python's own reader understands it."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return json.loads(body)  # takes a little more, and says what is wrong


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise AwsError(
            "ValidationError", f"a must be a whole number: {text!r}"
        ) from error


def _log_unprocessed(stored: Mapping[str, Any]) -> None:
    for item in stored.get("UnprocessedTraceSegments", ()):
        _log.warning("a segment made of OTLP spans was refused: %s", item)
