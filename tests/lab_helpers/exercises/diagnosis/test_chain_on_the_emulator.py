"""The doctor and the checks' context against the real emulator, over real sockets."""

import threading

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from werkzeug.serving import WSGIRequestHandler, make_server

from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import INGEST_KEY, LAB_KEY
from lab_emulators.store import Store
from lab_helpers.clients.honeycomb.client import HoneycombClient
from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.diagnosis.chain import walk
from lab_helpers.exercises.diagnosis.links import SpanPath


class Quiet(WSGIRequestHandler):
    def log(self, kind, message, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """The address of an emulated Honeycomb with an empty store."""
    store = Store.open(tmp_path_factory.mktemp("store") / "events.duckdb")
    app = create_app(store)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)
    store.close()


@pytest.fixture
def send(emulator):
    """A function that sends one span; its provider, and the trace's id."""
    made = []

    def one(service="kittiwake", key=LAB_KEY, *, flush=True):
        named = {"service.name": service} if service else {}
        provider = TracerProvider(
            resource=Resource.create(named), shutdown_on_exit=False
        )
        made.append(provider)
        headers = {"x-honeycomb-team": key}
        exporter = OTLPSpanExporter(f"{emulator}/v1/traces", headers=headers)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        with provider.get_tracer("test").start_as_current_span("request") as span:
            trace_id = f"{span.get_span_context().trace_id:032x}"
        if flush:
            provider.force_flush()
        return provider, trace_id

    yield one
    for provider in made:
        provider.shutdown()


@pytest.fixture
def context(emulator):
    with HoneycombClient(LAB_KEY, emulator) as client:
        yield Context(client=client, patience_s=1)


def examine(emulator, provider, key=LAB_KEY, **more):
    return walk(SpanPath(emulator, emulator, key, provider, **more))


def test_a_trace_that_was_sent_arrives_and_every_link_holds(emulator, send, context):
    provider, trace_id = send()
    assert context.trace(trace_id)["name"].tolist() == ["request"]
    assert examine(emulator, provider, dataset="kittiwake").broken is None


def test_yesterdays_trace_is_not_taken_for_this_one(emulator, send, context):
    send()
    with pytest.raises(Miss, match="no span of the trace this check just made"):
        context.trace(context.fresh_trace().trace_id)


def test_an_unflushed_span_is_found_waiting(emulator, send, context):
    provider, trace_id = send(flush=False)
    with pytest.raises(Miss, match="1 span waits"):
        context.trace(trace_id, diagnose=lambda: str(examine(emulator, provider)))


def test_a_wrong_key_is_found_at_the_endpoint(emulator, send, caplog):
    provider, _ = send(key="wrong")
    assert "refuses the key" in str(examine(emulator, provider))
    assert "Failed to export span" in caplog.text


def test_a_service_without_a_name_is_found_in_its_dataset(emulator, send, context):
    provider, trace_id = send(service=None)
    assert len(context.honeycomb.trace(trace_id, "unknown_service")) == 1
    found = examine(emulator, provider, dataset="kittiwake")
    assert "its spans are in dataset unknown_service" in str(found)
    assert found.broken.link == "store"


def test_a_wrong_dataset_is_named_with_the_right_one(emulator, send):
    provider, _ = send(service="Kittiwake Web")
    found = examine(emulator, provider, dataset="kittiwake")
    assert "are in dataset 'kittiwake-web'" in str(found)


def test_an_ingest_key_may_send_but_not_ask(emulator, send):
    provider, _ = send(key=INGEST_KEY)
    found = examine(emulator, provider, key=INGEST_KEY)
    assert found.broken.link == "query"
    assert "not ask for it" in str(found)
