"""Smithy RPC v2 CBOR, as servers speak it: botocore's client machinery, mirrored.

Smithy 2.0, "Smithy RPC v2 CBOR": the path names service and operation, bodies are
CBOR (RFC 8949) maps of the members, times are tag 1 with seconds since 1970.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape
from botocore.parsers import ResponseParserError, RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer

PROTOCOL = "smithy-rpc-v2-cbor"
HEADER = ("smithy-protocol", "rpc-v2-cbor")
CONTENT_TYPE = "application/cbor"

_UNREADABLE = (
    ResponseParserError,
    AttributeError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


class NotCborError(ValueError):
    """A body that cannot be read, or not as its shape."""


def operation_in(path: str) -> str:
    """The operation that a path names, "" if it is none of the protocol's."""
    words = path.strip("/").split("/")
    named = len(words) >= 4 and words[-4] == "service" and words[-2] == "operation"
    return words[-1] if named else ""


def read(body: bytes, shape: Shape | None) -> dict[str, Any]:
    """The members in a body, times as datetimes in UTC; raises NotCborError."""
    if shape is None or not body:
        return {}
    parser: Any = RpcV2CBORParser(timestamp_parser=_utc)
    try:
        parameters = parser._parse_shape(shape, parser._initial_body_parse(body))
    except _UNREADABLE as error:
        raise NotCborError(f"{type(error).__name__}: {error}") from error
    if not isinstance(parameters, dict):
        raise NotCborError("the body must be a map")
    return parameters


def written(document: Mapping[str, Any], shape: Shape | None) -> bytes:
    """The body of an answer whose members are those of `shape`."""
    body = bytearray()
    serializer: Any = RpcV2CBORSerializer()
    if shape is None:
        return b"\xa0"  # an empty map
    serializer._serialize_data_item(body, document, shape)
    return bytes(body)


def refused(code: str, message: str) -> bytes:
    """The body of an error."""
    return b"\xa2" + b"".join(map(_text, ("__type", code, "message", message)))


def _text(value: str) -> bytes:
    body = bytearray()
    serializer: Any = RpcV2CBORSerializer()
    serializer._serialize_type_string(body, value, None, None)
    return bytes(body)


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
