"""OTLP requests with spans, within the limits of AWS's endpoint."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_emulators import otlp
from lab_emulators.otlp import OtlpError

MAX_BYTES = 5 * 1024 * 1024  # CloudWatch user guide, OTLP endpoint limits
MAX_SPANS = 10_000
MAX_SPAN_BYTES = 200 * 1024
MAX_ORIGIN_BYTES = 16 * 1024  # resource and scope together


def request_of(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """The request in a decompressed body, protobuf or JSON; raises OtlpError."""
    request = otlp.request_of(body, content_type, ExportTraceServiceRequest, MAX_BYTES)
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
