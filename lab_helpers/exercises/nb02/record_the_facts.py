"""Exercise: facts of the app on its own server span."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from flask import Flask, Response
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.app import create_app, request_facts
from lab_helpers.app.facts import Facts
from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otlp import HOME, provider_in, visited
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.diagnosis.chain import diagnose
from lab_helpers.exercises.verdict import Miss

# Two people who differ in plan and tenant, and one of them again at once, when her
# feed comes from the cache: no fact is the same in all three visits.
VISITORS = {
    "marisol": "marisol",
    "marisol at her second visit": "marisol",
    "caetano": "caetano",
}
FACTS = ("app.plan", "app.tenant", "app.cache_hit")


def check_facts(names: Namespace, context: Context) -> None:
    """The server span of each visit carries the three facts of this visit.

    All visits are made before the first is looked for, which may take longer than the
    feed stays in the cache.
    """
    provider = provider_in(names, "provider")
    hook = _Hook(function_in(names, "record_facts"))
    app = _instrumented_with(hook, provider)
    traces = {}
    for visitor, user in VISITORS.items():
        traces[visitor] = visited(app, provider, HOME, context, user=user).trace_id
        hook.demand_response()
    for (visitor, trace_id), facts in zip(traces.items(), hook.facts, strict=True):
        frame = context.trace(
            trace_id,
            extra=list(FACTS),
            diagnose=lambda: f"\n{diagnose(provider, app=app)}",
        )
        _demand_facts(frame, facts, visitor)


@dataclass(slots=True)
class _Hook:
    """The student's hook; what it returned or raised is noted, and the visit goes on.

    Flask answers 500 to a hook that returns nothing, and so would hide the reason.
    `facts` are those of each visit, as the app knew them at its end.
    """

    hook: Callable[..., Any]
    facts: list[Facts] = field(default_factory=list)
    outcome: object = None

    def __call__(self, response: Response) -> Response:
        self.facts.append(request_facts())
        try:
            self.outcome = self.hook(response)
        except Exception as error:  # noqa: BLE001 - raised again after the visit
            self.outcome = error
        return response

    def demand_response(self) -> None:
        """`Miss` unless the latest call returned a response; raises what it raised."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        if not isinstance(self.outcome, Response):
            raise Miss(
                f"record_facts returned {described(self.outcome)}, and that is what "
                "Flask would send to the visitor; return the response"
            )


def _instrumented_with(hook: Callable[..., Any], provider: TracerProvider) -> Flask:
    app = create_app(pace=0)
    app.logger.setLevel(logging.CRITICAL)
    instrumentor = FlaskInstrumentor()
    instrumentor.instrument_app(app, tracer_provider=provider)  # type: ignore[no-untyped-call]
    app.after_request(hook)
    return app


def _demand_facts(frame: pd.DataFrame, facts: Facts, visitor: str) -> None:
    """`Miss` unless the server span carries these facts."""
    for name in FACTS:
        _demand(frame, name)
    server = frame[frame["kind"] == "server"].iloc[0]
    for name in FACTS:
        value, expected = server[name], getattr(facts, name.removeprefix("app."))
        if value != expected:
            plain = value.item() if hasattr(value, "item") else value
            raise Miss(f"{name} is {described(plain)} for {visitor}, not {expected!r}")


def _demand(frame: pd.DataFrame, name: str) -> None:
    """`Miss` unless the server span has this attribute; says where else it is."""
    carriers = frame[frame[name].notna()]
    if (carriers["kind"] == "server").any():
        return
    if carriers.empty:
        raise Miss(f"no span of the visit has an attribute {name}; look at its name")
    raise Miss(
        f"{name} is on the span {carriers['name'].iloc[0]!r}, not on the server span"
    )


RECORD = """\
from lab_helpers.app import request_facts


def record_facts(response):
    facts = request_facts()
    span = trace.get_current_span()
    span.set_attribute("app.plan", facts.plan)
    span.set_attribute("app.tenant", facts.tenant)
    span.set_attribute("app.cache_hit", facts.cache_hit)
    return response
"""

EXERCISE = Exercise(
    name="record_the_facts",
    title="Record the facts",
    answer=("record_facts",),
    check=check_facts,
    hints=(
        "What differs from visitor to visitor is in `facts`; print(facts) inside the "
        "hook shows which names it has.",
        "span.set_attribute(name, value), once for each fact, before the response is "
        "returned.",
        'span.set_attribute("app.tenant", facts.tenant), and the same for '
        '"app.cache_hit" with facts.cache_hit.',
    ),
    solution=RECORD,
    lesson="What is on the span can be asked about; what is not, cannot.",
    right={
        "all three at once": """\
from lab_helpers.app import request_facts


def record_facts(response):
    facts = request_facts()
    trace.get_current_span().set_attributes(
        {
            "app.plan": facts.plan,
            "app.tenant": facts.tenant,
            "app.cache_hit": facts.cache_hit,
        }
    )
    return response
""",
        "every fact that is known": """\
from lab_helpers.app import request_facts


def record_facts(response):
    span = trace.get_current_span()
    for name, value in request_facts().known().items():
        span.set_attribute("app." + name, value)
    return response
""",
    },
    wrong={
        "names without a prefix": Wrong(
            instead(RECORD, ("app.plan", "plan")), "an attribute app.plan"
        ),
        "a span of its own": Wrong(
            instead(
                RECORD,
                (
                    "trace.get_current_span()",
                    'provider.get_tracer("facts").start_span("facts")',
                ),
                ("    return response", "    span.end()\n    return response"),
            ),
            "is on the span 'facts'",
        ),
        "the plan of another": Wrong(
            instead(RECORD, ("facts.plan", '"free"')), "app.plan is 'free'"
        ),
        "Marisol's facts for everybody": Wrong(
            instead(RECORD, ("facts.plan", '"paid"'), ("facts.tenant", '"lowtide"')),
            "for caetano, not 'free'",
        ),
        "her tenant for everybody": Wrong(
            instead(RECORD, ("facts.tenant", '"lowtide"')),
            "for caetano, not 'breakwater'",
        ),
        "never from the cache": Wrong(
            instead(RECORD, ("facts.cache_hit", "False")),
            "for marisol at her second visit, not True",
        ),
        "the response forgotten": Wrong(
            instead(RECORD, ("    return response\n", "")),
            "record_facts returned None, and that is what Flask would send to the "
            "visitor; return the response",
        ),
        "a fact that is not there": Wrong(
            instead(RECORD, ("facts.plan", "facts.subscription")),
            "your code raised AttributeError",
        ),
    },
)
