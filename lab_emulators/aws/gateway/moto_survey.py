"""Survey of the operations that moto implements, read from moto's own source.

    python -m lab_emulators.aws.gateway.moto_survey

writes `moto_operations.json`, which the gateway reads: importing all of moto and
parsing its methods takes far too long to be done while serving.
"""

import ast
import inspect
import json
import textwrap
from functools import cache
from typing import Any

import botocore.session
import moto as moto_library
from moto.core.model import OperationModel, ServiceModel
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, method_names_from_class

from lab_emulators.aws.gateway import moto
from lab_emulators.aws.gateway.call import RENAMED_BY_REQUEST, model_of
from lab_emulators.aws.gateway.routing import MOTO_OPERATIONS
from lab_emulators.aws.services import BY_SIGNING_NAME, service_of


def main() -> None:
    """Writes the table for every service that requests can be signed for."""
    rows = [
        f"{json.dumps(service)}: {json.dumps(operations)}"
        for service in _reachable_services()
        if (operations := moto_operations(service))
    ]
    version = json.dumps(moto_library.__version__)
    services = ",\n".join(rows)
    text = f'{{"moto": {version}, "services": {{\n{services}\n}}}}\n'
    MOTO_OPERATIONS.write_text(text, encoding="utf-8")


def moto_operations(service: str) -> list[str]:
    """The operations that moto answers and may answer, in the model's order."""
    model = model_of(service)
    allowed = service_of(service).moto_operations
    if model is None or allowed == frozenset():
        return []
    try:
        names = [n for n in model.operation_names if _answers(model, service, n)]
    except moto.AbsentError:
        return []
    return [name for name in names if allowed is None or name in allowed]


def _reachable_services() -> list[str]:
    """Botocore's names of the services that the gateway may find in a request."""
    known = botocore.session.get_session().get_available_services()
    models = filter(None, map(model_of, known))
    names = {str(model.signing_name) for model in models}
    signed = {BY_SIGNING_NAME[n].name if n in BY_SIGNING_NAME else n for n in names}
    return sorted(set(known) & (signed | RENAMED_BY_REQUEST))


def _answers(model: ServiceModel, service: str, operation: str) -> bool:
    if service == "s3":
        return _s3_routes(model.operation_model(operation))
    classes = _classes(service, str(model.signing_name))
    return not classes or any(_implements(each, operation) for each in classes)


@cache
def _classes(service: str, signing_name: str) -> tuple[type[BaseResponse], ...]:
    """Moto's classes whose methods are the operations; raises moto.AbsentError."""
    name = moto.backend_name(service, signing_name)
    if name is None:
        raise moto.AbsentError(service)
    owners = (getattr(h, "__self__", None) for h in moto.handlers(name).values())
    return tuple({owner for owner in owners if isinstance(owner, type)})


def _implements(responses: type[BaseResponse], operation: str) -> bool:
    """True if there is a method that does more than raise NotImplementedError."""
    method = camelcase_to_underscores(operation)
    if method not in method_names_from_class(responses):
        return False
    last = _statements(getattr(responses, method))[-1]
    raised = ast.unparse(last.exc) if isinstance(last, ast.Raise) and last.exc else ""
    return not raised.startswith("NotImplementedError")


def _s3_routes(operation: OperationModel) -> bool:
    """True if moto's S3 looks for the sub-resource that tells this operation apart.

    One it does not look for would be taken for another operation, in silence.
    """
    trait = operation.http_trait
    needed = set(trait.query_args) - {"x-id", "list-type", "select-type"}
    if operation.name in ("ListDirectoryBuckets", "WriteGetObjectResponse"):
        return False
    kind = "key" if "{Key+}" in trait.path else "bucket"
    return needed <= _s3_words(kind, trait.method)


@cache
def _s3_words(kind: str, method: str) -> frozenset[str]:
    """Every string constant in the method of moto's S3 for requests of one kind."""
    (responses,) = _classes("s3", "s3")
    function = getattr(responses, f"_{kind}_response_{method.lower()}", None)
    if function is None:
        return frozenset()
    nodes = (node for part in _statements(function) for node in ast.walk(part))
    constants = (node.value for node in nodes if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str))


def _statements(function: Any) -> list[ast.stmt]:
    source = textwrap.dedent(inspect.getsource(function))
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef)
    return definition.body


if __name__ == "__main__":
    main()
