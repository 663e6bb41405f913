"""Traces, the obvious way: protobuf messages to rows, one span at a time.

This is the reference the columnar path is tested against, the only path for JSON, and
the path of every span of a rare shape.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import (
    ResourceSpans,
    ScopeSpans,
    Span,
    Status,
)

from lab_emulators.honeycomb.ingest.datasets import Gathered, check_length, timestamp
from lab_emulators.honeycomb.ingest.origin import (
    UNKNOWN_SERVICE,
    Origin,
    attribute_columns,
    origin,
    service_name,
)
from lab_emulators.honeycomb.ingest.sampling import attribute_rate, tracestate_rate
from lab_emulators.honeycomb.ingest.values import flatten
from lab_emulators.store import Batch, Row, Value

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")

NS_PER_MS = 1e6
_EXCEPTION_TEXTS = ("exception.type", "exception.message", "exception.stacktrace")


def batches_of(request: ExportTraceServiceRequest) -> list[Batch]:
    """Returns the rows of a request, one batch per dataset, in order of arrival."""
    check_length(len(request.resource_spans))
    check_length(max((len(r.scope_spans) for r in request.resource_spans), default=0))
    check_length(sum(map(row_count, _spans(request))))
    gathered = Gathered()
    for resource_spans in request.resource_spans:
        dataset = service_name(resource_spans.resource) or UNKNOWN_SERVICE
        for scope_spans in resource_spans.scope_spans:
            shared = origin_of(resource_spans, scope_spans)
            for span in scope_spans.spans:
                gathered.add(dataset, span_rows(span, shared))
    return gathered.batches()


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            yield from scope_spans.spans


def row_count(span: Span) -> int:
    """Returns how many rows a span makes: one each for events, links and itself."""
    return len(span.events) + len(span.links) + 1


def origin_of(resource_spans: ResourceSpans, scope_spans: ScopeSpans) -> Origin:
    """Returns what the spans of one scope inherit."""
    schema_urls = (resource_spans.schema_url, scope_spans.schema_url)
    return origin(resource_spans.resource, scope_spans.scope, schema_urls)


def span_rows(span: Span, shared: Origin) -> Iterator[Row]:
    """Yields the rows of one span: its events, then its links, then the span itself."""
    facts = _Facts(span, shared, _sample_rate(span, shared))
    for event in span.events:
        yield facts.row(_event(event, span), flatten(event.attributes), event)
    for link in span.links:
        yield facts.row(_link(link, span), flatten(link.attributes), span)
    columns = attribute_columns(span.attributes)
    row = facts.row(_span(span), columns, span)
    for key, value in _exception(span):
        row.values.setdefault(key, value)
    yield row


@dataclass(frozen=True, slots=True)
class _Facts:
    """Values that the rows of one span share."""

    span: Span
    shared: Origin
    sample_rate: int

    def row(
        self,
        built_in: Mapping[str, Value],
        attributes: Mapping[str, Value],
        timed: Span | Span.Event,
    ) -> Row:
        """Puts together one row: attributes before built-ins before what is shared."""
        values = {**self.shared.columns, **built_in, **attributes}
        if isinstance(timed, Span):
            time = timed.start_time_unix_nano
        else:
            time = timed.time_unix_nano
        return Row(timestamp(time), self.sample_rate, values)


def _span(span: Span) -> dict[str, Value]:
    kind = kind_name(span.kind)
    columns: dict[str, Value] = {
        "trace.trace_id": trace_hex(span.trace_id),
        "trace.span_id": span.span_id.hex(),
        "name": span.name,
        "span.kind": kind,
        "type": kind,
        "status_code": span.status.code,
        "span.num_events": len(span.events),
        "span.num_links": len(span.links),
        "meta.signal_type": "trace",
    }
    if span.parent_span_id:
        columns["trace.parent_id"] = span.parent_span_id.hex()
    if span.trace_state:
        columns["trace.trace_state"] = span.trace_state
    if span.status.message:
        columns["status_message"] = span.status.message
    return columns | _duration(span) | _error(span)


def _duration(span: Span) -> dict[str, Value]:
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    if not start or not end:
        return {"duration_ms": 0.0}
    if end < start:
        return {"duration_ms": 0.0, "meta.invalid_duration": True}
    return {"duration_ms": (end - start) / NS_PER_MS}


def _error(span: Span) -> dict[str, Value]:
    return {"error": True} if span.status.code == Status.STATUS_CODE_ERROR else {}


def _annotation(span: Span, kind: str) -> dict[str, Value]:
    return {
        "trace.trace_id": trace_hex(span.trace_id),
        "trace.parent_id": span.span_id.hex(),
        "parent_name": span.name,
        "meta.annotation_type": kind,
        "meta.signal_type": "trace",
        **_error(span),
    }


def _event(event: Span.Event, span: Span) -> dict[str, Value]:
    columns = _annotation(span, "span_event")
    columns["name"] = event.name
    since_ns = event.time_unix_nano - span.start_time_unix_nano
    columns["meta.time_since_span_start_ms"] = max(since_ns, 0) / NS_PER_MS
    if since_ns < 0:
        columns["meta.invalid_time_since_span_start"] = True
    return columns


def _link(link: Span.Link, span: Span) -> dict[str, Value]:
    columns = _annotation(span, "link")
    columns["trace.link.trace_id"] = trace_hex(link.trace_id)
    columns["trace.link.span_id"] = link.span_id.hex()
    return columns


def _exception(span: Span) -> Iterator[tuple[str, Value]]:
    """Yields what the span row takes from its first event named `exception`."""
    first = next((e for e in span.events if e.name == "exception"), None)
    if first is None:
        return
    columns = flatten(first.attributes)
    for key in _EXCEPTION_TEXTS:
        if isinstance(columns.get(key), str):
            yield key, columns[key]
    if isinstance(columns.get("exception.escaped"), bool):
        yield "exception.escaped", columns["exception.escaped"]


def _sample_rate(span: Span, shared: Origin) -> int:
    rate = attribute_rate(span.attributes)
    if rate is None:
        rate = shared.sample_rate
    if rate is None:
        rate = tracestate_rate(span.trace_state, span.trace_id + span.span_id)
    return rate


def kind_name(kind: int) -> str:
    """Returns the column value of a span kind; unknown numbers are `unspecified`."""
    return KINDS[kind] if 0 <= kind < len(KINDS) else KINDS[0]


def trace_hex(trace_id: bytes) -> str:
    """Returns a trace id in hex, the short form when its first 8 bytes are zero."""
    if len(trace_id) == 16 and not any(trace_id[:8]):
        return trace_id[8:].hex()
    return trace_id.hex()
