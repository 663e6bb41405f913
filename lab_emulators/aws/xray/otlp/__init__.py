"""OpenTelemetry spans in, X-Ray segment documents out: pure functions, no HTTP."""

import json
from collections.abc import Collection
from typing import Any

from lab_emulators.aws.otlp.values import attributes_of
from lab_emulators.aws.xray.otlp.messages import request_of
from lab_emulators.aws.xray.otlp.segments import segments_of
from lab_emulators.otlp import OtlpError

__all__ = ["OtlpError", "documents_of"]


def documents_of(
    body: bytes, content_type: str, *, indexed: Collection[str] = ()
) -> list[str]:
    """The segment documents of a decompressed `ExportTraceServiceRequest`.

    `content_type` is protobuf or JSON, with or without parameters. Attributes named
    in `indexed` become annotations, others metadata. Raises OtlpError, and then
    nothing of the request is to be stored.
    """
    documents: list[dict[str, Any]] = []
    for resource_spans in request_of(body, content_type).resource_spans:
        resource = attributes_of(resource_spans.resource.attributes)
        for scope in resource_spans.scope_spans:
            for span in scope.spans:
                documents += segments_of(span, resource, indexed)
    return [json.dumps(document) for document in documents]
