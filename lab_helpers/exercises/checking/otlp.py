"""Requests of a check's own, sent through the student's app and exporter."""

from __future__ import annotations

import urllib.request

import pandas as pd
from flask import Flask
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import Sampler

from lab_helpers.exercises.catalog import Namespace
from lab_helpers.exercises.checking import http_probe
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context, FreshTrace
from lab_helpers.exercises.diagnosis.chain import diagnose
from lab_helpers.exercises.verdict import Miss

CHECKED = "kittiwake-checked"
HOME = "/api/feed/home"


def provider_in(names: Namespace, name: str) -> TracerProvider:
    """The student's provider of that name, or `Miss` if it is something else."""
    value = names[name]
    if not isinstance(value, TracerProvider):
        raise Miss(f"{name} is {described(value)}, not a TracerProvider of the SDK")
    if not isinstance(value.sampler, Sampler):
        raise Miss(
            f"the first argument of TracerProvider is the sampler, and {name} has a "
            f"{type(value.sampler).__name__} for one; name the argument: resource="
        )
    return value


def still_served(server: object) -> str:
    """The base URL of what the page serves, or `Miss` if it was stopped."""
    url = getattr(server, "url", None)
    if not isinstance(url, str):
        raise Miss(f"{server!r} is not what serve() returns; run its cell again")
    if http_probe.listens(url):
        return url
    raise Miss(f"nothing listens at {url}; run the cell that serves the app again")


def sent_by(provider: TracerProvider, context: Context) -> pd.DataFrame:
    """Sends one span of a new trace through this provider; returns what arrived."""
    with provider.get_tracer("check").start_as_current_span("checked") as span:
        trace_id = format(span.get_span_context().trace_id, "032x")
    provider.force_flush()
    return context.trace(trace_id, diagnose=lambda: f"\n{diagnose(provider)}")


def sent_through(exporter: SpanExporter, context: Context) -> pd.DataFrame:
    """Sends one span of a new trace through an exporter, if its first links hold."""
    provider = TracerProvider(resource=Resource.create({"service.name": CHECKED}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    _ = provider.get_tracer("check")
    diagnosis = diagnose(provider)
    if diagnosis.broken and diagnosis.broken.link in ("exporter", "endpoint"):
        raise Miss(f"\n{diagnosis}")
    return sent_by(provider, context)


def visited(
    app: Flask,
    provider: TracerProvider,
    path: str,
    context: Context,
    *,
    user: str = "marisol",
) -> FreshTrace:
    """Visits the app inside a new trace, through Flask's own test client."""
    fresh = context.fresh_trace()
    headers = {"X-Kittiwake-User": user, **fresh.headers}
    status = app.test_client().get(path, headers=headers).status_code
    if status != 200:
        raise Miss(f"the app answered {status} to GET {path}; does it still serve?")
    provider.force_flush()
    return fresh


def clicked(url: str, path: str, context: Context) -> FreshTrace:
    """Visits a URL inside a new trace; no instrumentation here sees the request."""
    fresh = context.fresh_trace()
    headers = {"X-Kittiwake-User": "marisol", **fresh.headers}
    request = urllib.request.Request(url + path, headers=headers)
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except OSError as error:
        raise Miss(f"GET {url}{path} failed ({error}); is it still served?") from None
    return fresh
