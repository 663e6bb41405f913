"""PutTraceSegments and BatchGetTraces: documents in, whole traces out."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab_emulators.aws.errors import AwsError, invalid_request
from lab_emulators.aws.paging import XRAY
from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Core, Operation, Parameters
from lab_emulators.aws.xray.fast_validation import Admitted, admission_of, admitted
from lab_emulators.aws.xray.model import Trace
from lab_emulators.aws.xray.segment_documents import (
    DocumentError,
    documents_in,
    is_trace_id,
)
from lab_emulators.aws.xray.trace_assembly import as_document
from lab_emulators.store import Overloaded

MAX_TRACES = 5
"""BatchGetTraces: "Maximum number of 5 items"."""

PAGE = 2
"""Traces in one answer of BatchGetTraces; AWS pages, but does not say when."""


def operations(core: Core) -> Mapping[str, Operation]:
    """The operations that take and give whole documents, and the daemon's telemetry."""
    segments = Segments(core)
    return {
        "PutTraceSegments": segments.put,
        "BatchGetTraces": segments.get,
        "PutTelemetryRecords": put_telemetry,
    }


def put_telemetry(parameters: Parameters) -> dict[str, Any]:
    """`PutTelemetryRecords`: checked; X-Ray has no call that reads them back."""
    check("xray", "PutTelemetryRecords", parameters)
    return {}


@dataclass(frozen=True, slots=True)
class Segments:
    """Documents of one region."""

    core: Core

    def put(self, parameters: Parameters) -> dict[str, Any]:
        """Keep every good document; say of each other one why not."""
        documents = parameters.get("TraceSegmentDocuments")
        if not isinstance(documents, list | tuple):
            raise invalid_request("TraceSegmentDocuments is required, a list of text")
        accepted: list[Admitted] = []
        refused: list[dict[str, str]] = []
        for document in documents:
            plain = admitted(document)
            if plain is not None:
                accepted.append(plain)
                continue
            for text, found in documents_in(document):
                if isinstance(found, DocumentError):
                    refused.append(_unprocessed(found))
                else:
                    accepted.append(admission_of(text, found))
        self._keep(accepted)
        return {"UnprocessedTraceSegments": refused}

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """The documents of up to five traces, inferred segments among them."""
        check("xray", "BatchGetTraces", parameters)
        wanted = list(dict.fromkeys(parameters["TraceIds"]))
        if not 0 < len(wanted) <= MAX_TRACES:
            raise invalid_request(f"TraceIds must have 1 to {MAX_TRACES} members")
        for trace_id in wanted:
            if not is_trace_id(trace_id):
                raise invalid_request(f"Invalid trace id: {trace_id!r}")
        page, rest = XRAY.page_of(wanted, parameters.get("NextToken"), PAGE)
        found = {trace_id: self.core.archive.trace(trace_id) for trace_id in page}
        return {
            "Traces": [shown(trace) for trace in found.values() if trace],
            "UnprocessedTraceIds": [i for i, trace in found.items() if not trace],
            **rest,
        }

    def _keep(self, accepted: list[Admitted]) -> None:
        try:
            self.core.archive.put(accepted)
        except Overloaded as error:
            raise AwsError(
                "ThrottledException",
                f"too much is waiting to be stored, retry in {error.retry_after_s} s",
                429,
            ) from error


def shown(trace: Trace) -> dict[str, Any]:
    """A trace as BatchGetTraces returns it."""
    return {
        "Id": trace.id,
        "Duration": round(trace.end - trace.start, 6),
        "LimitExceeded": trace.limit_exceeded,
        "Segments": [
            {"Id": s.id, "Document": _text(as_document(s))} for s in trace.segments
        ],
    }


def _text(document: dict[str, Any]) -> str:
    try:
        return json.dumps(document, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return _text(_finite(document))


def _finite(value: Any) -> Any:
    """`value` with null for numbers like 1e999, which JSON can say only once."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    endless = isinstance(value, float) and not math.isfinite(value)
    return None if endless else value


def _unprocessed(error: DocumentError) -> dict[str, str]:
    shown = {"ErrorCode": error.code, "Message": error.message}
    return {"Id": error.id, **shown} if error.id else shown
