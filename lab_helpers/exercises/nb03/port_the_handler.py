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
from lab_helpers.exercises.checking.otlp import provider_in
from lab_helpers.exercises.checking.xray import (
    answered,
    arrived,
    listening,
    metadata,
    visit,
    with_view,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

PATH = "/api/picks"
CHOSEN = ["marisol", "tor_b"]
Tree = list[tuple[str, str | None, str]]
"""(name, parent's name, kind) of every row, sorted."""


def check(names: Namespace, context: Context) -> None:
    """One visit each; both traces, as X-Ray gives them back, have the same tree.

    The span has the fact that the subsegment has, and the visitor the same answer.
    """
    provider = provider_in(names, "ported")
    by_sdk = _by_sdk(context)
    view = function_in(names, "otel_picks")
    ported, answer = _by_opentelemetry(view, provider, context)
    _judge_tree(_tree(by_sdk), _tree(ported))
    _judge_fact(ported)
    if answer != {"picks": CHOSEN}:
        raise Miss(f"the visitor gets {answer!r}, not {{'picks': {CHOSEN!r}}}")


def _judge_tree(expected: Tree, actual: Tree) -> None:
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


def _judge_fact(rows: pd.DataFrame) -> None:
    facts = {str(row["name"]): metadata(row) for _, row in rows.iterrows()}
    if facts["choose"].get("chosen") == CHOSEN:
        return
    if "chosen" in facts["choose"]:
        raise Miss(
            f"the attribute chosen is {facts['choose']['chosen']!r}, not {CHOSEN!r}"
        )
    elsewhere = [name for name, values in facts.items() if "chosen" in values]
    where = f"; {elsewhere[0]!r} has it" if elsewhere else ""
    raise Miss(
        "the trees are alike, but the span 'choose' has no attribute 'chosen', which "
        f"was the subsegment's metadata{where}"
    )


def _by_sdk(context: Context) -> pd.DataFrame:
    def picks() -> dict[str, Any]:
        with xray_recorder.in_subsegment("choose") as subsegment:
            subsegment.put_metadata("chosen", CHOSEN)
        return {"picks": CHOSEN}

    app = with_view(create_app(pace=0), PATH, picks)
    XRayMiddleware(app, xray_recorder)
    trace_id = context.fresh_xray_trace()
    with listening(xray_recorder) as emitted:
        visit(app, PATH, trace_id)
    return arrived(context, trace_id, emitted)


def _by_opentelemetry(
    view: Any, provider: TracerProvider, context: Context
) -> tuple[pd.DataFrame, object]:
    """The rows of a visit to this view in X-Ray, and the visitor's answer."""
    app: Flask = with_view(create_app(pace=0), PATH, view)
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)  # type: ignore[no-untyped-call]
    fresh = context.fresh_trace()
    answer = answered(app, PATH, fresh.headers).get_json(silent=True)
    provider.force_flush()
    rows = context.xray_trace(
        xray_id(fresh.trace_id),
        spans=2,
        extra=["metadata"],
        diagnose=lambda: (
            f"{w3c_id(fresh.trace_id)} was sent by OpenTelemetry; does the exporter "
            "of `ported` send to AWS_ENDPOINT_URL?"
        ),
    )
    return rows, answer


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
SET = '        span.set_attribute("chosen", chosen)\n'

EXERCISE = Exercise(
    name="port_the_handler",
    title="Port the handler",
    answer=("otel_picks",),
    check=check,
    hints=(
        "A subsegment is a span, metadata is an attribute; what the view returns stays "
        "as it is.",
        "A tracer of the provider, ported.get_tracer(name), has "
        "start_as_current_span(name), which is a context manager; the span in it has "
        "set_attribute(key, value).",
        'with ported.get_tracer("picks").start_as_current_span("choose") as span:',
    ),
    solution=PORT,
    lesson="Two libraries, one tree: what you know of the one holds for the other.",
    right={
        "the attribute from the start": """\
def otel_picks():
    chosen = ["marisol", "tor_b"]
    tracer = ported.get_tracer("picks")
    with tracer.start_as_current_span("choose", attributes={"chosen": chosen}):
        return {"picks": chosen}
""",
        "begun and ended": """\
def otel_picks():
    chosen = ("marisol", "tor_b")
    span = ported.get_tracer(__name__).start_span("choose")
    span.set_attribute("chosen", chosen)
    span.end()
    return {"picks": list(chosen)}, 200
""",
    },
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
        "the attribute left out": Wrong(
            instead(PORT, (SET, "        pass\n")),
            "the span 'choose' has no attribute 'chosen'",
        ),
        "the attribute on the server span": Wrong(
            """\
from opentelemetry import trace


def otel_picks():
    chosen = ["marisol", "tor_b"]
    trace.get_current_span().set_attribute("chosen", chosen)
    with ported.get_tracer("picks").start_as_current_span("choose"):
        return {"picks": chosen}
""",
            "; 'kittiwake' has it",
        ),
        "the attribute as text": Wrong(
            instead(PORT, ('("chosen", chosen)', '("chosen", str(chosen))')),
            "the attribute chosen is \"['marisol', 'tor_b']\"",
        ),
        "another answer": Wrong(
            instead(PORT, ('{"picks": chosen}', "{}")), "the visitor gets {}"
        ),
        "no answer": Wrong(
            instead(PORT, ('    return {"picks": chosen}\n', "")),
            "otel_picks returns None; a view returns what the visitor gets",
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
