"""OTLP request bodies to protobuf messages."""

import base64
import json
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from lab_emulators.aws.otlp.errors import OtlpError

JSON = "application/json"
PROTOBUF = ("application/protobuf", "application/x-protobuf")

# protobuf's reader lets Python's own errors through for members of a wrong shape.
_UNREADABLE = (
    json_format.ParseError,
    AttributeError,
    RecursionError,
    TypeError,
    ValueError,
)
_IDS = {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}
_M = TypeVar("_M", bound=Message)


def request_of(body: bytes, content_type: str, kind: type[_M], max_bytes: int) -> _M:
    """The message in a decompressed body, protobuf or JSON by its content type.

    Raises OtlpError for what cannot be read and for more than `max_bytes`.
    """
    if len(body) > max_bytes:
        raise OtlpError(f"the body has more than {max_bytes} bytes")
    media = media_type(content_type)
    if media == JSON:
        return _from_json(body, kind)
    if media in PROTOBUF:
        return _from_protobuf(body, kind)
    raise OtlpError(f"content type {content_type!r} is neither protobuf nor JSON")


def media_type(content_type: str) -> str:
    """The content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _from_protobuf(body: bytes, kind: type[_M]) -> _M:
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise OtlpError(f"not an {kind.__name__}: {error}") from error


def _from_json(body: bytes, kind: type[_M]) -> _M:
    request = kind()
    try:
        document = _with_base64_ids(json.loads(body.decode()))
        json_format.ParseDict(document, request, ignore_unknown_fields=True)
    except _UNREADABLE as error:
        raise OtlpError(f"not OTLP in JSON: {error}") from error
    return request


def _with_base64_ids(value: Any) -> Any:
    """OTLP writes ids in hexadecimal where protobuf's JSON reader wants base64."""
    if isinstance(value, list):
        return [_with_base64_ids(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _base64(item)
        if key in _IDS and isinstance(item, str)
        else _with_base64_ids(item)
        for key, item in value.items()
    }


def _base64(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()
