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

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import cbor, moto, responses, wire
from lab_emulators.aws.gateway import request as asking
from lab_emulators.aws.gateway.capability import Engine, Side, side
from lab_emulators.aws.gateway.credential_scope import Scope, scope_of
from lab_emulators.aws.gateway.otlp_routes import OtlpDoor
from lab_emulators.aws.gateway.recorder import Recorder, is_recorded
from lab_emulators.aws.gateway.request import Asked, MotoRequest
from lab_emulators.store import OverloadedError, StoreClosedError

TICK_PATH = "/lab/alarms/tick"
"""`POST` evaluates the alarms at once; `?now=` as at that second since 1970."""

LARGEST_BODY = 64 * 2**20
LAST_SECOND = 253_402_300_800

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands behind the door: engines by botocore's name of the service.

    `otlp` has OpenTelemetry's paths; `tick` evaluates the alarms as of a time in
    seconds since 1970, or as if the periods under way were over.
    """

    engines: Mapping[str, Engine]
    recorder: Recorder
    otlp: Mapping[str, OtlpDoor]
    reset: Callable[[], None]
    tick: Callable[[float | None], dict[str, Any]]


class FrontDoor:
    """The WSGI application."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self._answer(_Incoming(environ))
        return answer(environ, start_response)

    def _answer(self, incoming: "_Incoming") -> Response:
        call: Asked | None = None
        try:
            if "HTTP_ORIGIN" in incoming.environ:
                text = "the local AWS takes nothing from a web page (an Origin header)"
                raise AwsError("AccessDenied", text, 403)
            scope = scope_of(incoming.environ)
            if _is_labs(incoming.path, scope):
                return self._lab(incoming)
            if door := self._otlp_door(incoming, scope):
                return self._otlp(incoming, door)
            call = self._called(incoming, scope)
            return self._dispatch(incoming, call)
        except AwsError as error:
            return _refusal(error, incoming, call)
        except OverloadedError as error:
            slow = AwsError("ThrottlingException", "too many requests at once", 429)
            refused = _refusal(slow, incoming, call)
            refused.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
            return refused
        except StoreClosedError:
            gone = AwsError("ServiceUnavailable", "the lab is stopping", 503)
            return _refusal(gone, incoming, call)
        except Exception:  # noqa: BLE001 - whatever it is, clients read errors of AWS
            _log.exception("a call of %s failed", incoming.path)
            fault = AwsError("InternalFailure", "the lab failed; see its log", 500)
            return _refusal(fault, incoming, call)

    def _called(self, incoming: "_Incoming", scope: Scope | None) -> Asked:
        if scope is None:
            service = asking.unsigned_service(incoming.request())
            if service is None:
                text = "Missing Authentication Token: the request is not signed"
                raise AwsError("MissingAuthenticationTokenException", text, 403)
            scope = Scope("", "us-east-1", service)
        if scope.service != "s3":  # where it belongs to the object
            incoming.expand()
        ours = scope.service in self._parts.engines
        plain = asking.plainly_asked(incoming.environ, scope) if ours else None
        return plain or asking.asked(incoming.request(), scope)

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
        if call.service in wire.SERVICES:
            if call.protocol == "json":
                _document(incoming.body)  # moto takes what is no JSON for nothing
            given = wire.parameters(incoming.request(), call)
            return wire.answer(engine.call(call.operation, given), call)
        raw = getattr(engine, "raw", {}).get(call.operation)
        try:
            if raw is not None:
                found = raw(incoming.body)
            else:
                found = engine.call(call.operation, _given(incoming, call))
        except RecursionError as error:
            raise AwsError("SerializationException", "nested too deeply") from error
        return responses.plain(found, call.protocol)

    def _otlp(self, incoming: "_Incoming", door: OtlpDoor) -> Response:
        incoming.expand()
        request = incoming.request()
        headers = {name.lower(): value for name, value in request.headers.items()}
        return door.answer(incoming.body, request.mimetype, headers)

    def _otlp_door(self, incoming: "_Incoming", scope: Scope | None) -> OtlpDoor | None:
        """The OTLP path that is meant, None for anything else of that name."""
        door = self._parts.otlp.get(incoming.path)
        posted = incoming.environ.get("REQUEST_METHOD") == "POST"
        meant = door and (scope is None or scope.service == door.signing)
        return door if posted and meant else None

    def _lab(self, incoming: "_Incoming") -> Response:
        """The lab's own path, and two of moto's, for all of the local AWS."""
        request = incoming.request()
        if request.method != "POST":
            raise AwsError("AccessDenied", f"only POST works at {request.path}", 403)
        if request.path == "/moto-api/reset":
            self._parts.reset()
        elif request.path == "/moto-api/seed":
            moto.seed(_number(request.values.get("a", "")))
        elif request.path == TICK_PATH:
            now = request.values.get("now")
            told = self._parts.tick(None if now is None else _seconds(now))
            return responses.plain(told)
        else:
            raise AwsError("NotFound", f"there is no {request.path} here", 404)
        return responses.plain({"status": "ok"})

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


def _refusal(error: AwsError, incoming: _Incoming, call: Asked | None) -> Response:
    """In the protocol of the call, guessed where it is not known what is called."""
    if call is None:
        return responses.refusal(error, asking.protocol_of(incoming.request()))
    return responses.refusal(error, call.protocol, asking.model_of(call.service))


def _moto(incoming: _Incoming, call: Asked) -> Response:
    if call.protocol == cbor.PROTOCOL:
        raise _absent(call, " (moto does not read CBOR)")
    try:
        return moto.answer(incoming.request(), call)
    except AwsError:
        raise
    except moto.AbsentError as error:
        raise _absent(call) from error
    except Exception as error:  # moto raises anything for bad input
        asking.check(incoming.request(), call)
        _log.warning("moto failed at %s", call.name, exc_info=error)
        raise _absent(call, f" (moto: {type(error).__name__}: {error})") from error


def _absent(call: Asked, detail: str = "") -> AwsError:
    code = "NotImplemented" if call.service == "s3" else "NotImplementedException"
    return AwsError(code, f"not emulated locally: {call.name}{detail}", 501)


def _given(incoming: _Incoming, call: Asked) -> Mapping[str, Any]:
    given = _document(incoming.body)
    if call.service in wire.CODES:
        asking.check_against(call, given, wire.CODES[call.service])
    return given


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = _decoded(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise AwsError("SerializationException", f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise AwsError("SerializationException", "the body must be a JSON object")
    if b"\\u" in body:
        _refuse_halves(found)
    return found


def _decoded(body: bytes) -> Any:
    """The value `body` is in JSON, as Python's own reader understands it."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return json.loads(body)  # takes a little more, and says what is wrong


def _refuse_halves(found: Mapping[str, Any]) -> None:
    """JSON can say half a character, which no text that is kept can have."""
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        text = "a text has half of a surrogate pair"
        raise AwsError("SerializationException", text) from error


def _is_labs(path: str, scope: Scope | None) -> bool:
    """Whether the lab is meant, not an object of that name."""
    return path.startswith("/moto-api/") or (path == TICK_PATH and scope is None)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise AwsError(
            "ValidationError", f"a must be a whole number: {text!r}"
        ) from error


def _seconds(text: str) -> float:
    """Seconds since 1970, before the year 10000."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < LAST_SECOND:
        raise AwsError("ValidationError", f"now must be seconds since 1970: {text!r}")
    return found
