"""Exercise: one click, one trace, over two services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pandas as pd
import requests
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otlp import clicked, still_served
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.diagnosis.chain import diagnose
from lab_helpers.exercises.verdict import Miss

CHAT = "/api/messages/@bram_v"


def check_joined(names: Namespace, context: Context) -> None:
    """One visit to the api is one trace over two services, client span included."""
    providers: Mapping[str, TracerProvider] = names["providers"]  # type: ignore[assignment]
    with _uninstrumented(RequestsInstrumentor()):
        function_in(names, "join")(providers["api"])
        frame = _across(names["api"], providers, context)
    if "kittiwake-messages" not in set(frame["service"]):
        raise Miss(
            "the trace ends in kittiwake-api: the call to messages carried no "
            "traceparent header"
        )
    if not (frame["kind"] == "client").any():
        raise Miss(
            "the two services are in one trace, but the client span between them is "
            "missing; which provider did the instrumentor get?"
        )
    callers = set(frame.loc[frame["kind"] == "client", "service"])
    if callers != {"kittiwake-api"}:
        raise Miss(f"the client span belongs to {min(callers)!r}, not to kittiwake-api")


@contextmanager
def _uninstrumented(instrumentor: Any) -> Iterator[None]:
    """`requests` as if it was never instrumented; afterwards it is as before."""
    switch = "_is_instrumented_by_opentelemetry"
    with (
        patch.object(requests.Session, "send", requests.Session.send),
        patch.object(instrumentor, switch, getattr(instrumentor, switch)),
    ):
        if instrumentor.is_instrumented_by_opentelemetry:
            instrumentor.uninstrument()
        yield


def _across(
    api: Any, providers: Mapping[str, TracerProvider], context: Context
) -> pd.DataFrame:
    url = still_served(api)
    fresh = clicked(url, CHAT, context)
    for provider in providers.values():
        provider.force_flush()
    return context.trace(
        fresh.trace_id,
        spans=3,
        diagnose=lambda: f"\n{diagnose(providers['api'], url=url)}",
    )


JOIN = """\
from opentelemetry.instrumentation.requests import RequestsInstrumentor


def join(provider):
    outgoing = fresh(RequestsInstrumentor())
    outgoing.instrument(tracer_provider=provider)
"""

EXERCISE = Exercise(
    name="join_the_services",
    title="Join the services",
    answer=("join",),
    check=check_joined,
    hints=(
        "The instrumentor injects the header; all it needs is to be switched on. Look "
        "at the cell that instrumented the SQL engine.",
        "outgoing.instrument takes tracer_provider=, as the others do. The client span "
        "belongs to the service that calls.",
        "outgoing.instrument(tracer_provider=provider)",
    ),
    solution=JOIN,
    lesson="The header carries the trace; the instrumentor carries the header.",
    right={
        "in one line, a hook besides": """\
def join(provider):
    fresh(RequestsInstrumentor()).instrument(
        tracer_provider=provider,
        request_hook=lambda span, request: span.set_attribute("app.out", True),
    )
""",
        "switched off by hand": """\
def join(provider):
    requests_ = RequestsInstrumentor()
    if requests_.is_instrumented_by_opentelemetry:
        requests_.uninstrument()
    requests_.instrument(tracer_provider=provider)
    return requests_
""",
    },
    wrong={
        "only let go": Wrong(
            instead(JOIN, ("outgoing.instrument(tracer_provider=provider)", "return")),
            "carried no traceparent",
        ),
        "no provider": Wrong(
            instead(
                JOIN,
                (
                    "tracer_provider=provider",
                    "tracer_provider=trace.NoOpTracerProvider()",
                ),
            ),
            "client span between them is missing",
        ),
        "the callee's provider": Wrong(
            instead(JOIN, ("provider=provider", 'provider=providers["messages"]')),
            "belongs to 'kittiwake-messages'",
        ),
    },
)
