"""Routing of operations: to our engines, to moto, or to an error for neither.

Ours are the engines' own list. Moto's are in `moto_operations.json`, which
`moto_survey` wrote for the installed moto: nothing is read from its source while
serving.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from lab_emulators.aws.engine import Engine
from lab_emulators.aws.gateway.call import model_of
from lab_emulators.aws.services import DOCUMENTED

MOTO_OPERATIONS = Path(__file__).with_name("moto_operations.json")

Engines = Mapping[str, Engine[Any]]
"""Our engines by botocore's name of the service."""


class Provider(StrEnum):
    """Provider of an operation: an engine of ours, moto, or none."""

    OURS = "ours"
    MOTO = "moto"
    ABSENT = "absent"


def provider_of(engines: Engines, service: str, operation: str) -> Provider:
    """Provider of an operation: an engine of ours, moto, or none."""
    if service in engines and operation in engines[service].operations:
        return Provider.OURS
    return Provider.MOTO if moto_has(service, operation) else Provider.ABSENT


def table(engines: Engines) -> dict[str, dict[str, Provider]]:
    """Service → operation → who answers, for the documented services, as modeled."""
    models = {service: model_of(service) for service in DOCUMENTED}
    return {
        service: {n: provider_of(engines, service, n) for n in model.operation_names}
        for service, model in models.items()
        if model is not None
    }


def moto_has(service: str, operation: str) -> bool:
    """True if moto may have the operation.

    Of a service that botocore has no model of, nobody knows the operations: moto
    itself must answer.
    """
    known = operation in _moto_operations().get(service, ())
    return known or model_of(service) is None


@cache
def _moto_operations() -> Mapping[str, frozenset[str]]:
    """The operations that moto may answer, by botocore's name of the service."""
    written = json.loads(MOTO_OPERATIONS.read_text(encoding="utf-8"))["services"]
    return {service: frozenset(names) for service, names in written.items()}
