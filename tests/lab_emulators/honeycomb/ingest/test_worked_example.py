"""The worked example of husky's README: one span, four rows, by every way in."""

import base64

import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from lab_emulators.honeycomb.ingest import decode_traces

START = 1_234_567_890_123_456_789
TRACE, SPAN, LINKED = bytes(range(1, 17)), bytes(range(1, 9)), bytes(range(9, 17))
RESOURCE = {"service.name": "service1", "sampleRate": 10}
RESOURCE |= {"deployment.environment": "production"}
SCOPE = InstrumentationScope(
    name="go.opentelemetry.io/contrib/instrumentation/net/http", version="1.0.0"
)
SHARED = {
    "_rate": 10,
    "service.name": "service1",
    "deployment.environment": "production",
    "library.name": SCOPE.name,
    "library.version": "1.0.0",
    "telemetry.instrumentation_library": True,
    "meta.signal_type": "trace",
    "trace.trace_id": TRACE.hex(),
}
ANNOTATION = SHARED | {
    "trace.parent_id": SPAN.hex(),
    "parent_name": "HTTP GET /api/users",
}
EXCEPTION = {"exception.type": "ValueError", "exception.message": "no such user"}


@pytest.fixture
def example(span, pairs, request_of):
    server = span(
        {"http.method": "GET"},
        trace_id=TRACE,
        span_id=SPAN,
        name="HTTP GET /api/users",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=START,
        end_time_unix_nano=1_234_567_890_987_654_321,
        status=Status(code=Status.STATUS_CODE_OK, message="fine"),
    )
    for offset_ms, name, attributes in (
        (100, "cache_miss", {"cache.key": "users"}),
        (200, "exception", EXCEPTION),
    ):
        at = START + offset_ms * 1_000_000
        server.events.add(name=name, time_unix_nano=at, attributes=pairs(attributes))
    link = {"trace_id": bytes(8) + LINKED, "span_id": LINKED}
    server.links.add(trace_state="a=b", attributes=pairs({"why": "retry"}), **link)
    return request_of(server, resource=RESOURCE, scope=SCOPE)


EXPECTED = [
    ANNOTATION
    | {
        "_time_ns": START + 100_000_000,
        "name": "cache_miss",
        "meta.annotation_type": "span_event",
        "meta.time_since_span_start_ms": 100.0,
        "cache.key": "users",
    },
    ANNOTATION
    | EXCEPTION
    | {
        "_time_ns": START + 200_000_000,
        "name": "exception",
        "meta.annotation_type": "span_event",
        "meta.time_since_span_start_ms": 200.0,
    },
    ANNOTATION
    | {
        "_time_ns": START,
        "meta.annotation_type": "link",
        "trace.link.trace_id": LINKED.hex(),
        "trace.link.span_id": LINKED.hex(),
        "why": "retry",
    },
    SHARED
    | EXCEPTION
    | {
        "_time_ns": START,
        "trace.span_id": SPAN.hex(),
        "name": "HTTP GET /api/users",
        "span.kind": "server",
        "type": "server",
        "duration_ms": 864.197532,
        "status_code": 1,
        "status_message": "fine",
        "span.num_events": 2,
        "span.num_links": 1,
        "http.method": "GET",
    },
]


@pytest.mark.parametrize("decoder", ["plain", "columnar"])
def test_protobuf_gives_the_four_rows_of_the_example(example, dicts, decoder):
    body = example.SerializeToString()
    [batch] = decode_traces(body, "application/protobuf", decoder=decoder)
    assert (batch.table, batch.label) == ("service1", "service1")
    assert dicts(batch) == EXPECTED


def test_json_gives_the_same_rows(example, dicts):
    text = MessageToJson(example, use_integers_for_enums=True)
    for raw in (TRACE, SPAN, bytes(8) + LINKED, LINKED):
        text = text.replace(base64.b64encode(raw).decode(), raw.hex().upper())
    [batch] = decode_traces(text.encode(), "application/json; charset=utf-8")
    assert dicts(batch) == EXPECTED
