"""An app that is instrumented before it is served."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Flask
from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otel_sdk import request_hook
from lab_helpers.exercises.checking.otlp import (
    HOME,
    provider_in,
    visited,
)
from lab_helpers.exercises.context import Context, FreshTrace
from lab_helpers.exercises.diagnosis.chain import diagnose
from lab_helpers.exercises.verdict import Miss


def check_instrumented(names: Namespace, context: Context) -> None:
    """A visit to an app that `build_app` returns leaves its server span."""
    provider = provider_in(names, "provider")
    build: Callable[[], Flask] = function_in(names, "build_app")
    app = build()
    if not isinstance(app, Flask):
        raise Miss(f"build_app() returned {app!r}; it should return the app")
    fresh = _visited(app, provider, context)
    frame = context.trace(
        fresh.trace_id, diagnose=lambda: f"\n{diagnose(provider, app=app)}"
    )
    if not (frame["kind"] == "server").any():
        raise Miss(f"the visit left no server span\n{diagnose(provider, app=app)}")


def _visited(app: Flask, provider: TracerProvider, context: Context) -> FreshTrace:
    """Visits the app; `Miss` says so if the provider was handed over as a hook."""
    app.logger.setLevel(logging.CRITICAL)
    try:
        return visited(app, provider, HOME, context)
    except Miss:
        if not isinstance(request_hook(app), TracerProvider):
            raise
        raise Miss(
            "the app answered 500: the second argument of instrument_app is a hook, "
            "called with each span, not the provider; name it: tracer_provider=provider"
        ) from None


INSTRUMENT = """\
def build_app():
    app = create_app()
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
    return app
"""

EXERCISE = Exercise(
    name="instrument_the_app",
    title="Instrument the app that is served",
    answer=("build_app",),
    check=check_instrumented,
    hints=(
        "The cell that served Kittiwake did it in one line.",
        "instrument_app needs two things: the app, and tracer_provider=.",
    ),
    solution=INSTRUMENT,
    lesson="An instrumentor watches the object you hand it, and only that.",
    wrong={
        "another app": Wrong(
            instead(
                INSTRUMENT, ("instrument_app(app,", "instrument_app(create_app(),")
            ),
            "the app is not instrumented",
        ),
        "no provider": Wrong(
            instead(INSTRUMENT, ("(app, tracer_provider=provider)", "(app)")),
            "instrumented without this provider",
        ),
        "the provider by position": Wrong(
            instead(INSTRUMENT, ("tracer_provider=provider", "provider")),
            "the second argument of instrument_app is a hook",
        ),
        "app forgotten": Wrong(
            instead(INSTRUMENT, ("    return app\n", "")), "should return the app"
        ),
    },
)
