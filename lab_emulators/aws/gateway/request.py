"""What a request asks for: the service, its protocol, the operation, the parameters.

Names and protocols come from the service models that botocore ships; routing and
parsing are moto's own, so that the two sides of the front door read a request alike.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.model import OperationNotFoundError
from botocore.validate import ParamValidator
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import cbor
from lab_emulators.aws.gateway.credential_scope import Scope

# Signing names that are not the service's own name.
_SERVICES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "elasticloadbalancing": "elbv2",
    "eventbridge": "events",
    "tagging": "resourcegroupstaggingapi",
    "aps": "amp",
}
_FORM = "application/x-www-form-urlencoded"
_UNREADABLE = (
    RequestParserError, AttributeError, KeyError, TypeError, ValueError, RecursionError
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: `operation` is the API's name, empty when the service has no such.

    `service` is botocore's name, `signing` the one the request was signed for.
    """

    service: str
    operation: str
    protocol: str
    signing: str
    region: str
    access_key_id: str = ""
    model: OperationModel | None = field(default=None, repr=False)
    labels: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """`service.Operation`, or the service alone."""
        return f"{self.service}.{self.operation}" if self.operation else self.service


class MotoRequest(Request):
    """A request that moto takes for one its own server received."""

    from_wsgi_server = True


def asked(request: Request, scope: Scope) -> Asked:
    """Who is asked what; never fails, an unknown operation is told as it was named."""
    service = _service(request, scope)
    model = model_of(service)
    protocol = protocol_of(request, model)
    known, labels = _operation(request, service) if model else (None, {})
    if model and known is None and protocol in ("json", cbor.PROTOCOL):
        known = _of_that_name(model, _named(request))
    name = known.name if known else _named(request)
    place = scope.region, scope.access_key_id
    return Asked(service, name, protocol, scope.service, *place, known, labels)


def plainly_asked(environ: Mapping[str, Any], scope: Scope) -> Asked | None:
    """The same where the head of a request says it all; None: ask `asked`.

    That is so where a service speaks JSON only: its operations are named in a header,
    or have a path each. It saves hot calls the routes, most of a small call's time.
    """
    service = _SERVICES.get(scope.service, scope.service)
    kind, names = _plain_names(service)
    if "HTTP_SMITHY_PROTOCOL" in environ or not kind:
        return None
    if kind == "json":
        name = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
    else:
        name = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO')}"
    known = names.get(name)
    if known is None or (kind != "json" and "HTTP_X_AMZ_TARGET" in environ):
        return None
    place = scope.region, scope.access_key_id
    return Asked(service, known.name, kind, scope.service, *place, known)


@cache
def _plain_names(service: str) -> tuple[str, Mapping[str, OperationModel]]:
    """The one JSON protocol of a service, and its operations by what names them."""
    model = model_of(service)
    if model is None or list(model.protocols) not in (["json"], ["rest-json"]):
        return "", {}
    found = map(model.operation_model, model.operation_names)
    if model.protocol == "json":
        return "json", {operation.name: operation for operation in found}
    paths: dict[str, list[OperationModel]] = {}
    for operation in found:
        path = f"{operation.http['method']} {operation.http['requestUri']}"
        paths.setdefault(path, []).append(operation)
    plain = {path: one for path, (one, *others) in paths.items() if not others}
    return "rest-json", {p: one for p, one in plain.items() if not set("{?") & set(p)}


def parameters(request: Request, call: Asked) -> dict[str, Any]:
    """The parameters in botocore's names; timestamps are naive datetimes in UTC.

    Raises AwsError SerializationException for what cannot be read.
    """
    if call.model is None:
        return {}
    if call.protocol == cbor.PROTOCOL:
        return _from_cbor(request, call.model)
    wire: Any = {
        "method": request.method,
        "headers": request.headers,
        "values": request.values,
        "body": request.data,
        "url_path": request.path,
        "url_params": call.labels,
    }
    try:
        parsed = PROTOCOL_PARSERS[call.protocol](call.model).parse(wire)
    except _UNREADABLE as error:
        text = f"the request cannot be read: {type(error).__name__}: {error}"
        raise AwsError("SerializationException", text) from error
    return dict(parsed)


