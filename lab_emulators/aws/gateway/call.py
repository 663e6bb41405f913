"""The API call that a request makes: service, operation, protocol, parameters.

Names and protocols come from the service models that botocore ships; routes are
moto's own, so that our engines and moto read a request alike.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import cbor
from lab_emulators.aws.gateway.credential_scope import Scope
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.aws.gateway.parameters import EncodedRequest
from lab_emulators.aws.services import (
    BY_SIGNING_NAME,
    FORM_TYPE,
    Service,
    service_of,
)
from lab_emulators.contract import REGION

RENAMED_BY_REQUEST = frozenset({"dynamodbstreams", "s3control"})
"""Services whose requests are signed for another one's name."""


@dataclass(frozen=True, kw_only=True)
class ApiCall(EncodedRequest):
    """One call of an operation of a service, which `facts` are about.

    `operation` is the API's name, or what the request names when the service has no
    such operation.
    """

    scope: Scope
    operation: str

    @property
    def service(self) -> str:
        """Botocore's name of the service."""
        return self.facts.name

    @property
    def name(self) -> str:
        """`service.Operation`, or the service alone."""
        return f"{self.service}.{self.operation}" if self.operation else self.service


def parse_call(request: HttpRequest, scope: Scope) -> ApiCall:
    """The call of a request; an unknown operation keeps the name it came with."""
    facts = _facts(request, scope)
    model = model_of(facts.name)
    protocol = protocol_of(request, model)
    operation, labels = _operation(request, model, protocol) if model else (None, {})
    return ApiCall(
        request=request,
        scope=scope,
        facts=facts,
        operation=operation.name if operation else _name_in(request),
        protocol=protocol,
        model=operation,
        labels=labels,
    )


@cache
def model_of(service: str) -> ServiceModel | None:
    """The service's model, None when botocore has no service of that name."""
    try:
        return get_service_model(service)
    except (UnknownServiceError, DataNotFoundError):
        return None


def protocol_of(request: HttpRequest, model: ServiceModel | None = None) -> str:
    """The protocol the answer must be in; guessed where no model says it."""
    has_target = "HTTP_X_AMZ_TARGET" in request.environ
    if request.environ.get("HTTP_SMITHY_PROTOCOL") == cbor.HEADER[1]:
        return cbor.PROTOCOL
    if model is not None:
        if has_target and "json" in model.protocols:
            return "json"
        try:
            protocol = determine_request_protocol(model, request.mimetype)
        except NotImplementedError:
            protocol = model.protocol
        return protocol if protocol in PROTOCOL_PARSERS else "json"
    if has_target:
        return "json"
    if request.mimetype == FORM_TYPE:
        return "query"
    return "rest-xml" if request.mimetype.endswith("xml") else "rest-json"


def unsigned_scope(request: HttpRequest) -> Scope:
    """The scope of a request that AWS takes without a signature.

    Raises AwsError MissingAuthenticationTokenException for any other.
    """
    if _form_action(request).startswith("AssumeRoleWith"):
        return Scope("", REGION, "sts")
    is_read = request.environ["REQUEST_METHOD"] in ("GET", "HEAD")
    is_object = is_read or request.mimetype == "multipart/form-data"
    if is_object and "HTTP_X_AMZ_TARGET" not in request.environ:
        return Scope("", REGION, "s3")
    text = "Missing Authentication Token: the request is not signed"
    raise AwsError("MissingAuthenticationTokenException", text, 403)


def _facts(request: HttpRequest, scope: Scope) -> Service:
    target = request.environ.get("HTTP_X_AMZ_TARGET", "")
    if scope.service == "dynamodb" and target.startswith("DynamoDBStreams"):
        return service_of("dynamodbstreams")
    if scope.service == "s3" and request.path.startswith("/v20180820/"):
        return service_of("s3control")
    return BY_SIGNING_NAME.get(scope.service) or service_of(scope.service)


def _operation(
    request: HttpRequest, model: ServiceModel, protocol: str
) -> tuple[OperationModel | None, Mapping[str, Any]]:
    """The operation, and the parts of the path that are parameters.

    A header or the path names it in JSON and CBOR. Where a method, a path or a form
    stands for it, moto's routes find it; they take as long as all the rest of a small
    call, so that a path without parameters is looked up instead (2.0 times as
    fast a PutTraceSegments: `benchmarks/aws_gateway.py`).
    """
    if protocol in ("json", cbor.PROTOCOL):
        return _operation_named(model, _name_in(request)), {}
    if protocol == "rest-json":
        method = request.environ["REQUEST_METHOD"]
        operation = _fixed_paths(model.service_name).get((method, request.path))
        if operation is not None:
            return operation, {}
    try:
        return get_service_router(model.service_name).match(request.parsed)
    except (HTTPException, NotImplementedError, ValueError):
        return None, {}


@cache
def _fixed_paths(service: str) -> Mapping[tuple[str, str], OperationModel]:
    """The operations that have a method and a path without parameters to themselves."""
    model = get_service_model(service)
    paths: dict[tuple[str, str], list[OperationModel]] = {}
    for operation in map(model.operation_model, model.operation_names):
        http = operation.http
        paths.setdefault((http["method"], http["requestUri"]), []).append(operation)
    alone = {path: one for path, (one, *others) in paths.items() if not others}
    return {path: one for path, one in alone.items() if not set("{?") & set(path[1])}


def _operation_named(model: ServiceModel, name: str) -> OperationModel | None:
    with contextlib.suppress(OperationNotFoundError):
        return model.operation_model(name)  # type: ignore[no-any-return]
    return None


def _name_in(request: HttpRequest) -> str:
    """The name of the operation that a request itself has."""
    target = str(request.environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rpartition(".")[2]
    in_path = cbor.operation_in(request.path)
    method = request.environ["REQUEST_METHOD"]
    return in_path or _form_action(request) or f"{method} {request.path}"


def _form_action(request: HttpRequest) -> str:
    if request.mimetype != FORM_TYPE:
        return ""
    return str(request.parsed.values.get("Action", ""))
