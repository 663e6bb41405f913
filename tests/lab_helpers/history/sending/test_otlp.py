"""The encoder against the messages of `opentelemetry-proto`, and the lab's reader."""

import numpy as np
import pandas as pd
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_helpers.analysis.columns import TRACE_COLUMNS
from lab_helpers.history.sending.otlp import OWN, TracesEncoder
from lab_helpers.history.sending.part import Part

ATTRIBUTE_TYPES = {
    "string_value": str,
    "bool_value": bool,
    "int_value": int,
    "double_value": float,
}


@pytest.fixture(scope="session")
def part(small_day):
    """All of the small day."""
    return Part.of(small_day, None, None)


@pytest.fixture(scope="session")
def request_of_all(part):
    """The day as one request, parsed by protobuf."""
    encoder = TracesEncoder(part.spans, part.events, {"service.instance.id": "x"})
    body = encoder.request(np.arange(len(part.spans)))
    return ExportTraceServiceRequest.FromString(body)


def spans_in(request):
    """Pairs of service and span."""
    for resource in request.resource_spans:
        service = plain(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield service, span


def plain(attributes):
    """Attributes as a dictionary; fails if a value has another type than it says."""
    values = {}
    for pair in attributes:
        kind = pair.value.WhichOneof("value")
        values[pair.key] = getattr(pair.value, kind)
        assert type(values[pair.key]) is ATTRIBUTE_TYPES[kind]
    assert len(values) == len(attributes)
    return values


def test_every_field_of_every_span_is_in_the_request(part, request_of_all) -> None:
    ours = part.spans.set_index("span_id")
    attributes = ours.columns.difference(OWN)
    seen = 0
    for service, span in spans_in(request_of_all):
        row = ours.loc[span.span_id.hex()]
        assert service == row["service"]
        assert span.trace_id.hex() == row["trace_id"]
        parent = row["parent_id"] if isinstance(row["parent_id"], str) else ""
        assert span.parent_span_id.hex() == parent
        assert span.name == row["name"]
        assert span.start_time_unix_nano == row["start"].value
        took = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
        assert took == row["duration_ms"]
        assert plain(span.attributes) == row[attributes].dropna().to_dict()
        seen += 1
    assert seen == len(ours)


def test_failures_have_status_message_and_exception(part, request_of_all) -> None:
    events = part.events.set_index("parent_id")
    failed = [s for _, s in spans_in(request_of_all) if s.span_id.hex() in events.index]
    assert len(failed) == len(events) > 0
    for span in failed:
        (event,) = span.events
        row = events.loc[span.span_id.hex()]
        assert event.name == "exception"
        assert event.time_unix_nano == row["start"].value
        assert plain(event.attributes)["exception.type"] == row["exception.type"]
        assert span.status.message.startswith("TypeError: ")
    others = [s for _, s in spans_in(request_of_all) if not s.events]
    assert not any(span.status.message for span in others)


def test_scopes_are_those_of_the_instrumentors(request_of_all) -> None:
    scopes = {
        scope.scope.name: {span.name.partition(" ")[0] for span in scope.spans}
        for resource in request_of_all.resource_spans
        for scope in resource.scope_spans
    }
    assert set(scopes) == {
        "opentelemetry.instrumentation.flask",
        "opentelemetry.instrumentation.requests",
        "opentelemetry.instrumentation.sqlalchemy",
        "steps",
    }
    assert "connect" in scopes["opentelemetry.instrumentation.sqlalchemy"]


def test_a_request_has_the_spans_at_its_positions_only(part) -> None:
    encoder = TracesEncoder(part.spans, part.events, {})
    positions = np.array([3, 4, 40])
    request = ExportTraceServiceRequest.FromString(encoder.request(positions))
    ids = {span.span_id.hex() for _, span in spans_in(request)}
    assert ids == set(part.spans["span_id"].iloc[positions])


def test_values_keep_their_types() -> None:
    row = {
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "b7ad6b7169203331",
        "parent_id": None,
        "name": "é",
        "service": "one",
        "kind": "internal",
        "start": pd.Timestamp("2026-03-02T10:00", tz="UTC"),
        "duration_ms": 0.001,
        "status": "ok",
        "error": False,
        "annotation": "span",
        "text": "ö" * 200,
        "yes": True,
        "one": 1,
        "large": 2**62,
        "negative": -1,
        "zero": 0.0,
        "empty": "",
    }
    frame = pd.DataFrame([row])
    body = TracesEncoder(frame, frame.iloc[:0], {}).request(np.array([0]))
    ((_, span),) = spans_in(ExportTraceServiceRequest.FromString(body))
    expected = {k: v for k, v in row.items() if k not in TRACE_COLUMNS}
    assert plain(span.attributes) == expected
    assert span.end_time_unix_nano - span.start_time_unix_nano == 1000
    assert (span.name, span.status.code) == ("é", 1)
