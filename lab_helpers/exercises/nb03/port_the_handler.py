"""Exercise: the same view with OpenTelemetry, and the two trees compared."""

from __future__ import annotations

from typing import Any

import pandas as pd
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.app import create_app
from lab_helpers.clients import w3c_id, xray_id
from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otlp import provider_in, visited
from lab_helpers.exercises.checking.xray import arrived, listening, visit, with_view
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

PATH = "/api/picks"
Tree = list[tuple[str, str | None, str]]
"""(name, parent's name, kind) of every row, sorted."""


def check(names: Namespace, context: Context) -> None:
    """One visit each; both traces, as X-Ray gives them back, have the same tree."""
    provider = provider_in(names, "ported")
    expected = _tree(_by_sdk(context))
    actual = _tree(
        _by_opentelemetry(function_in(names, "otel_picks"), provider, context)
    )
    if actual == expected:
        return
    missing = [row for row in expected if row not in actual]
    more = [row for row in actual if row not in expected]
    raise Miss(
        f"the trees differ. By the X-Ray SDK: {_description(expected)}. "
        f"By OpenTelemetry: {_description(actual)}. "
        f"{'Missing' if missing else 'Too much'}: "
        f"{_description(missing or more)}"
    )


def _by_sdk(context: Context) -> pd.DataFrame:
    def picks() -> dict[str, Any]:
        with xray_recorder.in_subsegment("choose"):
            return {"picks": ["marisol", "tor_b"]}

    app = with_view(create_app(pace=0), PATH, picks)
    XRayMiddleware(app, xray_recorder)
    trace_id = context.fresh_xray_trace()
    with listening(xray_recorder) as emitted:
        visit(app, PATH, trace_id)
    return arrived(context, trace_id, emitted)


def _by_opentelemetry(
    view: Any, provider: TracerProvider, context: Context
) -> pd.DataFrame:
    app: Flask = with_view(create_app(pace=0), PATH, view)
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)  # type: ignore[no-untyped-call]
    fresh = visited(app, provider, PATH, context)
    return context.xray_trace(
        xray_id(fresh.trace_id),
        spans=2,
        diagnose=lambda: (
            f"{w3c_id(fresh.trace_id)} was sent by OpenTelemetry; does the exporter "
            "of `ported` send to AWS_ENDPOINT_URL?"
        ),
    )


def _tree(rows: pd.DataFrame) -> Tree:
    names = dict(zip(rows["span_id"], rows["name"], strict=True))
    return sorted(
        (
            (str(row.name), names.get(row.parent_id), str(row.kind))
            for row in rows[["name", "parent_id", "kind"]].itertuples(index=False)
        ),
        key=lambda row: (row[1] or "", row[0]),
    )


def _description(tree: Tree) -> str:
    parts = [
        f"{name} ({kind}) below {parent}" if parent else f"{name} ({kind})"
        for name, parent, kind in tree
    ]
    return ", ".join(parts) or "nothing"


PORT = """\
def otel_picks():
    chosen = ["marisol", "tor_b"]
    with ported.get_tracer("picks").start_as_current_span("choose") as span:
        span.set_attribute("chosen", chosen)
    return {"picks": chosen}
"""

EXERCISE = Exercise(
    name="port_the_handler",
    title="Port the handler",
    answer=("otel_picks",),
    check=check,
    hints=(
        "A subsegment is a span, in_subsegment is start_as_current_span.",
        'ported.get_tracer("picks").start_as_current_span("choose") is the context '
        "manager; the span in it takes set_attribute.",
    ),
    solution=PORT,
    lesson="Two libraries, one tree: what you know of the one holds for the other.",
    wrong={
        "begun and never ended": Wrong(
            instead(
                PORT,
                ("    with ported", "    span = ported"),
                ("start_as_current_span", "start_span"),
                (" as span:", ""),
                ('        span.set_attribute("chosen", chosen)\n', ""),
            ),
            "Missing: choose (internal) below kittiwake",
        ),
        "another name": Wrong(
            instead(PORT, ('span("choose")', 'span("picks")')),
            "Missing: choose (internal)",
        ),
        "a span within the span": Wrong(
            instead(
                PORT,
                (
                    "as span:\n",
                    'as span, ported.get_tracer("x").start_as_current_span("more"):\n',
                ),
            ),
            "Too much: more (internal) below choose",
        ),
    },
)
