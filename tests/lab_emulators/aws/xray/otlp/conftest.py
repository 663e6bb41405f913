"""Spans as OTLP requests, made by hand or by the real SDK and its instrumentations."""

import json
import threading
import time
from types import SimpleNamespace

import pytest
import requests
import sqlalchemy
from flask import Flask
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from werkzeug.serving import make_server

from lab_emulators.aws.xray.otlp import documents_of

PROTOBUF = "application/x-protobuf"
TRACE = bytes.fromhex("5759e988bd862e3fe1be46a994272793")
SPAN = bytes.fromhex("53995c3f42cd8ad8")
PARENT = bytes.fromhex("defdfd9912dc5a56")


def any_value(value):
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=map(any_value, value)))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=pairs(value)))
    return AnyValue() if value is None else AnyValue(string_value=value)


def pairs(attributes):
    return [KeyValue(key=k, value=any_value(v)) for k, v in attributes.items()]


def request_with(span, resource):
    request = ExportTraceServiceRequest()
    block = request.resource_spans.add()
    block.resource.attributes.extend(pairs(resource))
    block.scope_spans.add().spans.append(span)
    return request


@pytest.fixture
def convert():
    """The documents of one span given by its members, as Python objects."""

    def convert(
        attributes=(), *, kind="SERVER", resource=(), indexed=(), events=(), **members
    ):
        span = Span(
            name=members.pop("name", "GET /"),
            trace_id=members.pop("trace_id", TRACE),
            span_id=members.pop("span_id", SPAN),
            kind=Span.SpanKind.Value(f"SPAN_KIND_{kind}"),
            start_time_unix_nano=1_700_000_000_000_000_000,
            end_time_unix_nano=1_700_000_000_250_000_000,
            attributes=pairs(dict(attributes)),
            **members,
        )
        for name, event in events:
            span.events.add(name=name, attributes=pairs(event))
        body = request_with(span, dict(resource)).SerializeToString()
        return [json.loads(d) for d in documents_of(body, PROTOBUF, indexed=indexed)]

    return convert


@pytest.fixture
def one(convert):
    """The single document of a span."""

    def single(*args, **members):
        (document,) = convert(*args, **members)
        return document

    return single


@pytest.fixture
def below():
    """Members that give a span a parent."""
    return {"parent_span_id": PARENT}


@pytest.fixture
def failed():
    """A status: error, with a description."""
    return Status(code=Status.STATUS_CODE_ERROR, message="it broke")


@pytest.fixture
def sdk():
    """A Flask app over SQLite, called by requests: everything instrumented."""
    exporter = InMemorySpanExporter()
    resource = Resource.create({"service.name": "api", "service.version": "1.2"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    engine = sqlalchemy.create_engine(
        "sqlite://",
        poolclass=sqlalchemy.StaticPool,
        connect_args={"check_same_thread": False},
    )
    engine.connect().close()
    app = Flask("api")
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
    RequestsInstrumentor().instrument(tracer_provider=provider)
    SQLAlchemyInstrumentor().instrument(engine=engine, tracer_provider=provider)

    @app.get("/calls/<int:number>")
    def call(number):
        with engine.connect() as connection:
            return str(connection.scalar(sqlalchemy.text("SELECT 40 + 2")))

    @app.get("/broken")
    def broken():
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def get(path):
        """The documents of one request, by the name of the span."""
        exporter.clear()
        requests.get(f"http://127.0.0.1:{server.port}{path}", timeout=10)
        deadline = time.monotonic() + 10
        while not served(spans := exporter.get_finished_spans()):
            assert time.monotonic() < deadline, "the server's span never ended"
            time.sleep(0.01)
        body = encode_spans(spans).SerializeToString()
        documents = map(json.loads, documents_of(body, PROTOBUF))
        ids = {span.context.span_id: span.name for span in spans}
        return {ids[int(document["id"], 16)]: document for document in documents}

    def served(spans):
        return any(span.kind is SpanKind.SERVER for span in spans)

    yield SimpleNamespace(get=get, place=f"127.0.0.1:{server.port}")
    RequestsInstrumentor().uninstrument()
    SQLAlchemyInstrumentor().uninstrument()
    server.shutdown()
    thread.join(10)
    server.server_close()
    engine.dispose()
