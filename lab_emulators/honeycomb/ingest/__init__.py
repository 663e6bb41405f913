"""OTLP request bodies in, batches for the store out: pure functions, no HTTP.

What becomes a row and a column follows husky, Honeycomb's published translator. Where
it is silent, a docstring here says what was chosen.
"""

import time
from collections.abc import Callable
from typing import Literal, TypeVar

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_emulators.honeycomb.ingest import columnar, json_messages, logs, plain
from lab_emulators.honeycomb.ingest.errors import OtlpError
from lab_emulators.store import Batch

__all__ = ["Decoder", "OtlpError", "decode_logs", "decode_traces"]

Decoder = Literal["columnar", "plain"]

_M = TypeVar("_M", bound=Message)
_PROTOBUF = ("application/protobuf", "application/x-protobuf")
_JSON = "application/json"


def decode_traces(
    body: bytes, content_type: str, *, decoder: Decoder = "columnar"
) -> list[Batch]:
    """Return the rows of a decompressed `ExportTraceServiceRequest`, by dataset.

    `content_type` is protobuf or JSON, with or without parameters. Both decoders give
    the same rows. Raises OtlpError, and then no row is to be stored.
    """
    if decoder == "columnar" and media_type(content_type) in _PROTOBUF:
        return columnar.batches_of(body)
    return plain.batches_of(message_of(body, content_type, ExportTraceServiceRequest()))


def decode_logs(
    body: bytes,
    content_type: str,
    dataset_header: str | None,
    *,
    clock: Callable[[], int] = time.time_ns,
) -> list[Batch]:
    """Return the rows of a decompressed `ExportLogsServiceRequest`, by dataset.

    `dataset_header` names the dataset of what has no usable `service.name`; `clock`
    (ns since the epoch) dates records that have no time. Raises OtlpError.
    """
    request = message_of(body, content_type, ExportLogsServiceRequest())
    return logs.batches_of(request, dataset_header, clock())


def message_of(body: bytes, content_type: str, message: _M) -> _M:
    """Return `message` filled from `body`; OtlpError if it is not that message."""
    kind = media_type(content_type)
    if kind == _JSON:
        return json_messages.parse(body, message)
    if kind not in _PROTOBUF:
        raise OtlpError(f"content type {content_type!r} is neither protobuf nor JSON")
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise OtlpError(f"not a {message.DESCRIPTOR.name}: {error}") from error
    return message


def media_type(content_type: str) -> str:
    """Return a content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()
