"""The header that carries the key."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong
from lab_helpers.exercises.checking.otlp import sent_through
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check_key(names: Namespace, context: Context) -> None:
    """A span sent with these headers, and with no others, is accepted."""
    headers = names["headers"]
    if not isinstance(headers, Mapping):
        raise Miss("headers should be a dictionary: header name to value")
    if not any(str(name).lower() == "x-honeycomb-team" for name in headers):
        header_names = ", ".join(map(repr, headers)) or "nothing"
        raise Miss(
            f"headers holds {header_names}; Honeycomb looks for the key under "
            "'x-honeycomb-team'"
        )
    sent_through(OTLPSpanExporter(headers=dict(headers)), context)


KEY = 'headers = {"x-honeycomb-team": os.environ["HONEYCOMB_API_KEY"]}'

EXERCISE = Exercise(
    name="bring_the_key",
    title="Bring the key",
    answer=("headers",),
    check=check_key,
    hints=(
        "Print OTEL_EXPORTER_OTLP_HEADERS: which header did the lab choose?",
        'The value is os.environ["HONEYCOMB_API_KEY"].',
    ),
    solution=KEY,
    lesson="One header carries the key; everything else about it is up to you.",
    wrong={
        "bearer token": Wrong(
            'headers = {"authorization": "Bearer " + os.environ["HONEYCOMB_API_KEY"]}',
            "'x-honeycomb-team'",
        ),
        "name of the variable": Wrong(
            'headers = {"x-honeycomb-team": "HONEYCOMB_API_KEY"}', "refuses the key"
        ),
    },
)
