"""OTLP's JSON encoding, read into the protobuf messages it stands for.

protobuf's own JSON reader refuses what exporters send (ids in hex, unknown members of
any shape) and reads what the OTLP specification forbids (names of enums, field names
with underscores, ids in base64). This one follows its section "JSON Protobuf
Encoding". How long an id must be is the vendor's to judge, as it is in protobuf.
"""

import base64
import json
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

MAX_DEPTH = 100  # messages within messages, as in protobuf's own decoders

_M = TypeVar("_M", bound=Message)
_IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
_HEX = re.compile(r"([0-9a-fA-F]{2})*")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*")
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NUMERAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NON_FINITE = ("NaN", "Infinity", "-Infinity")


class OtlpError(ValueError):
    """An OTLP request that cannot be read; the text says what is wrong, and where."""


def parse(body: bytes, message: _M) -> _M:
    """Returns `message` filled from a JSON body; unknown members are ignored.

    Ids are hex, enums integers, 64-bit integers strings or numbers, field names
    lowerCamelCase. Raises OtlpError, naming the path of what is wrong.
    """
    try:
        document = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise OtlpError(f"not JSON: {error}") from error
    _fill(message, document, "", MAX_DEPTH)
    return message


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} must be written as a string")


def _fill(message: Message, document: object, path: str, depth: int) -> None:
    if not isinstance(document, dict):
        raise OtlpError(f"{path or 'the body'} must be an object")
    if not depth:
        raise OtlpError(f"{path} is nested too deeply")
    names = _fields(message.DESCRIPTOR)
    for name, value in document.items():
        field = names.get(name)
        if field is None:
            _refuse_underscores(message, name, path)
        if field is not None and value is not None:
            _refuse_second(message, field, path)
            _set(message, field, value, (f"{path}.{name}".lstrip("."), depth - 1))


@cache
def _fields(descriptor: Descriptor) -> dict[str, FieldDescriptor]:
    """The fields of a message by their names in JSON: `traceId`, not `trace_id`."""
    fields = cast(list[FieldDescriptor], descriptor.fields)
    return {field.camelcase_name: field for field in fields}


def _refuse_underscores(message: Message, name: str, path: str) -> None:
    """Refuses a field in protobuf's own spelling, which would be ignored silently."""
    field = message.DESCRIPTOR.fields_by_name.get(name)
    if field is not None:
        text = f"{name!r} must be spelled {field.camelcase_name!r}"
        raise OtlpError(f"{path or 'the body'}: {text}")


def _refuse_second(message: Message, field: FieldDescriptor, path: str) -> None:
    choice = field.containing_oneof
    if choice is not None and message.WhichOneof(choice.name):
        raise OtlpError(f"{path} has more than one {choice.name}")


def _set(
    message: Message, field: FieldDescriptor, value: object, at: tuple[str, int]
) -> None:
    path, depth = at
    if not field.is_repeated:
        if field.message_type is None:
            setattr(message, field.name, _scalar(field, value, path))
        else:
            inner = getattr(message, field.name)
            inner.SetInParent()
            _fill(inner, value, path, depth)
        return
    if not isinstance(value, list):
        raise OtlpError(f"{path} must be a list")
    items = getattr(message, field.name)
    for index, item in enumerate(value):
        if field.message_type is None:
            items.append(_scalar(field, item, f"{path}[{index}]"))
        else:
            _fill(items.add(), item, f"{path}[{index}]", depth)


def _scalar(field: FieldDescriptor, value: object, path: str) -> Any:
    if field.enum_type is not None and isinstance(value, str):
        raise OtlpError(f"{path} must be the number of a {field.enum_type.name}")
    if field.name in _IDS:
        return _id(value, path)
    return _READERS[field.type](value, path)


def _id(value: object, path: str) -> bytes:
    text = _text(value, path)
    if not _HEX.fullmatch(text):
        raise OtlpError(f"{path} must be hexadecimal")
    return bytes.fromhex(text)


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise OtlpError(f"{path} must be a string")
    # JSON can spell half a surrogate pair, UTF-8 cannot: it becomes U+FFFD.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _bytes(value: object, path: str) -> bytes:
    text = _text(value, path).replace("-", "+").replace("_", "/").rstrip("=")
    if len(text) % 4 == 1 or not _BASE64.fullmatch(text):
        raise OtlpError(f"{path} is not base64")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _bool(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise OtlpError(f"{path} must be true or false")
    return value


def _double(value: object, path: str) -> float:
    if isinstance(value, str) and (value in _NON_FINITE or _NUMERAL.fullmatch(value)):
        number = float(value)
        return number if value in _NON_FINITE else _finite(number, path)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise OtlpError(f"{path} must be a number")
    try:
        return _finite(float(value), path)
    except OverflowError as error:
        raise OtlpError(f"{path} is out of range") from error


def _finite(number: float, path: str) -> float:
    if not math.isfinite(number):
        raise OtlpError(f"{path} is out of range")
    return number


def _integer(bits: int, *, signed: bool) -> Callable[[object, str], int]:
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)

    def read(value: object, path: str) -> int:
        number = _whole(value)
        if number is None:
            raise OtlpError(f"{path} must be an integer")
        if not low <= number < high:
            raise OtlpError(f"{path} is out of range")
        return number

    return read


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        return int(value) if _INTEGER.fullmatch(value) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_READERS: dict[int, Callable[[object, str], Any]] = {
    FieldDescriptor.TYPE_STRING: _text,
    FieldDescriptor.TYPE_BYTES: _bytes,
    FieldDescriptor.TYPE_BOOL: _bool,
    FieldDescriptor.TYPE_DOUBLE: _double,
    FieldDescriptor.TYPE_ENUM: _integer(32, signed=True),
    FieldDescriptor.TYPE_INT32: _integer(32, signed=True),
    FieldDescriptor.TYPE_UINT32: _integer(32, signed=False),
    FieldDescriptor.TYPE_FIXED32: _integer(32, signed=False),
    FieldDescriptor.TYPE_INT64: _integer(64, signed=True),
    FieldDescriptor.TYPE_FIXED64: _integer(64, signed=False),
}
