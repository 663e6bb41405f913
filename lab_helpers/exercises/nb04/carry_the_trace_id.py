"""Exercise: the ids of the current span in every line, and no zeros."""

from __future__ import annotations

import logging
import secrets

from opentelemetry.context import Context as NoSpan
from opentelemetry.context import attach, detach
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.cloudwatch import (
    Line,
    arrived,
    fields_of,
    fresh_group,
    record_of,
    shipping,
)
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


class _ShortIds(IdGenerator):
    """Ids that begin with zeros, which a number forgets when it is printed."""

    def generate_trace_id(self) -> int:
        return secrets.randbits(96) | 1

    def generate_span_id(self) -> int:
        return secrets.randbits(48) | 1


def check(names: Namespace, context: Context) -> None:
    """Two lines through the filter, one inside a span and one outside, as they came."""
    filter_ = function_in(names, "TraceIds")()
    with fresh_group(context) as group:
        trace_id, span_id = _two_lines(filter_, group)
        lines = {
            line.get("where"): line
            for line in fields_of(arrived(context, group, rows=2))
        }
    if None in lines:
        raise Miss(
            "a line arrived without the fields it was written with: "
            f"{lines[None]}; record.msg should stay a dictionary"
        )
    for where in ("inside", "outside"):
        if where not in lines:
            raise Miss(
                f"the line written {where} a span did not arrive; a filter lets a "
                "record through by returning True"
            )
    _check_id(lines["inside"], "trace_id", trace_id)
    _check_id(lines["inside"], "span_id", span_id)
    for name in ("trace_id", "span_id"):
        if name in lines["outside"]:
            raise Miss(
                f"the line written outside any span has {name} "
                f"{lines['outside'][name]!r}; context.is_valid tells the two apart"
            )


def _two_lines(filter_: logging.Filter, group: str) -> tuple[str, str]:
    """Logs inside and outside a span; returns the span's ids in hexadecimal."""
    tracer = TracerProvider(id_generator=_ShortIds(), shutdown_on_exit=False)
    with shipping(group) as handler:
        handler.addFilter(filter_)
        with tracer.get_tracer("check").start_as_current_span("check") as span:
            handler.handle(record_of("check", logging.INFO, {"where": "inside"}))
        token = attach(NoSpan())
        try:
            handler.handle(record_of("check", logging.INFO, {"where": "outside"}))
        finally:
            detach(token)
    ids = span.get_span_context()
    return format(ids.trace_id, "032x"), format(ids.span_id, "016x")


def _check_id(line: Line, name: str, expected: str) -> None:
    value = line.get(name)
    if value == expected:
        return
    if value is None:
        raise Miss(f"the line written inside a span has no {name}: {dict(line)}")
    if isinstance(value, int):
        raise Miss(
            f"{name} is {described(value)}; it should be hexadecimal text, "
            f"{len(expected)} digits of it"
        )
    text = str(value)
    if text.removeprefix("0x").zfill(len(expected)) == expected:
        raise Miss(
            f"{name} is {text!r}, {len(text)} characters; with its leading zeros and "
            f"nothing else it has {len(expected)}"
        )
    raise Miss(f"{name} is {described(value)}; that of the span is {expected!r}")


FILTER = """\
class TraceIds(logging.Filter):
    def filter(self, record):
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            trace_id = format(context.trace_id, "032x")
            span_id = format(context.span_id, "016x")
            ids = {"trace_id": trace_id, "span_id": span_id}
            record.msg = record.msg | ids
        return True
"""

EARLY = """\
class TraceIds(logging.Filter):
    def filter(self, record):
        context = trace.get_current_span().get_span_context()
        if not context.is_valid:
            return True
        record.msg = {
            **record.msg,
            "trace_id": f"{context.trace_id:032x}",
            "span_id": f"{context.span_id:016x}",
        }
        return True
"""

EXERCISE = Exercise(
    name="carry_the_trace_id",
    title="Carry the trace id",
    answer=("TraceIds",),
    check=check,
    hints=(
        "context.trace_id and context.span_id are numbers, also where there is no "
        "span; what does context say about itself then?",
        'format(number, "032x") writes a number as 32 hexadecimal digits, "016x" as '
        "16. context.is_valid is False outside any span.",
        'ids = {"trace_id": format(context.trace_id, "032x"), "span_id": '
        'format(context.span_id, "016x")}, and if context.is_valid: above the line '
        "that sets record.msg.",
    ),
    solution=FILTER,
    lesson="Inside a span both ids, with all their zeros; outside none.",
    right={
        "OpenTelemetry's own format": instead(
            FILTER,
            (
                'format(context.trace_id, "032x")',
                "trace.format_trace_id(context.trace_id)",
            ),
            (
                'format(context.span_id, "016x")',
                "trace.format_span_id(context.span_id)",
            ),
        ),
        "out early": EARLY,
        "into the same dictionary": instead(
            FILTER, ("record.msg = record.msg | ids", "record.msg.update(ids)")
        ),
        "formatted by percent": instead(
            FILTER,
            ('format(context.trace_id, "032x")', '"%032x" % context.trace_id'),
            ('format(context.span_id, "016x")', 'f"{context.span_id:016x}"'),
        ),
    },
    wrong={
        "zeros outside": Wrong(
            instead(FILTER, ("if context.is_valid:", "if True:")),
            "written outside any span has trace_id",
        ),
        "numbers": Wrong(
            instead(FILTER, ('format(context.trace_id, "032x")', "context.trace_id")),
            "(an int); it should be hexadecimal text, 32 digits of it",
        ),
        "zeros forgotten": Wrong(
            instead(FILTER, ('"032x"', '"x"')), "with its leading zeros"
        ),
        "0x in front": Wrong(
            instead(
                FILTER,
                ('format(context.trace_id, "032x")', "hex(context.trace_id)"),
            ),
            "with its leading zeros and nothing else",
        ),
        "on the record, not in the line": Wrong(
            instead(
                FILTER, ("record.msg = record.msg | ids", "vars(record).update(ids)")
            ),
            "has no trace_id",
        ),
        "text for a dictionary": Wrong(
            instead(FILTER, ("record.msg | ids", 'f"{record.msg} {ids}"')),
            "should stay a dictionary",
        ),
        "the two ids mixed up": Wrong(
            instead(
                FILTER,
                ('format(context.span_id, "016x")', 'format(context.trace_id, "016x")'),
            ),
            "that of the span is",
        ),
        "nothing returned": Wrong(
            instead(FILTER, ("        return True\n", "")), "by returning True"
        ),
        "a line lost": Wrong(
            instead(FILTER, ("return True", "return context.is_valid")),
            "written outside a span did not arrive",
        ),
    },
)
