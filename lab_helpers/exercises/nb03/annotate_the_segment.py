"""Exercise: facts that can be searched, and facts that can only be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware

from lab_helpers.app import create_app
from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otlp import HOME
from lab_helpers.exercises.checking.xray import arrived, listening, visit
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

FACTS = {"plan": "paid", "tenant": "lowtide"}
READ = [f"annotations.{name}" for name in FACTS] + ["metadata"]


def check(names: Namespace, context: Context) -> None:
    """A visit's segment has both annotations, and the whole facts as metadata."""
    segment = _segment_of_visit(function_in(names, "annotate"), context)
    metadata = segment["metadata"] if isinstance(segment["metadata"], dict) else {}
    for name, value in FACTS.items():
        annotation = segment[f"annotations.{name}"]
        if pd.isna(annotation):
            raise Miss(_where_else(name, metadata))
        if annotation != value:
            raise Miss(
                f"the annotation {name} is {annotation!r} for marisol, not {value!r}"
            )
    if "kittiwake" not in metadata:
        there = ", ".join(map(repr, metadata)) or "none"
        raise Miss(f"no metadata in the namespace 'kittiwake'; there is {there}")
    facts = metadata["kittiwake"].get("facts")
    if not isinstance(facts, dict) or facts.get("plan") != "paid":
        raise Miss(f"the metadata facts is {facts!r}; store facts.known(), a dict")


def _where_else(name: str, metadata: dict[str, Any]) -> str:
    for namespace, values in metadata.items():
        if name in values:
            return (
                f"{name} is metadata (in {namespace!r}), not an annotation: it can be "
                "read in the trace, but no filter expression finds it"
            )
    return (
        f"the segment has no annotation {name!r}; the SDK drops keys with anything but "
        "letters, digits and underscores, and says so only in its log"
    )


def _segment_of_visit(hook: Callable[..., Any], context: Context) -> pd.Series[Any]:
    app, trace_id = create_app(pace=0), context.fresh_xray_trace()
    XRayMiddleware(app, xray_recorder)
    app.after_request(hook)
    with listening(xray_recorder) as emitted:
        visit(app, HOME, trace_id)
    rows = arrived(context, trace_id, emitted, extra=READ)
    return rows[rows["kind"] == "server"].iloc[0]


ANNOTATE = """\
from lab_helpers.app import request_facts


def annotate(response):
    facts = request_facts()
    segment = xray_recorder.current_segment()
    segment.put_annotation("plan", facts.plan)
    segment.put_annotation("tenant", facts.tenant)
    segment.put_metadata("facts", facts.known(), "kittiwake")
    return response
"""

EXERCISE = Exercise(
    name="annotate_the_segment",
    title="Annotate the segment",
    answer=("annotate",),
    check=check,
    hints=(
        "An annotation is a key and a value; tenant goes like plan.",
        'segment.put_metadata("facts", facts.known(), "kittiwake"): key, value, '
        "namespace.",
    ),
    solution=ANNOTATE,
    lesson="Annotations are indexed and few, metadata is neither.",
    wrong={
        "metadata only": Wrong(
            instead(ANNOTATE, ('put_annotation("plan"', 'put_metadata("plan"')),
            "plan is metadata (in 'default')",
        ),
        "a dot in the key": Wrong(
            instead(ANNOTATE, ('"plan"', '"app.plan"')), "no annotation 'plan'"
        ),
        "the same for everybody": Wrong(
            instead(ANNOTATE, ("facts.plan)", '"free")')), "plan is 'free' for marisol"
        ),
        "no namespace": Wrong(
            instead(ANNOTATE, (', "kittiwake")', ")")), "namespace 'kittiwake'"
        ),
    },
)
