"""Exercise: facts that can be searched, and facts that can only be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask, Response

from lab_helpers.app import create_app, request_facts
from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otlp import HOME
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.checking.xray import (
    Emitted,
    arrived,
    listening,
    visit,
    with_hook,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

ANNOTATIONS = ("plan", "tenant")
READ = [f"annotations.{name}" for name in ANNOTATIONS] + ["metadata"]
VISITORS = (("marisol", HOME), ("caetano", HOME), (None, "/health"))
"""Two people of other plans and tenants, and the robot, of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class _Visit:
    """A visit: by whom, what Kittiwake knew of it, and its segment in X-Ray."""

    visitor: str
    facts: Mapping[str, object]
    segment: pd.Series[Any]


def check(names: Namespace, context: Context) -> None:
    """Each visit's segment has both annotations, and all its facts as metadata."""
    for each in _visits(function_in(names, "annotate"), context):
        namespaces = each.segment["metadata"]
        namespaces = namespaces if isinstance(namespaces, dict) else {}
        for name in ANNOTATIONS:
            _judge_annotation(each, name, namespaces)
        if "kittiwake" not in namespaces:
            there = ", ".join(map(repr, namespaces)) or "none"
            raise Miss(f"no metadata in the namespace 'kittiwake'; there is {there}")
        _judge_facts(each, namespaces["kittiwake"])


def _judge_annotation(each: _Visit, name: str, namespaces: dict[str, Any]) -> None:
    annotation, expected = each.segment[f"annotations.{name}"], each.facts.get(name)
    if pd.isna(annotation):
        if expected is not None:
            raise Miss(_where_else(name, namespaces))
    elif expected is None:
        raise Miss(
            f"the annotation {name} is {annotation!r} for {each.visitor}; what is not "
            "known is left out"
        )
    elif annotation != expected:
        raise Miss(
            f"the annotation {name} is {annotation!r} for {each.visitor}, "
            f"not {expected!r}"
        )


def _where_else(name: str, namespaces: dict[str, Any]) -> str:
    for namespace, values in namespaces.items():
        if name in values:
            return (
                f"{name} is metadata (in {namespace!r}), not an annotation: it can be "
                "read in the trace, but no filter expression finds it"
            )
    return (
        f"the segment has no annotation {name!r}; the SDK drops keys with anything but "
        "letters, digits and underscores, and says so only in its log"
    )


def _judge_facts(each: _Visit, values: dict[str, Any]) -> None:
    facts = values.get("facts")
    if not isinstance(facts, dict):
        raise Miss(
            f"the metadata facts is {described(facts)}; store facts.known(), a dict"
        )
    if lacking := [name for name in each.facts if name not in facts]:
        raise Miss(
            f"the metadata facts lacks {', '.join(lacking)} for {each.visitor}; store "
            "all that is known, facts.known()"
        )
    for name, value in facts.items():
        if value != each.facts.get(name):
            raise Miss(
                f"the metadata facts says {name} is {value!r} for {each.visitor}, and "
                f"Kittiwake knows {each.facts.get(name)!r}"
            )


def _visits(hook: Callable[..., Any], context: Context) -> list[_Visit]:
    """One visit by each of the visitors, to one app."""
    app, known = create_app(pace=0), []

    def note(response: Response) -> Response:
        known.append(request_facts().known())
        return response

    XRayMiddleware(app, xray_recorder)
    with_hook(app, hook).after_request(note)
    sent = [_sent(app, user, path, context) for user, path in VISITORS]
    visits = []
    for (user, _), facts, (trace_id, emitted) in zip(
        VISITORS, known, sent, strict=True
    ):
        rows = arrived(context, trace_id, emitted, extra=READ)
        segment = rows[rows["kind"] == "server"].iloc[0]
        visits.append(_Visit(user or "the health check", facts, segment))
    return visits


def _sent(
    app: Flask, user: str | None, path: str, context: Context
) -> tuple[str, Emitted]:
    trace_id = context.fresh_xray_trace()
    with listening(xray_recorder) as emitted:
        visit(app, path, trace_id, user=user)
    return trace_id, emitted


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
PUT_TENANT = '    segment.put_annotation("tenant", facts.tenant)\n'

EXERCISE = Exercise(
    name="annotate_the_segment",
    title="Annotate the segment",
    answer=("annotate",),
    check=check,
    hints=(
        "request_facts() has what Kittiwake knows of this visit. The tenant is "
        "annotated like the plan; the metadata needs a line of its own.",
        "segment.put_metadata(key, value, namespace) stores any JSON, "
        "segment.put_annotation(key, value) one fact.",
        'segment.put_annotation("tenant", facts.tenant), and below it '
        'segment.put_metadata("facts", facts.known(), "kittiwake").',
    ),
    solution=ANNOTATE,
    lesson="Annotations are indexed and few, metadata is neither.",
    right={
        "by way of the recorder": instead(
            ANNOTATE,
            ("    segment = xray_recorder.current_segment()\n", ""),
            ("segment.put", "xray_recorder.put"),
        ),
        "in a loop": instead(
            ANNOTATE,
            ('    segment.put_annotation("plan", facts.plan)\n', ""),
            (
                PUT_TENANT,
                "    known = facts.known()\n"
                '    for name in {"plan", "tenant"} & set(known):\n'
                "        segment.put_annotation(name, known[name])\n",
            ),
            ("facts.known(),", "known,"),
        ),
    },
    wrong={
        "metadata only": Wrong(
            instead(ANNOTATE, ('put_annotation("plan"', 'put_metadata("plan"')),
            "plan is metadata (in 'default')",
        ),
        "a dot in the key": Wrong(
            instead(ANNOTATE, ('"plan"', '"app.plan"')), "no annotation 'plan'"
        ),
        "the same plan for everybody": Wrong(
            instead(ANNOTATE, ("facts.plan)", '"paid")')),
            "plan is 'paid' for caetano, not 'free'",
        ),
        "the same tenant for everybody": Wrong(
            instead(ANNOTATE, ("facts.tenant)", '"lowtide")')),
            "tenant is 'lowtide' for caetano, not 'breakwater'",
        ),
        "a word for nobody": Wrong(
            instead(ANNOTATE, ("facts.tenant)", "str(facts.tenant))")),
            "tenant is 'None' for the health check",
        ),
        "no metadata": Wrong(
            instead(
                ANNOTATE,
                ('    segment.put_metadata("facts", facts.known(), "kittiwake")\n', ""),
            ),
            "namespace 'kittiwake'; there is none",
        ),
        "no namespace": Wrong(
            instead(ANNOTATE, (', "kittiwake")', ")")),
            "namespace 'kittiwake'; there is 'default'",
        ),
        "one fact for all that is known": Wrong(
            instead(ANNOTATE, ("facts.known()", '{"plan": facts.plan}')),
            "facts lacks user, tenant, region",
        ),
        "the facts as text": Wrong(
            instead(ANNOTATE, ("facts.known()", "str(facts.known())")),
            " (a str); store facts.known(), a dict",
        ),
        "the response not returned": Wrong(
            instead(ANNOTATE, ("    return response\n", "")),
            "annotate returns None; Flask sends what an after_request hook returns",
        ),
    },
)
