"""Runs of a student's function under a tracer of its own, and the spans they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer

from lab_helpers.exercises.verdict import Miss


class Recorded:
    """The spans of one run: hand `.tracer` to the student's function, then ask.

    The tracer belongs to a provider made for this run, so nothing older is seen.
    """

    def __init__(self) -> None:
        self._memory = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
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
        """The finished span of that name, or `Miss`."""
        for span in self.spans:
            if span.name == name:
                return span
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
                    f"the parent of {name!r} is {parents[name]!r}, asked for "
                    f"{parent!r}; inside which with block does it start?"
                )


def attributes(span: ReadableSpan) -> Mapping[str, object]:
    """A span's attributes, an empty mapping if it has none."""
    return span.attributes or {}
