"""An exporter with its endpoint in the code."""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.otlp import sent_through
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check_endpoint(names: Namespace, context: Context) -> None:
    """A span sent through `exporter` arrives."""
    exporter = names["exporter"]
    if not isinstance(exporter, OTLPSpanExporter):
        raise Miss(f"exporter is a {type(exporter).__name__}, not an OTLPSpanExporter")
    sent_through(exporter, context)


ENDPOINT = 'exporter = OTLPSpanExporter(endpoint=f"{honeycomb.endpoint}/v1/traces")'

EXERCISE = Exercise(
    name="say_the_endpoint",
    title="Send to an address",
    answer=("exporter",),
    check=check_endpoint,
    hints=(
        "To the variable's base URL the exporter adds a path by itself.",
        "The path of OTLP over HTTP for traces is /v1/traces.",
    ),
    solution=ENDPOINT,
    lesson="The argument is the full URL, the variable only its beginning.",
    wrong={
        "base URL": Wrong(
            "exporter = OTLPSpanExporter(endpoint=honeycomb.endpoint)",
            "without /v1/traces",
        ),
        "path twice": Wrong(
            instead(ENDPOINT, ("/v1/traces", "/v1/traces/v1/traces")), "twice over"
        ),
        "nobody there": Wrong(
            'exporter = OTLPSpanExporter("http://127.0.0.1:9/v1/traces", timeout=1)',
            "nothing listens",
        ),
    },
)