def check(request: Request, call: Asked) -> None:
    """Hold the parameters against the model; raises AwsError with every fault."""
    check_against(call, parameters(request, call), "ValidationException")


def check_against(call: Asked, given: Mapping[str, Any], code: str) -> None:
    """The same for parameters read before; a fault that is no type's has `code`."""
    if call.model is None or call.model.input_shape is None:
        return
    report = ParamValidator().validate(given, call.model.input_shape)
    if report.has_errors():
        text = report.generate_report()
        mistyped = text.startswith("Invalid type")
        raise AwsError("SerializationException" if mistyped else code, text)


@cache
def model_of(service: str) -> ServiceModel | None:
    """The service's model, None when botocore has no service of that name."""
    try:
        return get_service_model(service)
    except (UnknownServiceError, DataNotFoundError):
        return None


def protocol_of(request: Request, model: ServiceModel | None = None) -> str:
    """The protocol the answer must be in; guessed where no model says it."""
    name, value = cbor.HEADER
    if request.headers.get(name) == value:
        return cbor.PROTOCOL
    if model is not None:
        if "X-Amz-Target" in request.headers and "json" in model.protocols:
            return "json"
        try:
            found = determine_request_protocol(model, request.mimetype)
        except NotImplementedError:
            found = model.protocol
        return found if found in PROTOCOL_PARSERS else "json"
    if "X-Amz-Target" in request.headers:
        return "json"
    if request.mimetype == _FORM:
        return "query"
    return "rest-xml" if request.mimetype.endswith("xml") else "rest-json"


def unsigned_service(request: Request) -> str | None:
    """The service that takes a request without a signature; None: it needs one."""
    if request.mimetype == _FORM and _form_action(request).startswith("AssumeRoleWith"):
        return "sts"
    plain_object = request.method in ("GET", "HEAD") or (
        request.mimetype == "multipart/form-data"
    )
    return "s3" if plain_object and "X-Amz-Target" not in request.headers else None


def _service(request: Request, scope: Scope) -> str:
    target = request.headers.get("X-Amz-Target", "")
    if scope.service == "dynamodb" and target.startswith("DynamoDBStreams"):
        return "dynamodbstreams"
    if scope.service == "s3" and request.path.startswith("/v20180820/"):
        return "s3control"
    return _SERVICES.get(scope.service, scope.service)


def _operation(
    request: Request, service: str
) -> tuple[OperationModel | None, Mapping[str, Any]]:
    try:
        model, labels = get_service_router(service).match(request)
    except (HTTPException, NotImplementedError, ValueError):
        return None, {}
    return model, labels


def _of_that_name(model: ServiceModel, name: str) -> OperationModel | None:
    """The operation; moto's routes know neither CBOR nor a body without a type."""
    found: OperationModel | None = None
    with contextlib.suppress(OperationNotFoundError):
        found = model.operation_model(name)
    return found


def _from_cbor(request: Request, model: OperationModel) -> dict[str, Any]:
    try:
        return cbor.read(request.data, model.input_shape)
    except cbor.NotCborError as error:
        text = f"the request cannot be read: {error}"
        raise AwsError("SerializationException", text) from error


def _named(request: Request) -> str:
    """What an unknown operation is called in the request itself."""
    target = str(request.headers.get("X-Amz-Target", ""))
    if target:
        return target.rpartition(".")[2]
    in_path = cbor.operation_in(request.path)
    return in_path or _form_action(request) or f"{request.method} {request.path}"


def _form_action(request: Request) -> str:
    if request.mimetype != _FORM:
        return ""
    return str(request.values.get("Action", ""))
