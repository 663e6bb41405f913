"""OTLP request bodies to protobuf messages, with one strictness for every vendor.

Bodies are decompressed already. What cannot be read refuses the whole request:
nothing of it may be stored.
"""

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from lab_emulators.otlp import json_encoding
from lab_emulators.otlp.json_encoding import OtlpError

__all__ = ["JSON", "PROTOBUF", "OtlpError", "media_type", "request_of"]

JSON = "application/json"
PROTOBUF = ("application/protobuf", "application/x-protobuf")

_M = TypeVar("_M", bound=Message)


def request_of(
    body: bytes, content_type: str, kind: type[_M], max_bytes: int | None = None
) -> _M:
    """Returns the message in a body: protobuf or JSON, as its content type says.

    Raises OtlpError for what cannot be read and for more than `max_bytes`.
    """
    if max_bytes is not None and len(body) > max_bytes:
        raise OtlpError(f"the body has more than {max_bytes} bytes")
    media = media_type(content_type)
    if media == JSON:
        return json_encoding.parse(body, kind())
    if media not in PROTOBUF:
        raise OtlpError(f"content type {content_type!r} is neither protobuf nor JSON")
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise OtlpError(f"not an {kind.DESCRIPTOR.name}: {error}") from error


def media_type(content_type: str) -> str:
    """Returns a content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()
