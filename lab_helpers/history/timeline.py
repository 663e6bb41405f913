"""Timeline: the spans of many requests of one shape, grown side by side.

Requests of one shape have the same spans; only their times differ. So a clock here is
an array, one moment for each request, and a span is a pair of such arrays.
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
from lab_helpers.history.randomness import Micros

Attributes = dict[str, Any]
"""By name: one value for all requests, or a list with one value for each."""


@dataclass(slots=True, eq=False)
class Branch:
    """The same span of each request: times in µs since midnight, `parent` by index.

    `error` is the status; `failed` says that an exception is recorded on it.
    """

    name: str
    service: str
    kind: str
    parent: int | None
    start_us: Micros
    end_us: Micros
    attributes: Attributes = field(default_factory=dict)
    error: bool = False
    failed: bool = False


class Timeline:
    """The clocks of requests of one shape, and the spans they have opened so far."""

    def __init__(self, exchanges: Sequence[Exchange], latencies: Latencies) -> None:
        self.exchanges = exchanges
        self.first = exchanges[0]
        numbers = [each.request.number for each in exchanges]
        self.numbers = np.array(numbers, dtype=np.uint64)
        self.now_us = np.array([each.request.at_us for each in exchanges], np.int64)
        self.queue_wait_us: Micros | None = None
        self.branches: list[Branch] = []
        self._latencies = latencies
        self._open: list[int] = []
        self._turns: Counter[str] = Counter()
        self._statements = 0

    @property
    def item_counts(self) -> Micros:
        """The rows of each answer."""
        counts = [each.outcome.item_count or 0 for each in self.exchanges]
        return np.array(counts, np.int64)

    def wait(self, name: str, times: Micros | int = 1) -> None:
        """Moves the clocks by `times` latencies of the named work."""
        latency = self._latencies.draw(name, self.numbers, self._turns[name])
        self._turns[name] += 1
        self.now_us = self.now_us + latency * times

    @contextmanager
    def span(self, name: str, service: str, kind: str) -> Iterator[Branch]:
        """A span around what the clocks do inside the block."""
        parent = self._open[-1] if self._open else None
        branch = Branch(name, service, kind, parent, self.now_us, self.now_us)
        self._open.append(len(self.branches))
        self.branches.append(branch)
        yield branch
        self._open.pop()
        branch.end_us = self.now_us

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
        with self.span("connect", self._service, "client") as branch:
            branch.attributes = {"db.name": self._service, "db.system": "sqlite"}
            self.wait("pool.connect")
        waited = self.now_us - before
        queued = self.queue_wait_us
        self.queue_wait_us = waited if queued is None else queued + waited
        yield
        self.wait("transaction.end")

    def statement(self, lag: str) -> None:
        """The next SQL statement of the answer, which takes the named latency."""
        texts = [each.outcome.statements[self._statements] for each in self.exchanges]
        self._statements += 1
        verb = texts[0].partition(" ")[0]
        self.wait("statement.prepare")
        with self.span(f"{verb} {self._service}", self._service, "client") as branch:
            branch.attributes = {
                "db.name": self._service,
                "db.statement": texts,
                "db.system": "sqlite",
                "db.operation": branch.name,
            }
            self.wait(lag)
            trouble = [each.trouble_us for each in self.exchanges]
            self.now_us = self.now_us + np.array(trouble, np.int64)

    @property
    def _service(self) -> str:
        return self.branches[self._open[-1]].service
