"""Notebook 02's finished instrumentation, for three Kittiwake processes.

The set-up file of `run_processes(setup=...)`: everything that the page adds to the app
piece by piece, SQL and named steps included. The exporter reads from the environment
where the spans go.
"""

from __future__ import annotations

from flask import Flask, Response
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from lab_helpers.app import around_steps, engine_of, request_facts


def instrument(app: Flask, service: str) -> None:
    """Makes one service of Kittiwake send its spans."""
    provider = provider_for(f"kittiwake-{service}")
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)  # type: ignore[no-untyped-call]
    RequestsInstrumentor().instrument(tracer_provider=provider)
    app.after_request(record_facts)
    if service != "api":  # which has no database and no steps
        SQLAlchemyInstrumentor().instrument(
            engine=engine_of(app), tracer_provider=provider
        )
        around_steps(app, provider.get_tracer("kittiwake").start_as_current_span)


def provider_for(service: str) -> TracerProvider:
    """A provider that sends in batches, under this name."""
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def record_facts(response: Response) -> Response:
    """Puts every fact that is known at the end of a request on its span."""
    span = trace.get_current_span()
    for name, value in request_facts().known().items():
        span.set_attribute(f"app.{name}", value)
    return response
