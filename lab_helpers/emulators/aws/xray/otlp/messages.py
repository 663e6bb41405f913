"""OTLP request bodies to protobuf messages, within the limits of AWS's endpoint."""

import base64
import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_helpers.emulators.aws.xray.otlp.errors import OtlpError

MAX_BYTES = 5 * 1024 * 1024  # CloudWatch user guide, OTLP endpoint limits
MAX_SPANS = 10_000
MAX_SPAN_BYTES = 200 * 1024
MAX_ORIGIN_BYTES = 16 * 1024  # resource and scope together

_PROTOBUF = ("application/protobuf", "application/x-protobuf")
_JSON = "application/json"
# protobuf's reader lets Python's own errors through for members of a wrong shape.
_UNREADABLE = (
    json_format.ParseError,
    AttributeError,
    RecursionError,
    TypeError,
    ValueError,
)
_IDS = {"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"}


def request_of(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """The request in a decompressed body, protobuf or JSON; raises OtlpError."""
    if len(body) > MAX_BYTES:
        raise OtlpError(f"the body has more than {MAX_BYTES} bytes")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _JSON:
        request = _from_json(body)
    elif kind in _PROTOBUF:
        request = _from_protobuf(body)
    else:
        raise OtlpError(f"content type {content_type!r} is neither protobuf nor JSON")
    _check_sizes(request)
    return request


def _check_sizes(request: ExportTraceServiceRequest) -> None:
    spans = 0
    for block in request.resource_spans:
        for scope in block.scope_spans:
            spans += len(scope.spans)
            origin = block.resource.ByteSize() + scope.scope.ByteSize()
            if origin > MAX_ORIGIN_BYTES:
                raise OtlpError(f"a resource has more than {MAX_ORIGIN_BYTES} bytes")
            if any(span.ByteSize() > MAX_SPAN_BYTES for span in scope.spans):
                raise OtlpError(f"a span has more than {MAX_SPAN_BYTES} bytes")
    if spans > MAX_SPANS:
        raise OtlpError(f"the request has more than {MAX_SPANS} spans")


def _from_protobuf(body: bytes) -> ExportTraceServiceRequest:
    try:
        return ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise OtlpError(f"not an ExportTraceServiceRequest: {error}") from error


def _from_json(body: bytes) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
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
