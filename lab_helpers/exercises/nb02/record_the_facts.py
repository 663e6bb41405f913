"""Exercise: facts of the app on its own server span."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from flask import Flask
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.app import create_app
from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otlp import HOME, provider_in, visited
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.diagnosis.chain import diagnose
from lab_helpers.exercises.verdict import Miss

FACTS = {"app.plan": "paid", "app.tenant": "lowtide", "app.cache_hit": False}


def check_facts(names: Namespace, context: Context) -> None:
    """The server span of a visit carries the three facts; a second one other facts."""
    provider = provider_in(names, "provider")
    app = _instrumented_with(function_in(names, "record_facts"), provider)
    first = _facts_of(app, provider, context)
    for name in FACTS:
        _demand(first, name)
    server = first[first["kind"] == "server"].iloc[0]
    for name, expected in FACTS.items():
        if server[name] != expected:
            raise Miss(f"{name} is {server[name]!r} for marisol, not {expected!r}")
    again = _facts_of(app, provider, context)
    if not again.loc[again["kind"] == "server", "app.cache_hit"].all():
        raise Miss("app.cache_hit stays False when the feed comes from the cache")


def _instrumented_with(hook: Callable[..., Any], provider: TracerProvider) -> Flask:
    app = create_app(pace=0)
    instrumentor = FlaskInstrumentor()
    instrumentor.instrument_app(app, tracer_provider=provider)  # type: ignore[no-untyped-call]
    app.after_request(hook)
    return app


def _demand(frame: pd.DataFrame, name: str) -> None:
    """`Miss` unless the server span has this attribute; says where else it is."""
    carriers = frame[frame[name].notna()]
    if (carriers["kind"] == "server").any():
        return
    if carriers.empty:
        raise Miss(f"no span of the visit has an attribute {name}; look at its name")
    raise Miss(
        f"{name} is on the span {carriers['name'].iloc[0]!r}, not on the server span"
    )


def _facts_of(app: Flask, provider: TracerProvider, context: Context) -> pd.DataFrame:
    fresh = visited(app, provider, HOME, context)
    return context.trace(
        fresh.trace_id,
        extra=list(FACTS),
        diagnose=lambda: f"\n{diagnose(provider, app=app)}",
    )


RECORD = """\
from lab_helpers.app import request_facts


def record_facts(response):
    facts = request_facts()
    span = trace.get_current_span()
    span.set_attribute("app.plan", facts.plan)
    span.set_attribute("app.tenant", facts.tenant)
    span.set_attribute("app.cache_hit", facts.cache_hit)
    return response
"""

EXERCISE = Exercise(
    name="record_the_facts",
    title="Record the facts",
    answer=("record_facts",),
    check=check_facts,
    hints=(
        "span.set_attribute(name, value), once per fact.",
        'The first one is span.set_attribute("app.plan", facts.plan).',
    ),
    solution=RECORD,
    lesson="What is on the span can be asked about; what is not, cannot.",
    wrong={
        "names without a prefix": Wrong(
            instead(RECORD, ("app.plan", "plan")), "an attribute app.plan"
        ),
        "a span of its own": Wrong(
            instead(
                RECORD,
                (
                    "trace.get_current_span()",
                    'provider.get_tracer("facts").start_span("facts")',
                ),
                ("    return response", "    span.end()\n    return response"),
            ),
            "is on the span 'facts'",
        ),
        "the same for everybody": Wrong(
            instead(RECORD, ("facts.plan", '"free"')), "app.plan is 'free' for marisol"
        ),
    },
)
