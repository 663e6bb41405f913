"""Kittiwake takes OpenTelemetry's own instrumentation, as the notebooks add it."""

from __future__ import annotations

import pytest
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lab_helpers.app import around_steps, engine_of


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def instrument(exporter):
    def add(app, service):
        resource = Resource.create({"service.name": service})
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
        around_steps(app, provider.get_tracer("lesson").start_as_current_span)
        return provider

    yield add
    for library in (RequestsInstrumentor(), SQLAlchemyInstrumentor()):
        if library.is_instrumented_by_opentelemetry:
            library.uninstrument()


def _tree(spans):
    names = {span.context.span_id: span.name for span in spans}
    return {
        (
            span.resource.attributes["service.name"],
            span.name,
            names.get(span.parent.span_id) if span.parent else None,
        )
        for span in spans
    }


def test_one_app_gives_a_trace_of_its_steps_and_statements(
    make_app, sign_in, instrument, exporter
):
    app = make_app()
    provider = instrument(app, "kittiwake")
    SQLAlchemyInstrumentor().instrument(engine=engine_of(app), tracer_provider=provider)
    sign_in(app).get("/api/feed/home")
    assert _tree(exporter.get_finished_spans()) >= {
        ("kittiwake", "GET /api/feed/home", None),
        ("kittiwake", "home.fetch", "GET /api/feed/home"),
        ("kittiwake", "SELECT kittiwake", "home.fetch"),
    }


def test_three_services_give_one_trace_over_all_of_them(
    make_app, sign_in, start, instrument, exporter
):
    feed, messages = make_app("feed"), make_app("messages")
    instrument(feed, "feed")
    instrument(messages, "messages")
    urls = {
        "feed_url": start(feed, "feed").url,
        "messages_url": start(messages, "messages").url,
    }
    api = make_app("api", **urls)
    provider = instrument(api, "api")
    RequestsInstrumentor().instrument(tracer_provider=provider)
    sign_in(api).get("/api/message_groups")
    spans = exporter.get_finished_spans()
    assert len({span.context.trace_id for span in spans}) == 1
    assert _tree(spans) == {
        ("api", "GET /api/message_groups", None),
        ("api", "GET", "GET /api/message_groups"),
        ("messages", "GET /messages/groups", "GET"),
        ("messages", "messages.groups", "GET /messages/groups"),
    }


def test_a_lag_lies_within_the_span_of_its_statement(
    make_app, sign_in, instrument, exporter
):
    app = make_app(pace=0.5)
    provider = instrument(app, "kittiwake")
    SQLAlchemyInstrumentor().instrument(engine=engine_of(app), tracer_provider=provider)
    sign_in(app).get("/api/search?term=gull")
    span = next(
        each
        for each in exporter.get_finished_spans()
        if each.name == "SELECT kittiwake"
    )
    assert span.end_time - span.start_time > 15_000_000
