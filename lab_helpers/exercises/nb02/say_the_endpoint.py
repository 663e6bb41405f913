"""An exporter with its endpoint in the code."""

from __future__ import annotations

import os
from collections.abc import Callable
from unittest.mock import patch

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otel_sdk import endpoint_of
from lab_helpers.exercises.checking.otlp import sent_through
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import load

# Nothing listens at either. The variable points to the first while an exporter is
# made, so that one without endpoint= shows; the second is a base URL like the lab's.
ELSEWHERE = "http://127.0.0.1:9/the-variable"
ANOTHER = "http://127.0.0.1:9"
VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def check_endpoint(names: Namespace, context: Context) -> None:
    """A span sent through an exporter made for the lab arrives, whatever is set.

    Another base URL makes an exporter that sends there.
    """
    make = function_in(names, "exporter_at")
    settings = load()
    exporter = _exporter_of(make, settings.otlp.endpoint or settings.honeycomb.endpoint)
    sent_through(exporter, context)
    endpoint = endpoint_of(_exporter_of(make, ANOTHER))
    if endpoint != f"{ANOTHER}/v1/traces":
        raise Miss(
            f"exporter_at({ANOTHER!r}) posts to {endpoint}; the URL should begin with "
            "base_url, whatever it is"
        )


def _exporter_of(make: Callable[..., object], base_url: str) -> OTLPSpanExporter:
    """The exporter for this base URL, made while the variables point elsewhere."""
    with patch.dict(os.environ, dict.fromkeys(VARIABLES, ELSEWHERE)):
        exporter = make(base_url)
    if not isinstance(exporter, OTLPSpanExporter):
        raise Miss(_another_kind(exporter))
    if (endpoint_of(exporter) or "").startswith(ELSEWHERE):
        raise Miss(
            "the exporter posts to where OTEL_EXPORTER_OTLP_ENDPOINT points, which is "
            "not base_url; say endpoint= in the code"
        )
    return exporter


def _another_kind(exporter: object) -> str:
    """Names the class with its module: OTLP over gRPC has one of the same name."""
    kind, right = type(exporter), OTLPSpanExporter
    if kind.__name__ != right.__name__:
        return f"exporter_at returned {described(exporter)}, not an OTLPSpanExporter"
    return (
        f"exporter_at returned the OTLPSpanExporter of {kind.__module__}; the lab "
        f"takes OTLP over HTTP: take that of {right.__module__}"
    )


ENDPOINT = """\
def exporter_at(base_url):
    return OTLPSpanExporter(endpoint=f"{base_url}/v1/traces")
"""

EXERCISE = Exercise(
    name="say_the_endpoint",
    title="Send to an address",
    answer=("exporter_at",),
    check=check_endpoint,
    hints=(
        "To the variable's base URL the exporter adds a path by itself, to the "
        "argument nothing. Look at the address that port 9 was given, above.",
        "OTLPSpanExporter(endpoint=...) takes the full URL: base_url and the path of "
        "OTLP over HTTP for traces, /v1/traces.",
        'return OTLPSpanExporter(endpoint=f"{base_url}/v1/traces")',
    ),
    solution=ENDPOINT,
    lesson="The argument is the full URL, the variable only its beginning.",
    right={
        "by position, in two steps": """\
def exporter_at(base_url):
    url = base_url.rstrip("/") + "/v1/traces"
    return OTLPSpanExporter(url)
""",
        "joined, with a time-out": """\
from urllib.parse import urljoin


def exporter_at(base_url):
    return OTLPSpanExporter(endpoint=urljoin(base_url, "/v1/traces"), timeout=5)
""",
    },
    wrong={
        "base URL": Wrong(
            instead(ENDPOINT, ('f"{base_url}/v1/traces"', "base_url")),
            "without /v1/traces",
        ),
        "path twice": Wrong(
            instead(ENDPOINT, ("/v1/traces", "/v1/traces/v1/traces")), "twice over"
        ),
        "two slashes": Wrong(
            instead(ENDPOINT, ("/v1/traces", "//v1/traces")), "two slashes in a row"
        ),
        "the variable": Wrong(
            instead(ENDPOINT, ('endpoint=f"{base_url}/v1/traces"', "")),
            "where OTEL_EXPORTER_OTLP_ENDPOINT points",
        ),
        "nobody there": Wrong(
            instead(
                ENDPOINT,
                (
                    'endpoint=f"{base_url}/v1/traces"',
                    '"http://127.0.0.1:9/v1/traces", timeout=1',
                ),
            ),
            "nothing listens",
        ),
        "this lab only": Wrong(
            instead(ENDPOINT, ("{base_url}", "{honeycomb.endpoint}")),
            "should begin with base_url",
        ),
        "OTLP over gRPC": Wrong(
            "from opentelemetry.exporter.otlp.proto.grpc import trace_exporter\n\n\n"
            + instead(
                ENDPOINT, ("OTLPSpanExporter", "trace_exporter.OTLPSpanExporter")
            ),
            "OTLPSpanExporter of opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
        ),
        "the URL alone": Wrong(
            instead(
                ENDPOINT,
                (
                    'OTLPSpanExporter(endpoint=f"{base_url}/v1/traces")',
                    'f"{base_url}/v1/traces"',
                ),
            ),
            "not an OTLPSpanExporter",
        ),
    },
)
