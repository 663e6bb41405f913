"""Exercise: the trace id in the payload, beside what is there already."""

from __future__ import annotations

import secrets
from typing import Any

import rollbar
from opentelemetry.trace import (
    INVALID_SPAN,
    NonRecordingSpan,
    SpanContext,
    use_span,
)

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.rollbar import custom_of, payloads, reporting
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

PLACES = ("inside", "outside", "bare")


def check(names: Namespace, context: Context) -> None:
    """Three messages: in a span with custom data, outside any, in a span without."""
    handler = function_in(names, "with_trace")
    environment = context.fresh_id()
    with reporting(environment, handler=handler):
        trace_id = _report_all()
    cases = {
        str(payload["body"]["message"]["body"]): payload
        for payload in payloads(context, environment, rows=len(PLACES))
    }
    if not cases:
        raise Miss("nothing arrived; a handler passes the payload on by returning it")
    for where in PLACES:
        if where not in cases:
            raise Miss(f"the message sent {_words(where)} did not arrive")
    _check_id(cases["inside"], trace_id, "inside")
    _check_id(cases["bare"], trace_id, "bare")
    if custom_of(cases["inside"]).get("tenant") != "skerry":
        raise Miss(
            "custom held the tenant before; now it is "
            f"{custom_of(cases['inside'])}: add to it"
        )
    if "trace_id" in custom_of(cases["outside"]):
        raise Miss(
            "the message sent outside any span has trace_id "
            f"{custom_of(cases['outside'])['trace_id']!r}; is_valid tells the two apart"
        )


def _report_all() -> str:
    """Reports in and outside a span; returns its trace id in hexadecimal."""
    ids = secrets.randbits(96) | 1  # begins with zeros, which numbers forget
    context = SpanContext(ids, secrets.randbits(63) | 1, is_remote=False)
    with use_span(NonRecordingSpan(context)):
        rollbar.report_message("inside", "info", extra_data={"tenant": "skerry"})
        rollbar.report_message("bare", "info")
    with use_span(INVALID_SPAN):
        rollbar.report_message("outside", "info")
    return format(ids, "032x")


def _words(where: str) -> str:
    return {
        "inside": "inside a span",
        "bare": "inside a span without custom data",
        "outside": "outside any span",
    }[where]


def _check_id(payload: dict[str, Any], expected: str, where: str) -> None:
    value = custom_of(payload).get("trace_id")
    if value is None:
        raise Miss(f"the message sent {_words(where)} has no trace_id in custom")
    if isinstance(value, int):
        raise Miss(f"trace_id is {described(value)}; it should be hexadecimal text")
    if value != expected:
        raise Miss(
            f"trace_id is {described(value)}; it should be {expected!r}, all 32 digits"
        )


HANDLER = """\
from opentelemetry import trace


def with_trace(payload, **_):
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        custom = payload["data"].setdefault("custom", {})
        custom["trace_id"] = format(context.trace_id, "032x")
    return payload
"""

EARLY = "    if not context.is_valid:\n        return payload\n"

EXERCISE = Exercise(
    name="carry_the_trace_id_to_rollbar",
    title="Carry the trace id to Rollbar",
    answer=("with_trace",),
    check=check,
    hints=(
        'payload["data"]["custom"] is what extra_data became, and it is missing where '
        "there was none; the line of the stub throws away what it holds.",
        'payload["data"].setdefault("custom", {}) is the custom that is there, or else '
        'a new empty one; format(context.trace_id, "032x") is the id as text, and '
        "context.is_valid is False outside any span.",
        'if context.is_valid: payload["data"].setdefault("custom", {})["trace_id"] = '
        'format(context.trace_id, "032x")',
    ),
    solution=HANDLER,
    lesson="The trace id is in custom, beside what was there, and only inside a span.",
    right={
        "OpenTelemetry's own format": instead(
            HANDLER,
            (
                'format(context.trace_id, "032x")',
                "trace.format_trace_id(context.trace_id)",
            ),
        ),
        "a new dictionary of both": instead(
            HANDLER,
            (
                'custom = payload["data"].setdefault("custom", {})',
                'custom = dict(payload["data"].get("custom") or {})',
            ),
            (
                '"032x")\n',
                '"032x")\n        payload["data"]["custom"] = custom\n',
            ),
        ),
        "out early": instead(
            HANDLER,
            ("    if context.is_valid:\n", EARLY),
            ("        custom", "    custom"),
        ),
    },
    wrong={
        "custom taken for granted": Wrong(
            instead(
                HANDLER,
                (
                    'payload["data"].setdefault("custom", {})',
                    'payload["data"]["custom"]',
                ),
            ),
            "your handler raised KeyError: 'custom', for a message reported without "
            "extra_data",
        ),
        "custom replaced": Wrong(
            instead(
                HANDLER,
                (
                    'payload["data"].setdefault("custom", {})',
                    'payload["data"]["custom"] = {}',
                ),
            ),
            "add to it",
        ),
        "zeros outside": Wrong(
            instead(HANDLER, ("if context.is_valid:", "if True:")),
            "sent outside any span has trace_id",
        ),
        "a number": Wrong(
            instead(HANDLER, ('format(context.trace_id, "032x")', "context.trace_id")),
            "(an int); it should be hexadecimal text",
        ),
        "zeros forgotten": Wrong(instead(HANDLER, ('"032x"', '"x"')), "all 32 digits"),
        "nothing returned": Wrong(
            instead(HANDLER, ("    return payload\n", "")), "nothing arrived"
        ),
        "dropped outside": Wrong(
            instead(HANDLER, ("return payload", "return context.is_valid and payload")),
            "sent outside any span did not arrive",
        ),
    },
)
