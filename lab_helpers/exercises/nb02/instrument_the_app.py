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
from lab_helpers.exercises.checking.otlp import HOME, provider_in, visited
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.diagnosis.chain import diagnose
from lab_helpers.exercises.verdict import Miss


def check_instrumented(names: Namespace, context: Context) -> None:
    """A visit to an app that `build_app` returns leaves its server span."""
    provider = provider_in(names, "provider")
    build: Callable[[], Flask] = function_in(names, "build_app")
    app = build()
    if not isinstance(app, Flask):
        raise Miss(f"build_app() returned {described(app)}; it should return the app")
    _demand_instrumented(app, provider)
    app.logger.setLevel(logging.CRITICAL)
    fresh = visited(app, provider, HOME, context)
    frame = context.trace(
        fresh.trace_id, diagnose=lambda: f"\n{diagnose(provider, app=app)}"
    )
    if not (frame["kind"] == "server").any():
        raise Miss(f"the visit left no server span\n{diagnose(provider, app=app)}")


def _demand_instrumented(app: Flask, provider: TracerProvider) -> None:
    """`Miss` unless the app was instrumented, and with this provider.

    It is looked up and not only tried: an app without a provider of its own takes the
    global one, whose spans arrive as well.
    """
    if isinstance(request_hook(app), TracerProvider):
        raise Miss(
            "the second argument of instrument_app is a hook, called with each span, "
            "not the provider; name it: tracer_provider=provider"
        )
    diagnosis = diagnose(provider, app=app)
    if diagnosis.broken and diagnosis.broken.link == "instrumentation":
        raise Miss(f"\n{diagnosis}")


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
        "The cell that served Kittiwake first did it in one line; it is in the section "
        "'One service'.",
        "instrument_app takes the app, and the provider by its name, tracer_provider=. "
        "Without the name it is taken for something else.",
        "FlaskInstrumentor().instrument_app(app, tracer_provider=provider)",
    ),
    solution=INSTRUMENT,
    lesson="An instrumentor watches the object you hand it, and only that.",
    right={
        "by the class method, all by name": instead(
            INSTRUMENT,
            ("FlaskInstrumentor().", "FlaskInstrumentor."),
            ("(app, tracer_provider=provider)", "(tracer_provider=provider, app=app)"),
        ),
        "the health check left out": instead(
            INSTRUMENT,
            (
                "    FlaskInstrumentor().instrument_app(app, ",
                "    instrumentor = FlaskInstrumentor()\n"
                '    instrumentor.instrument_app(app, excluded_urls="health", ',
            ),
        ),
    },
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
        "no provider, and a global one": Wrong(
            "from opentelemetry import trace\n\n"
            'trace.set_tracer_provider(provider_for("kittiwake-first"))\n\n\n'
            + instead(INSTRUMENT, ("(app, tracer_provider=provider)", "(app)")),
            "its spans go to the global one, service 'kittiwake-first'",
        ),
        "the provider by position": Wrong(
            instead(INSTRUMENT, ("tracer_provider=provider", "provider")),
            "the second argument of instrument_app is a hook",
        ),
        "app forgotten": Wrong(
            instead(INSTRUMENT, ("    return app\n", "")),
            "build_app() returned None; it should return the app",
        ),
    },
)
