"""Span path diagnosis: which link between the app and the query is broken.

Most failures of tracing are silent: the app answers, no exception appears, and the
data is not there. `diagnose` walks app → instrumentation → exporter → endpoint → store
→ query and stops at the first link that does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import flask

from lab_helpers.exercises.diagnosis import links
from lab_helpers.exercises.diagnosis.links import SpanPath
from lab_helpers.settings import load

Link = Callable[[SpanPath], links.LinkResult]

LINKS: tuple[tuple[str, Link], ...] = (
    ("app", links.app_answers),
    ("instrumentation", links.app_is_instrumented),
    ("instrumentation", links.sdk_is_there),
    ("instrumentation", links.provider_is_the_one_in_use),
    ("instrumentation", links.spans_are_sampled),
    ("exporter", links.exporter_is_there),
    ("exporter", links.exporter_speaks_http),
    ("exporter", links.exporter_is_open),
    ("exporter", links.exporter_path_is_right),
    ("exporter", links.nothing_waits),
    ("exporter", links.exporter_has_the_key),
    ("endpoint", links.endpoint_listens),
    ("endpoint", links.endpoint_accepts),
    ("endpoint", links.endpoint_is_the_labs),
    ("store", links.store_has_the_service),
    ("query", links.query_key_is_accepted),
)


@dataclass(frozen=True, slots=True)
class Broken:
    """A link that does not hold, or `context`: its name, a sentence, a remedy."""

    link: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.sentence}. Try: {self.remedy}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Result of a diagnosis: the links in order and the first broken one, if any."""

    links: tuple[str, ...]
    broken: Broken | None

    @property
    def chain(self) -> str:
        """`app ✓ → instrumentation ✗ → exporter ? …`"""
        marks = []
        mark = "✓"
        for link in self.links:
            is_broken = self.broken is not None and link == self.broken.link
            marks.append(f"{link} {'✗' if is_broken else mark}")
            mark = "?" if is_broken else mark
        return " → ".join(marks)

    def __str__(self) -> str:
        if self.broken is None:
            return (
                f"{self.chain}\nEvery link holds. Look at what the query asks for; the "
                "real service also shows the newest minute late."
            )
        return f"{self.chain}\n{self.broken.link}: {self.broken}"

    __repr__ = __str__


def diagnose(
    provider: object = None,
    *,
    app: flask.Flask | None = None,
    url: str | None = None,
    dataset: str | None = None,
) -> Diagnosis:
    """Says which link between this app and the query loses the student's spans.

    `provider` is the tracer provider of the page (default: the global one), `app` and
    `url` the Flask app and its address, `dataset` the one that was queried. Take it
    when your own spans do not arrive; `lab.doctor()` checks the lab and this machine
    with telemetry of its own, whatever your code does.
    """
    settings = load()
    path = SpanPath(
        otlp_url=settings.otlp.endpoint or settings.honeycomb.endpoint,
        api_url=settings.honeycomb.endpoint,
        api_key=settings.honeycomb.api_key,
        provider=provider,
        app=app,
        url=url,
        dataset=dataset,
    )
    return walk(path)


def walk(path: SpanPath) -> Diagnosis:
    """Tries every link in order and stops at the first broken one.

    If all of them hold, a span that was left current may still have taken the others
    into its own trace. That is no link, but a state of the place where this runs.
    """
    names = tuple(dict.fromkeys(name for name, _ in LINKS))
    for name, holds in LINKS:
        if result := holds(path):
            sentence, remedy = result
            return Diagnosis(names, Broken(name, sentence, remedy))
    if result := links.no_span_was_left_current():
        return Diagnosis(names, Broken("context", *result))
    return Diagnosis(names, None)
