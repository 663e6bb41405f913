"""Batch: requests whose traces have the same spans, simulated side by side.

Only their times differ. So a clock is an array here, with a moment for each request,
and a span has two such arrays, its starts and its ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lab_helpers.history.exchanges import Exchange
from lab_helpers.history.latencies import Latencies
from lab_helpers.history.randomness import Floats, Micros
from lab_helpers.history.rehearsal import Failure

Attributes = dict[str, Any]
"""By name: one value for all requests, or a list with one value for each."""


@dataclass(slots=True, eq=False)
class Spans:
    """The same span of each request.

    Times are µs since midnight; `parent` is the index of other Spans of the batch;
    `error` is the status, `failure` the exception recorded on the span.
    """

    name: str
    service: str
    kind: str
    parent: int | None
    start_us: Micros
    end_us: Micros
    attributes: Attributes = field(default_factory=dict)
    error: bool = False
    failure: Failure | None = None

    @property
    def duration_ms(self) -> Floats:
        """Durations in milliseconds, exact to the microsecond."""
        return (self.end_us - self.start_us) / 1000


class Batch:
    """Requests of one shape: their clocks, and the spans they have had so far."""

    def __init__(self, exchanges: Sequence[Exchange], latencies: Latencies) -> None:
        self.exchanges = exchanges
        self.first = exchanges[0]
        numbers = [each.request.number for each in exchanges]
        self.numbers = np.array(numbers, dtype=np.uint64)
        self.now_us = np.array([each.request.at_us for each in exchanges], np.int64)
        self.queue_wait_us: Micros | None = None
        self.spans: list[Spans] = []
        self._latencies = latencies
        self._open: list[int] = []
        self._turns: Counter[str] = Counter()
        self._statements = 0

    @property
    def method(self) -> str:
        """The HTTP method of all requests."""
        return self.first.request.errand.method

    @property
    def item_counts(self) -> Micros:
        """The number of rows in each answer."""
        counts = [each.outcome.item_count or 0 for each in self.exchanges]
        return np.array(counts, np.int64)

    def wait(self, name: str, times: Micros | int = 1) -> None:
        """Moves the clocks by `times` latencies of the named work."""
        latency = self._latencies.draw(name, self.numbers, self._turns[name])
        self._turns[name] += 1
        self.now_us = self.now_us + latency * times

    @contextmanager
    def span(self, name: str, service: str, kind: str) -> Iterator[Spans]:
        """A span around what the clocks do inside the block."""
        parent = self._open[-1] if self._open else None
        spans = Spans(name, service, kind, parent, self.now_us, self.now_us)
        self._open.append(len(self.spans))
        self.spans.append(spans)
        yield spans
        self._open.pop()
        spans.end_us = self.now_us

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A named step of the service that is at work."""
        with self.span(name, self._service, "internal"):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction; the wait for its connection counts as time in the queue."""
        before = self.now_us
        self.wait("pool.checkout")
        with self.span("connect", self._service, "client") as spans:
            spans.attributes = {"db.name": self._service, "db.system": "sqlite"}
            self.wait("pool.connect")
        waited = self.now_us - before
        queued = self.queue_wait_us
        self.queue_wait_us = waited if queued is None else queued + waited
        yield
        self.wait("transaction.end")

    def statement(self, lag: str) -> None:
        """The next SQL statement of each outcome; it takes the named latency."""
        texts = [each.outcome.statements[self._statements] for each in self.exchanges]
        self._statements += 1
        verb = texts[0].partition(" ")[0]
        self.wait("statement.prepare")
        with self.span(f"{verb} {self._service}", self._service, "client") as spans:
            spans.attributes = {
                "db.name": self._service,
                "db.statement": texts,
                "db.system": "sqlite",
                "db.operation": spans.name,
            }
            self.wait(lag)
            trouble = [each.trouble_us for each in self.exchanges]
            self.now_us = self.now_us + np.array(trouble, np.int64)

    @property
    def _service(self) -> str:
        return self.spans[self._open[-1]].service
