"""BatchGetTraces: the documents of whole traces."""

import json
import math
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.paging import XRAY
from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Operation, Parameters, XRayCore
from lab_emulators.aws.xray.errors import invalid_request
from lab_emulators.aws.xray.model import Trace
from lab_emulators.aws.xray.segment_documents import is_trace_id
from lab_emulators.aws.xray.trace_assembly import as_document

MAX_TRACES = 5
"""BatchGetTraces: "Maximum number of 5 items"."""

PAGE = 2
"""Traces in one answer of BatchGetTraces; AWS pages, but does not say when."""


def operations(core: XRayCore) -> Mapping[str, Operation]:
    """BatchGetTraces."""
    return {"BatchGetTraces": BatchGetTraces(core).get}


class BatchGetTraces:
    """Reads the documents of traces."""

    def __init__(self, core: XRayCore) -> None:
        self._traces = core.traces

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """`BatchGetTraces`: of up to five traces, with their inferred segments."""
        check("xray", "BatchGetTraces", parameters)
        trace_ids = list(dict.fromkeys(parameters["TraceIds"]))
        if not 0 < len(trace_ids) <= MAX_TRACES:
            raise invalid_request(f"'TraceIds' must have 1 to {MAX_TRACES} members")
        for trace_id in trace_ids:
            if not is_trace_id(trace_id):
                raise invalid_request(f"Invalid trace id: {trace_id!r}")
        page, rest = XRAY.page_of(trace_ids, parameters.get("NextToken"), PAGE)
        traces = {trace_id: self._traces.trace(trace_id) for trace_id in page}
        return {
            "Traces": [trace_document(trace) for trace in traces.values() if trace],
            "UnprocessedTraceIds": [i for i, trace in traces.items() if not trace],
            **rest,
        }


def trace_document(trace: Trace) -> dict[str, Any]:
    """A trace as BatchGetTraces returns it, documents as JSON."""
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
