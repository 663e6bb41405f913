"""PutTraceSegments: segment documents, validated and stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Operation, Parameters, XRayCore
from lab_emulators.aws.xray.errors import invalid_request, throttled
from lab_emulators.aws.xray.fast_validation import (
    ValidDocument,
    valid_document_of,
    validate_fast,
)
from lab_emulators.aws.xray.segment_documents import DocumentError, documents_in
from lab_emulators.store import OverloadedError


def operations(core: XRayCore) -> Mapping[str, Operation]:
    """PutTraceSegments, and the telemetry that the daemon sends beside it."""
    return {
        "PutTraceSegments": PutTraceSegments(core).put,
        "PutTelemetryRecords": put_telemetry,
    }


def put_telemetry(parameters: Parameters) -> dict[str, Any]:
    """`PutTelemetryRecords`: checked; X-Ray has no call that reads them back."""
    check("xray", "PutTelemetryRecords", parameters)
    return {}


@dataclass(frozen=True, slots=True)
class PutTraceSegments:
    """Stores segment documents."""

    core: XRayCore

    def put(self, parameters: Parameters) -> dict[str, Any]:
        """`PutTraceSegments`: stores valid documents, and names each invalid one."""
        documents = parameters.get("TraceSegmentDocuments")
        if not isinstance(documents, list | tuple):
            raise invalid_request("'TraceSegmentDocuments' is required, a list of text")
        accepted: list[ValidDocument] = []
        refused: list[dict[str, str]] = []
        for document in documents:
            plain = validate_fast(document)
            if plain is not None:
                accepted.append(plain)
                continue
            for text, segment in documents_in(document):
                if isinstance(segment, DocumentError):
                    refused.append(_unprocessed(segment))
                else:
                    accepted.append(valid_document_of(text, segment))
        self._store(accepted)
        return {"UnprocessedTraceSegments": refused}

    def _store(self, accepted: list[ValidDocument]) -> None:
        try:
            self.core.traces.put(accepted)
        except OverloadedError as error:
            raise throttled(error.retry_after_s) from error


def _unprocessed(error: DocumentError) -> dict[str, str]:
    details = {"ErrorCode": error.code, "Message": error.message}
    return {"Id": error.id, **details} if error.id else details
