"""Stock clients over real sockets: what they send is what is stored."""

import gzip
import http.client
import json
from urllib.parse import urlsplit

import libhoney
import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from lab_emulators.honeycomb.config import INGEST_KEY

HEADERS = {"x-honeycomb-team": INGEST_KEY}
RESOURCE = Resource.create({"service.name": "checkout"})


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_the_span_exporter_delivers_a_trace(served, rows, compression):
    exporter = OTLPSpanExporter(
        f"{served}/v1/traces", headers=HEADERS, compression=compression
    )
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    with (
        tracer.start_as_current_span("parent", kind=trace.SpanKind.SERVER),
        tracer.start_as_current_span("child") as child,
    ):
        child.set_attribute("items", [1, 2])
    provider.shutdown()
    child, parent = sorted(rows("checkout"), key=lambda row: row["name"])
    assert (child["name"], parent["name"]) == ("child", "parent")
    assert child["trace.parent_id"] == parent["trace.span_id"]
    assert child["items"] == "[1,2]\n"
    assert "trace.parent_id" not in parent


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_log_exporter_delivers_a_record(served, rows):
    exporter = OTLPLogExporter(
        f"{served}/v1/logs", headers=HEADERS, compression=Compression.Gzip
    )
    provider = LoggerProvider(resource=RESOURCE)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("test").emit(body="sold out", attributes={"sku": "A1"})
    provider.shutdown()
    (row,) = rows("checkout")
    assert (row["body"], row["sku"]) == ("sold out", "A1")


def test_the_span_exporter_gives_up_on_a_wrong_key(served, store, caplog):
    exporter = OTLPSpanExporter(
        f"{served}/v1/traces", headers={"x-honeycomb-team": "wrong"}
    )
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("test").start_span("lost").end()
    provider.shutdown()
    assert "401" in caplog.text
    assert store.tables() == []


# libhoney never closes the socket of its own statistics
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_libhoney_delivers_events_and_learns_their_status(served, rows):
    client = libhoney.Client(writekey=INGEST_KEY, dataset="My Shop", api_host=served)
    for number in range(3):
        event = client.new_event()
        event.add({"n": number, "trace.parent_id": None})
        event.sample_rate = 2
        event.send_presampled()
    client.close()
    statuses = [client.responses().get(timeout=10)["status_code"] for _ in range(3)]
    assert statuses == [202] * 3
    assert [(row["n"], row["_rate"]) for row in rows("my-shop")] == [
        (0, 2),
        (1, 2),
        (2, 2),
    ]


def test_json_in_chunks_as_browsers_exporters_send_it(served, rows):
    span = {"name": "click", "traceId": "0" * 31 + "1", "attributes": []}
    span["attributes"].append({"key": "n", "value": {"intValue": 5}})
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    chunks = [gzip.compress(body.encode())[i : i + 20] for i in range(0, 400, 20)]
    wire = http.client.HTTPConnection(urlsplit(served).netloc, timeout=10)
    headers = {
        **HEADERS,
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    wire.request(
        "POST", "/v1/traces", filter(None, chunks), headers, encode_chunked=True
    )
    answer = wire.getresponse()
    assert (answer.status, answer.read()) == (200, b"{}")
    wire.close()
    assert rows("unknown_service")[0]["n"] == 5


def test_a_connection_is_kept_through_good_and_bad_requests(served):
    wire = http.client.HTTPConnection(urlsplit(served).netloc, timeout=10)
    for body, expected in (
        (b'{"a":1}', 200),
        (b"x" * 1_100_000, 400),
        (b"{}", 400),
    ) * 3:
        wire.request("POST", "/1/events/d", body, HEADERS)
        answer = wire.getresponse()
        assert (answer.status, bool(answer.read())) == (expected, expected == 400)
        assert answer.getheader("Connection") != "close"
    wire.close()
