"""Parameters against a service's model, as the service itself checks them.

The model is the one botocore ships: required members, lengths, ranges, enumerations
and patterns come from there, so nothing of it is repeated in the engines.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Sized
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ServiceModel, Shape

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.services import service_of

_KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": (int, float),
    "timestamp": (int, float, datetime),
    "list": (list, tuple),
    "map": Mapping,
    "structure": Mapping,
}


def faults(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """The faults of `parameters` (botocore's names and types), "" if there is none.

    Names every fault, worded like the services' own text; members the model does not
    know are left alone, as they do.
    """
    shape = _model(service).operation_model(operation).input_shape
    messages = list(_faults(shape, parameters, "")) if shape else []
    if not messages:
        return ""
    noun = "error" if len(messages) == 1 else "errors"
    return f"{len(messages)} validation {noun} detected: {'; '.join(messages)}"


def check(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raises AwsError, in the code of the service, naming every fault."""
    message = faults(service, operation, parameters)
    if message:
        raise AwsError(service_of(service).parameter_error, message)


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def _faults(shape: Shape, value: object, path: str) -> Iterator[str]:
    if not _fits(shape.type_name, value):
        yield _fault(value, path, f"Member must be a {shape.type_name}")
    elif isinstance(value, Mapping) and shape.type_name == "structure":
        yield from _structure_faults(shape, value, path)
    elif isinstance(value, Mapping):
        yield from (_fault(value, path, text) for text in _broken(shape, value))
        for key, item in value.items():
            yield from _faults(shape.key, key, f"{path}.key")
            yield from _faults(shape.value, item, f"{path}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from (_fault(value, path, text) for text in _broken(shape, value))
        for number, item in enumerate(value, start=1):
            yield from _faults(shape.member, item, f"{path}.{number}.member")
    else:
        yield from (_fault(value, path, text) for text in _broken(shape, value))


def _structure_faults(
    shape: Shape, value: Mapping[str, object], path: str
) -> Iterator[str]:
    for name, member in shape.members.items():
        inner = f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
        item = value.get(name)
        if item is not None:
            yield from _faults(member, item, inner)
        elif name in shape.required_members:
            yield _fault(None, inner, "Member must not be null")


def _fits(kind: str, value: object) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _KINDS[kind])


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """The constraints of its shape that a value breaks."""
    rules = shape.metadata
    long = isinstance(value, Sized)
    what = "Member must have length" if long else "Member must have value"
    size = len(value) if long else value
    if "min" in rules and size < rules["min"]:
        yield f"{what} greater than or equal to {rules['min']}"
    if "max" in rules and size > rules["max"]:
        yield f"{what} less than or equal to {rules['max']}"
    if "enum" in rules and value not in rules["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(rules['enum'])}]"
    if "pattern" in rules and not re.fullmatch(_python(rules["pattern"]), value):
        yield f"Member must satisfy regular expression pattern: {rules['pattern']}"


def _python(pattern: str) -> str:
    """The pattern without Java's classes of letters, separators and numbers."""
    return pattern.replace(r"\p{L}\p{Z}\p{N}_", r"\w\s")


def _fault(value: object, path: str, text: str) -> str:
    value_text = "null" if value is None else f"'{value}'"
    return f"Value {value_text} at '{path}' failed to satisfy constraint: {text}"
