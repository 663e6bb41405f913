"""Batches as the Python SDK's own exporter writes them."""

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from lab_emulators.honeycomb.ingest import bulk, decode_traces

PROTOBUF = "application/x-protobuf"


@pytest.fixture
def sdk():
    """A tracer, and what its exporter would send for the spans finished so far."""
    exporter = InMemorySpanExporter()
    resource = Resource({"service.name": "kittiwake-api", "service.version": "3"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("opentelemetry.instrumentation.flask", "0.66b0")
    yield (
        tracer,
        lambda: encode_spans(exporter.get_finished_spans()).SerializeToString(),
    )
    provider.shutdown()


def flask_request(tracer, number):
    attributes = {
        "http.method": "GET",
        "http.route": "/calls/<id>",
        "http.status_code": 200 + number,
        "http.user_agent": "python-requests/2.32.3",
        "net.peer.port": 50_000 + number,
        "app.offset": -number,
        "app.cache_hit": number % 2 == 0,
        "app.queue_wait_ms": number / 7,
        "app.name": f"Ærfugl {number}" if number % 3 else "",
    }
    with tracer.start_as_current_span(
        "GET /calls/<id>", kind=SpanKind.SERVER, attributes=attributes
    ) as server:
        with tracer.start_as_current_span("SELECT", attributes={"db.rows": number}):
            pass
        server.set_status(Status(StatusCode.ERROR, "too slow") if number == 9 else 1)


def test_the_spans_of_the_sdk_are_read_in_bulk_every_one(sdk, comparable, monkeypatch):
    tracer, sent = sdk
    for number in range(20):
        flask_request(tracer, number)
    rare = []
    read = bulk.read

    def watched(*arguments):
        result = read(*arguments)
        rare.extend(result.rare.tolist())
        return result

    monkeypatch.setattr(bulk, "read", watched)
    in_bulk = comparable(decode_traces(sent(), PROTOBUF))
    assert rare == [False] * 40
    assert in_bulk == comparable(decode_traces(sent(), PROTOBUF, decoder="plain"))


def test_spans_with_events_and_links_are_read_with_the_others(sdk, comparable):
    tracer, sent = sdk
    for number in range(10):
        flask_request(tracer, number)
    with tracer.start_as_current_span("root") as root:
        root.add_event("cache_miss", {"keys": ["a", "b"]})
        root.record_exception(ValueError("no such call"))
    linked = [Link(root.get_span_context(), {"why": "retry"})]
    tracer.start_span("linked", links=linked).end()
    in_bulk = comparable(decode_traces(sent(), PROTOBUF))
    assert len(in_bulk) == 20 + 3 + 2
    assert in_bulk == comparable(decode_traces(sent(), PROTOBUF, decoder="plain"))


def test_a_row_says_what_the_student_recorded(sdk, dicts):
    tracer, sent = sdk
    for number in range(10):
        flask_request(tracer, number)
    [batch] = decode_traces(sent(), PROTOBUF)
    query, request = dicts(batch)[-2:]
    assert query["trace.parent_id"] == request["trace.span_id"]
    assert query["db.rows"] == request["net.peer.port"] - 50_000 == 9
    assert (request["span.kind"], request["app.offset"]) == ("server", -9)
    assert (request["error"], request["status_message"]) == (True, "too slow")
    assert request["service.version"] == query["service.version"] == "3"
