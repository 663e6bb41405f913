"""Which operation is ours, which is moto's, and which the local AWS does not have.

Read from the code, never kept by hand: the operations are those of botocore's service
models, ours are the engines' own list, moto's are what its dispatcher would find.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping, Sequence, Set
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from moto.core.model import OperationModel
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, method_names_from_class

from lab_emulators.aws.gateway import moto, request

SERVICES = (
    "xray", "logs", "cloudwatch", "events", "ec2", "s3", "sqs", "sns", "sts", "iam",
    "dynamodb", "ssm",
)  # fmt: skip
"""The services of the table; others go to moto if it has them."""

OWN_ONLY = frozenset({"xray", "logs"})
"""Services of which moto has a stub that must never answer."""

LEFT_TO_MOTO = {
    "cloudwatch": frozenset(
        {"DeleteDashboards", "GetDashboard", "ListDashboards", "PutDashboard"}
    )
}
"""Services of which moto may answer no more than this."""


class Engine(Protocol):
    """What the front door needs of an engine: plain data in, plain data out."""

    @property
    def operations(self) -> Set[str]:
        """The API's names of what it answers."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The answer in botocore's names, ready for JSON; raises AwsError."""


class Side(StrEnum):
    """Who answers an operation."""

    OURS = "ours"
    MOTO = "moto"
    ABSENT = "absent"


def side(engines: Mapping[str, Engine], service: str, operation: str) -> Side:
    """Who answers `service.operation`, given the engines by service."""
    if service in engines and operation in engines[service].operations:
        return Side.OURS
    if service in OWN_ONLY or not operation:
        return Side.ABSENT
    if operation not in LEFT_TO_MOTO.get(service, (operation,)):
        return Side.ABSENT
    return Side.MOTO if _moto_has(service, operation) else Side.ABSENT


def table(engines: Mapping[str, Engine]) -> dict[str, dict[str, Side]]:
    """Service → operation → who answers, for `SERVICES`, in the models' order."""
    return {
        service: {name: side(engines, service, name) for name in _names(service)}
        for service in SERVICES
    }


def _names(service: str) -> Sequence[str]:
    model = request.model_of(service)
    return list(model.operation_names) if model else []


@cache
def _moto_has(service: str, operation: str) -> bool:
    model = request.model_of(service)
    if model is None:
        return True  # nothing says what it has: moto itself must answer
    if operation not in model.operation_names:
        return False
    if service == "s3":
        return _s3_routes(model.operation_model(operation))
    try:
        classes = _classes(service)
    except moto.AbsentError:
        return False
    return not classes or any(_does(found, operation) for found in classes)


@cache
def _classes(service: str) -> tuple[type[BaseResponse], ...]:
    """Moto's classes whose methods are the operations of a service."""
    place = request.Asked(service, "", "json", model_signing(service), "us-east-1")
    name = moto.backend_name(place)
    if name is None:
        return (BaseResponse,)
    owners = (getattr(h, "__self__", None) for h in moto.handlers(name).values())
    return tuple({owner for owner in owners if isinstance(owner, type)})


def model_signing(service: str) -> str:
    """The name a service's requests are signed for."""
    model = request.model_of(service)
    return str(model.signing_name) if model else service


def _does(found: type[BaseResponse], operation: str) -> bool:
    method = camelcase_to_underscores(operation)
    if method not in method_names_from_class(found):
        return False
    last = _body(getattr(found, method))[-1]
    raised = ast.unparse(last.exc) if isinstance(last, ast.Raise) and last.exc else ""
    return not raised.startswith("NotImplementedError")


def _s3_routes(operation: OperationModel) -> bool:
    """Whether moto's S3 looks for the sub-resource that tells this operation.

    One it does not look for would be taken for another operation, in silence.
    """
    trait = operation.http_trait
    asked_for = set(trait.query_args) - {"x-id", "list-type", "select-type"}
    if operation.name in ("ListDirectoryBuckets", "WriteGetObjectResponse"):
        return False
    return asked_for <= _s3_words(
        "key" if "{Key+}" in trait.path else "bucket", trait.method
    )


@cache
def _s3_words(kind: str, method: str) -> frozenset[str]:
    (found,) = _classes("s3")
    function = getattr(found, f"_{kind}_response_{method.lower()}", None)
    if function is None:
        return frozenset()
    nodes = (node for part in _body(function) for node in ast.walk(part))
    constants = (node.value for node in nodes if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str))


def _body(function: Any) -> list[ast.stmt]:
    source = textwrap.dedent(inspect.getsource(function))
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef)
    return definition.body
