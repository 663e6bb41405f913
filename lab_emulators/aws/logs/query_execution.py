"""One query of Logs Insights from its start to its end.

No query is over for its clients sooner than `SHORTEST_MS` after it was started: on the
real service none is, and a client that does not poll would never find out.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any, Protocol

from lab_emulators.store import QueryInterruptedError, Reader

SHORTEST_MS = 100
"""Ours: the real service takes a second or so."""
LONGEST_MS = 60 * 60_000
"""A query that runs for longer times out (StartQuery, API reference)."""

_POLL_S = 0.01
_PATIENCE = 1000
_log = logging.getLogger(__name__)


class QueryResults(Protocol):
    """Results of a query: rows of `{field, value}`, and the statistics block."""

    @property
    def rows(self) -> Sequence[Sequence[Mapping[str, Any]]]:
        """Result rows in the form of GetQueryResults."""

    @property
    def statistics(self) -> Mapping[str, float]:
        """recordsMatched, recordsScanned, bytesScanned."""


class QueryStatus(StrEnum):
    """`status` of a query."""

    SCHEDULED = "Scheduled"
    RUNNING = "Running"
    COMPLETE = "Complete"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    TIMEOUT = "Timeout"


ACTIVE = frozenset({QueryStatus.SCHEDULED, QueryStatus.RUNNING})


class QueryExecution:
    """Work of a query, run by one thread and read by others.

    `now_ms` is the clock of the query's duration.
    """

    def __init__(
        self, work: Callable[[Reader], QueryResults], now_ms: Callable[[], int]
    ) -> None:
        self._work = work
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._status = QueryStatus.SCHEDULED
        self._reader: Reader | None = None
        self._answer: QueryResults | None = None
        self.created_ms = now_ms()
        self.ended_ms = self.created_ms

    @property
    def status(self) -> QueryStatus:
        """Status of the query for its clients."""
        return self._outcome()[0]

    @property
    def answer(self) -> QueryResults | None:
        """The results, None until the query is complete."""
        status, answer = self._outcome()
        return answer if status is QueryStatus.COMPLETE else None

    def run(self, reading: Callable[[], AbstractContextManager[Reader]]) -> None:
        """Does the work in this thread, over the snapshot that `reading` opens."""
        try:
            self._finish(QueryStatus.COMPLETE, self._worked(reading))
        except QueryInterruptedError:
            self._finish(QueryStatus.CANCELLED)
        except Exception:  # noqa: BLE001 - logged, and the client reads Failed
            _log.exception("a Logs Insights query failed")
            self._finish(QueryStatus.FAILED)

    def stop(self, status: QueryStatus = QueryStatus.CANCELLED) -> bool:
        """Ends the query now; False if it had ended already for its clients."""
        with self._lock:
            if self._current_status() not in ACTIVE:
                return False
            self._status, self._answer = status, None
            self.ended_ms = self._now_ms()
        for _ in range(_PATIENCE):
            if self._interrupted() or self._over.wait(_POLL_S):
                break
        return True

    def _outcome(self) -> tuple[QueryStatus, QueryResults | None]:
        if self._current_status() in ACTIVE and self._age_ms() > LONGEST_MS:
            self.stop(QueryStatus.TIMEOUT)
        with self._lock:
            return self._current_status(), self._answer

    def _current_status(self) -> QueryStatus:
        if self._status in (QueryStatus.COMPLETE, QueryStatus.FAILED):
            return QueryStatus.RUNNING if self._age_ms() < SHORTEST_MS else self._status
        return self._status

    def _age_ms(self) -> int:
        return self._now_ms() - self.created_ms

    def _worked(
        self, reading: Callable[[], AbstractContextManager[Reader]]
    ) -> QueryResults:
        with reading() as reader:
            with self._lock:
                if self._status is not QueryStatus.SCHEDULED:
                    raise QueryInterruptedError
                self._status, self._reader = QueryStatus.RUNNING, reader
            try:
                return self._work(reader)
            finally:
                with self._lock:  # a reader must not be interrupted while it closes
                    self._reader = None

    def _finish(self, status: QueryStatus, answer: QueryResults | None = None) -> None:
        with self._lock:
            if self._status in ACTIVE:
                self._status, self._answer = status, answer
                self.ended_ms = self._now_ms()
        self._over.set()

    def _interrupted(self) -> bool:
        """Interrupts the reader; True if there is none any more."""
        with self._lock:
            if self._reader is not None:
                self._reader.interrupt()
            return self._reader is None
