import json
import threading
from contextvars import copy_context
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import flask
import pytest
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
    OTLPSpanExporter as GrpcExporter,
)
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, TraceIdRatioBased
from opentelemetry.util._once import Once

from lab_helpers.app import serve
from lab_helpers.exercises.diagnosis.chain import walk
from lab_helpers.exercises.diagnosis.links import SpanPath

KEY = "localLabKey00000000000"


class Vendor(BaseHTTPRequestHandler):
    """As much of Honeycomb as the doctor asks for: OTLP, datasets, auth."""

    def do_POST(self):
        _ = self.rfile.read(int(self.headers["content-length"] or 0))
        self.answer({} if self.path == "/v1/traces" else None)

    def do_GET(self):
        known = {"/1/auth": {}, "/1/datasets": self.server.datasets, "/healthz": {}}
        self.answer(known.get(self.path))

    def answer(self, document):
        key_is_right = self.headers["x-honeycomb-team"] == KEY
        status = self.server.refusal or (200 if key_is_right else 401)
        body = json.dumps(document).encode()
        self.send_response(404 if document is None else status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def vendor():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    server.datasets = [{"name": "Kitti Wake", "slug": "kitti-wake"}]
    server.refusal = None
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def global_provider(monkeypatch):
    """OpenTelemetry's global as a new process has it, and as it was afterwards."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER_SET_ONCE", Once())


@pytest.fixture
def provider(global_provider):
    """A function that makes providers which end with the test."""
    made = []

    def make(*exporters, service="Kitti Wake", used=True, batch=False, **options):
        named = {"service.name": service} if service else {}
        new = TracerProvider(
            resource=Resource.create(named), shutdown_on_exit=False, **options
        )
        for exporter in exporters:
            kind = BatchSpanProcessor if batch else SimpleSpanProcessor
            new.add_span_processor(kind(exporter))
        if used:
            new.get_tracer("test")
        made.append(new)
        return new

    yield make
    for one in made:
        one.shutdown()


@pytest.fixture
def examine(vendor):
    """Walk the chain with the fake vendor as the place where everything belongs."""

    def run(provider=None, **more):
        return walk(SpanPath(vendor.url, vendor.url, KEY, provider, **more))

    return run


def otlp(url, key=KEY, path="/v1/traces"):
    return OTLPSpanExporter(f"{url}{path}", headers={"x-honeycomb-team": key})


def broken(diagnosis, link):
    """The sentence, after making sure that exactly this link is the broken one."""
    assert diagnosis.broken is not None, "every link held"
    assert diagnosis.broken.link == link
    return str(diagnosis.broken)


def test_a_whole_chain_holds(examine, provider, vendor):
    found = examine(provider(otlp(vendor.url)), url=f"{vendor.url}/healthz")
    assert found.broken is None
    assert found.chain == (
        "app ✓ → instrumentation ✓ → exporter ✓ → endpoint ✓ → store ✓ → query ✓"
    )


def test_the_chain_is_readable_without_color(examine, provider):
    found = examine(provider())
    assert repr(found).splitlines() == [
        "app ✓ → instrumentation ✓ → exporter ✗ → endpoint ? → store ? → query ?",
        "exporter: the provider has no exporter, so finished spans are dropped. Try: "
        "provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))",
    ]


def test_an_app_that_is_not_served(examine, provider):
    found = examine(provider(), url="http://127.0.0.1:9/")
    assert "nothing listens at http://127.0.0.1:9/" in broken(found, "app")


def test_an_app_nobody_instrumented(examine, provider):
    found = examine(provider(), app=flask.Flask("plain"))
    assert "the app is not instrumented" in broken(found, "instrumentation")


def test_an_app_made_before_instrument_was_called(examine, provider):
    app = flask.Flask("early")
    instrumentor = FlaskInstrumentor()
    instrumentor.instrument()
    try:
        found = examine(provider(), app=app)
    finally:
        instrumentor.uninstrument()
    assert "reaches only apps made after it" in broken(found, "instrumentation")


def test_the_api_without_an_sdk(examine, global_provider):
    assert "the API alone" in broken(examine(), "instrumentation")


def test_an_sdk_switched_off_by_the_environment(examine, provider, monkeypatch):
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert "OTEL_SDK_DISABLED" in broken(examine(provider()), "instrumentation")


def test_a_second_global_provider_is_ignored(examine, provider):
    trace.set_tracer_provider(provider())
    second = provider(used=False)
    trace.set_tracer_provider(second)
    assert "only the first time" in broken(examine(second), "instrumentation")


def test_a_provider_nobody_uses(examine, provider):
    found = examine(provider(used=False))
    assert "no tracer was ever taken" in broken(found, "instrumentation")


def test_an_app_instrumented_with_the_provider_of_an_earlier_run(examine, provider):
    app = flask.Flask("kept")
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider())
    found = examine(provider(), app=app)
    assert "instrumented without this provider" in broken(found, "instrumentation")


def test_an_app_whose_spans_the_global_provider_takes(examine, provider):
    app = flask.Flask("everybodys")
    FlaskInstrumentor().instrument_app(app)
    trace.set_tracer_provider(provider(service="everybody"))
    said = broken(examine(provider(), app=app), "instrumentation")
    assert "its spans go to the global one, service 'everybody'" in said


def test_an_app_instrumented_with_this_provider_holds(examine, provider, vendor):
    app, mine = flask.Flask("mine"), provider(otlp(vendor.url), used=False)
    FlaskInstrumentor().instrument_app(app, tracer_provider=mine)
    assert examine(mine, app=app).broken is None


def test_an_app_instrumented_through_the_global_holds(examine, provider, vendor):
    app, mine = flask.Flask("proxied"), provider(otlp(vendor.url), used=False)
    FlaskInstrumentor().instrument_app(app)
    trace.set_tracer_provider(mine)
    with app.test_client() as client:
        client.get("/")
    assert examine(app=app).broken is None


def test_a_sampler_that_keeps_nothing(examine, provider):
    said = broken(examine(provider(sampler=ALWAYS_OFF)), "instrumentation")
    assert "AlwaysOffSampler keeps no trace" in said


def test_a_sampler_that_keeps_a_few(examine, provider):
    said = broken(examine(provider(sampler=TraceIdRatioBased(0.1))), "instrumentation")
    assert "of the traces" in said and " %" in said


def test_spans_that_only_reach_memory(examine, provider):
    said = broken(examine(provider(InMemorySpanExporter())), "exporter")
    assert "InMemorySpanExporter, which sends nothing out" in said


def test_an_exporter_that_speaks_grpc(examine, provider):
    grpc = GrpcExporter("http://127.0.0.1:4317", insecure=True)
    assert "gRPC" in broken(examine(provider(grpc)), "exporter")


def test_a_provider_that_was_shut_down(examine, provider, vendor):
    shut = provider(otlp(vendor.url))
    shut.shutdown()
    assert "was shut down" in broken(examine(shut), "exporter")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "without /v1/traces"),
        ("/v1/traces/v1/traces", "twice over"),
        ("//v1/traces", "two slashes in a row"),
        ("/v1/logs", "without /v1/traces"),
    ],
)
def test_a_path_that_takes_no_spans(examine, provider, vendor, path, says):
    found = examine(provider(otlp(vendor.url, path=path)))
    assert says in broken(found, "exporter")


def test_the_path_doubled_through_the_environment(
    examine, provider, vendor, monkeypatch
):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"{vendor.url}/v1/traces")
    found = examine(provider(OTLPSpanExporter()))
    assert "twice over" in broken(found, "exporter")


def test_spans_that_were_not_flushed_yet(examine, provider, vendor):
    waiting = provider(otlp(vendor.url), batch=True)
    waiting.get_tracer("test").start_span("request").end()
    said = broken(examine(waiting), "exporter")
    assert "1 span waits in the BatchSpanProcessor. Try: provider.force_flush()" in said
    waiting.force_flush()
    assert examine(waiting).broken is None


def test_no_key_at_all(examine, provider, vendor):
    keyless = OTLPSpanExporter(f"{vendor.url}/v1/traces")
    assert "sends no x-honeycomb-team" in broken(examine(provider(keyless)), "exporter")


def test_nobody_listens_where_the_exporter_sends(examine, provider, vendor):
    said = broken(examine(provider(otlp("http://127.0.0.1:9"))), "endpoint")
    assert "nothing listens at http://127.0.0.1:9" in said
    assert vendor.url in said


def test_a_wrong_key(examine, provider, vendor):
    found = examine(provider(otlp(vendor.url, key="other")))
    assert "refuses the key (HTTP 401)" in broken(found, "endpoint")


def test_a_port_where_something_else_answers(examine, provider):
    class Other(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(404)
            self.end_headers()

        log_message = Vendor.log_message

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(
            target=server.serve_forever, args=(0.01,), daemon=True
        )
        thread.start()
        found = examine(provider(otlp(f"http://127.0.0.1:{server.server_port}")))
        server.shutdown()
        thread.join(5)
    assert "takes no spans at /v1/traces" in broken(found, "endpoint")


@pytest.mark.parametrize(("status", "says"), [(429, "overloaded"), (503, "HTTP 503")])
def test_an_endpoint_in_trouble(examine, provider, vendor, status, says):
    vendor.refusal = status
    assert says in broken(examine(provider(otlp(vendor.url))), "endpoint")


def test_spans_sent_to_one_place_and_looked_for_in_another(provider, vendor):
    elsewhere = "http://127.0.0.1:9"
    found = walk(SpanPath(elsewhere, elsewhere, KEY, provider(otlp(vendor.url))))
    assert f"questions to {elsewhere}" in broken(found, "endpoint")


def test_a_service_without_a_name(examine, provider, vendor):
    nameless = provider(otlp(vendor.url), service=None)
    assert "unknown_service" in broken(examine(nameless), "store")


def test_a_service_that_never_sent_a_span(examine, provider, vendor):
    found = examine(provider(otlp(vendor.url), service="new"))
    assert "no span of service 'new' was ever stored" in broken(found, "store")


def test_a_query_that_asks_another_dataset(examine, provider, vendor):
    found = examine(provider(otlp(vendor.url)), dataset="kittiwake")
    assert "are in dataset 'kitti-wake'" in broken(found, "store")


def test_a_query_key_that_is_refused(provider, vendor):
    mine = provider(otlp(vendor.url))
    found = walk(SpanPath(vendor.url, vendor.url, "other", mine))
    assert "refuses the key for queries" in broken(found, "query")


@pytest.fixture
def current():
    """A function that makes a span current in this thread until the test ends."""
    tokens = []

    def make(span):
        tokens.append(context.attach(trace.set_span_in_context(span)))
        return span

    yield make
    for token in reversed(tokens):
        context.detach(token)


REMOTE = trace.SpanContext(1, 2, is_remote=True, trace_flags=trace.TraceFlags(1))


def test_a_request_that_crashed_in_its_hook_leaves_its_parent_current(
    examine, provider, vendor
):
    app, mine = flask.Flask("crashing"), provider(otlp(vendor.url))
    app.logger.disabled = True
    FlaskInstrumentor().instrument_app(app, mine)  # the provider, taken for a hook
    headers = {"traceparent": f"00-{1:032x}-{2:016x}-01"}

    def request():
        assert app.test_client().get("/", headers=headers).status_code == 500
        return examine(mine)

    said = broken(copy_context().run(request), "context")
    assert "'0000000000000002', the parent of a request, is still current" in said


def test_a_remote_parent_that_a_crash_left_current_is_named(
    examine, provider, vendor, current
):
    current(trace.NonRecordingSpan(REMOTE))
    found = examine(provider(otlp(vendor.url)))
    assert found.chain.endswith("store ✓ → query ✓")
    assert "'0000000000000002', the parent of a request, is still current, outside" in (
        broken(found, "context")
    )


def test_a_span_that_has_ended_and_is_still_current_is_named(
    examine, provider, vendor, current
):
    mine = provider(otlp(vendor.url))
    current(mine.get_tracer("test").start_span("left over")).end()
    said = broken(examine(mine), "context")
    assert "the span 'left over', which has ended, is still current" in said


def test_a_span_that_was_entered_and_never_left_is_named(examine, provider, vendor):
    mine = provider(otlp(vendor.url))
    with mine.get_tracer("test").start_as_current_span("entered"):
        said = broken(examine(mine), "context")
    assert "'entered' is current; if no `with` around this line" in said
    assert examine(mine).broken is None


def test_a_broken_link_comes_before_a_span_left_current(examine, provider, current):
    current(trace.NonRecordingSpan(REMOTE))
    assert "no exporter" in broken(examine(provider()), "exporter")


def test_the_doctors_own_questions_leave_no_spans(examine, provider, vendor):
    from opentelemetry.instrumentation.requests import RequestsInstrumentor

    memory = InMemorySpanExporter()
    watched = provider(otlp(vendor.url), memory)
    RequestsInstrumentor().instrument(tracer_provider=watched)
    try:
        examine(watched)
    finally:
        RequestsInstrumentor().uninstrument()
    assert memory.get_finished_spans() == ()


def test_the_doctors_look_at_an_instrumented_app_leaves_no_span_waiting(
    examine, provider, vendor
):
    mine, app = provider(otlp(vendor.url), batch=True), flask.Flask("watched")
    FlaskInstrumentor().instrument_app(app, tracer_provider=mine)
    with serve(app, "watched") as server:
        found = examine(mine, app=app, url=server.url)
    assert found.broken is None, found
