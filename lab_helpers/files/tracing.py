"""OpenTelemetry for one service of Kittiwake: what page 02 built, in one file.

`instrument(app, service)` makes an app send its spans, in the kernel of a page or as
the set-up file of a process: `run_processes(setup=tracing.__file__)`. Where they go,
and under which key, the exporter reads from OTEL_EXPORTER_OTLP_ENDPOINT and _HEADERS.
"""

import os

from flask import Flask, Response
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.instrumentor import (
    BaseInstrumentor,
)
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from lab_helpers.app import around_steps, engine_of, request_facts


def instrument(app: Flask, service: str) -> TracerProvider:
    """Makes an app send its spans as SERVICE_PREFIX (`kittiwake-`) and this name.

    Flask's instrumentor makes the server span, the one of `requests` the client spans
    and their `traceparent` header, SQLAlchemy's a span for each statement.
    """
    provider = provider_for(os.environ.get("SERVICE_PREFIX", "kittiwake-") + service)
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
    fresh(RequestsInstrumentor()).instrument(tracer_provider=provider)
    app.after_request(record_facts)
    if service != "api":  # which has no database and no steps
        database = {"engine": engine_of(app), "tracer_provider": provider}
        fresh(SQLAlchemyInstrumentor()).instrument(**database)
        around_steps(app, provider.get_tracer("kittiwake").start_as_current_span)
    return provider


def provider_for(service: str) -> TracerProvider:
    """A provider that sends in batches, under this name of a service."""
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def record_facts(response: Response) -> Response:
    """Puts every fact that is known at the end of a request on its span."""
    span = trace.get_current_span()
    for name, value in request_facts().known().items():
        span.set_attribute(f"app.{name}", value)
    return response


def fresh(instrumentor: BaseInstrumentor) -> BaseInstrumentor:
    """An instrumentor that is off: there is one of a kind in each process."""
    if instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.uninstrument()
    return instrumentor
