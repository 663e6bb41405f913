"""Runs of a student's function under a tracer of its own, and the spans they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer

from lab_helpers.exercises.verdict import Miss


class _Moments(SpanProcessor):
    """Starts and ends of spans, in the order in which they came."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int | None]] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.seen.append(("start", _span_id(span)))

    def on_end(self, span: ReadableSpan) -> None:
        self.seen.append(("end", _span_id(span)))


class Recorded:
    """The spans of one run: hand `.tracer` to the student's function, then ask.

    The tracer belongs to a provider made for this run, so nothing older is seen.
    """

    def __init__(self) -> None:
        self._memory, self._moments = InMemorySpanExporter(), _Moments()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(self._moments)
        provider.add_span_processor(SimpleSpanProcessor(self._memory))
        self.tracer: Tracer = provider.get_tracer("check")

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        """The finished spans, in order of ending."""
        return self._memory.get_finished_spans()

    @property
    def traces(self) -> int:
        """The number of traces they belong to."""
        return len({span.context.trace_id for span in self.spans if span.context})

    def span(self, name: str) -> ReadableSpan:
        """The finished span of that name, or `Miss` if there is none or a second."""
        named = [span for span in self.spans if span.name == name]
        if len(named) > 1:
            raise Miss(f"{len(named)} finished spans are called {name!r}; record one")
        if named:
            return named[0]
        there = ", ".join(repr(span.name) for span in self.spans) or "none"
        raise Miss(f"no finished span is called {name!r}; finished: {there}")

    def parent(self, name: str) -> str | None:
        """The name of that span's parent; None for a root or a parent not recorded."""
        parent = self.span(name).parent
        ids = {span.context.span_id: span.name for span in self.spans if span.context}
        return ids.get(parent.span_id) if parent else None

    def carriers(self, attribute: str) -> list[str]:
        """The names of the spans that carry this attribute."""
        return [span.name for span in self.spans if attribute in attributes(span)]

    def expect_parents(self, expected: Mapping[str, str | None]) -> None:
        """`Miss` unless every named span has the named parent, all in one trace."""
        parents = {name: self.parent(name) for name in expected}
        if self.traces > 1:
            raise Miss(
                f"the spans are in {self.traces} traces, not in one; which span was "
                "current when each of them started?"
            )
        for name, parent in expected.items():
            if parents[name] != parent:
                raise Miss(
                    f"in your trace the parent of {name!r} is {parents[name]!r}; it "
                    f"should be {parent!r}. Inside which with block does it start?"
                )

    def expect_sequence(self, first: str, second: str) -> None:
        """`Miss` unless the first span had ended when the second started.

        Times are not compared: two of them may be equal where the clock is coarse.
        """
        end, start = ("end", _span_id(self.span(first))), _span_id(self.span(second))
        if self._moments.seen.index(end) > self._moments.seen.index(("start", start)):
            raise Miss(
                f"{second!r} started before {first!r} had ended; {first!r} comes first"
            )


def attributes(span: ReadableSpan) -> Mapping[str, object]:
    """A span's attributes, an empty mapping if it has none."""
    return span.attributes or {}


def _span_id(span: ReadableSpan) -> int | None:
    return span.context.span_id if span.context else None
