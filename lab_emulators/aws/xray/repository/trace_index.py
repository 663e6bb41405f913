"""The index of traces: documents durable in the store, derived values in memory.

Memory is bounded by `Bounds`: the text of that many documents, the values derived from
their traces, and the parsed form of the few that were touched last.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from typing import Any, Generic, TypeVar

from lab_emulators.aws.xray.fast_validation import ValidDocument
from lab_emulators.aws.xray.model import Trace
from lab_emulators.aws.xray.repository.document_cache import DocumentCache
from lab_emulators.aws.xray.repository.document_journal import (
    Bounds,
    DocumentJournal,
    Entry,
)
from lab_emulators.store import Store

T = TypeVar("T")


class DerivedValues(Generic[T]):
    """A value for each trace, computed again only when the trace was touched."""

    def __init__(
        self, trace_index: "TraceIndex", function: Callable[[Trace], T]
    ) -> None:
        self._traces = trace_index
        self.function = function
        self._values: dict[str, T] = {}

    def values(self) -> Mapping[str, T]:
        """Trace id → value, brought up to date; a snapshot that never changes.

        A value that is the same object as before belongs to an untouched trace.
        """
        with self._traces.settled():
            return dict(self._values)

    def get(self, trace_id: str) -> T | None:
        """The value of one trace, None if the trace is unknown."""
        with self._traces.settled([trace_id]):
            return self._values.get(trace_id)

    def touch(self, trace: Trace) -> None:
        """Computes the value of a trace again."""
        self._values[trace.id] = self.function(trace)

    def drop(self, trace_id: str) -> None:
        """Forgets the value of a trace that was dropped."""
        self._values.pop(trace_id, None)


class TraceIndex:
    """All traces; documents that `put` has stored when it returns survive `kill -9`.

    Derived values are brought up to date when they are read, or by `settle_some`:
    `touched` is set whenever there is work for it.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.time,
        bounds: Bounds | None = None,
    ) -> None:
        self._journal = DocumentJournal(store, bounds or Bounds())
        self._clock = clock
        self._lock = threading.RLock()
        self._cache = DocumentCache()
        self._unread: Iterator[Entry] | None = None
        self._loaded = False
        self.touched = threading.Event()
        self._last = 0
        self._written: Future[None] | None = None
        self._dirty: dict[str, None] = {}
        self._derived: list[DerivedValues[Any]] = []

    def put(self, documents: Sequence[ValidDocument]) -> None:
        """Stores the documents, all of them or none; store.OverloadedError."""
        self.touched.set()  # before the lock: the background thread gives way
        with self._lock:
            self._load()
            entries = self._entries(documents)
            if entries:
                self._written = self._journal.append(entries)
                for entry in entries:
                    self._add(entry)
                self._drop_oldest()
            written = self._written
        if written is not None:
            self._acknowledged(written)

    def trace(self, trace_id: str) -> Trace | None:
        """The trace, assembled again; None if unknown."""
        with self._lock:
            self._load()
            return self._cache.trace(trace_id) if trace_id in self._cache else None

    def derive(self, function: Callable[[Trace], T]) -> DerivedValues[T]:
        """`function(trace)` of every trace, from now on; one object for a function."""
        with self._lock:
            for known in self._derived:
                if known.function == function:
                    return known
            derived = DerivedValues(self, function)
            self._derived.append(derived)
            self._dirty.update(dict.fromkeys(self._cache.trace_ids()))
            return derived

    @contextmanager
    def settled(self, traces: Sequence[str] | None = None) -> Iterator[None]:
        """A block in which nothing changes, and the values of `traces` are up to date.

        None means all traces.
        """
        with self._lock:
            self._load()
            self._settle(list(self._dirty) if traces is None else traces)
            yield

    def settle_some(self, traces: int = 200, documents: int = 5000) -> bool:
        """Reads some documents, or settles some traces; whether more is left.

        Documents that are in memory are not read again.
        """
        with self._lock:
            if not self._loaded and self._load(documents):
                return True
            self._settle(list(islice(self._dirty, traces)))
            return bool(self._dirty)

    @property
    def is_settled(self) -> bool:
        """Tells whether all documents are in memory, and all values up to date."""
        return self._loaded and not self._dirty

    @property
    def behind(self) -> int:
        """Count of the traces in memory whose values are not up to date."""
        return len(self._dirty)

    def empty(self, wipe: Callable[[], None]) -> None:
        """Forgets all traces and their values; `wipe` empties the store."""
        with self._lock:
            wipe()
            self.reload()
            self._derived.clear()

    def reload(self) -> None:
        """Forgets what is in memory; the next reader loads it from the store."""
        with self._lock:
            for trace_id in self._cache.trace_ids():
                self._drop(trace_id)
            self._cache.clear()
            self._journal.forget()
            self._dirty.clear()
            self._unread, self._written = None, None
            self._loaded = False
            self.touched.set()

    def _load(self, documents: int | None = None) -> bool:
        """Loads documents from the store, at most so many; whether more is left."""
        if self._loaded:
            return False
        if self._unread is None:
            self._unread = self._journal.entries()
        try:
            entries = list(islice(self._unread, documents))
        except BaseException:
            self.reload()  # half of the traces would be worse than none
            raise
        for entry in entries:
            self._add(entry)
            self._last = entry[0]
        self._loaded = documents is None or len(entries) < documents
        if self._loaded:
            self._unread = None
        return not self._loaded

    def _entries(self, documents: Sequence[ValidDocument]) -> list[Entry]:
        """Numbered entries, without segments in progress that are complete already.

        They may be complete in the cache, or by an earlier one of these documents.
        """
        number = max(self._last, int(self._clock() * 1e9) - 1)
        complete = set[tuple[str, str]]()
        entries: list[Entry] = []
        for text, trace_id, identity, in_progress in documents:
            if not in_progress:
                complete.add((trace_id, identity))
            elif (trace_id, identity) in complete or self._cache.is_complete(
                trace_id, identity
            ):
                continue
            number += 1
            entries.append((number, trace_id, identity, in_progress, text))
        if entries:
            self._last = number
        return entries

    def _add(self, entry: Entry) -> None:
        self._cache.add(entry)
        self._dirty[entry[1]] = None

    def _settle(self, trace_ids: Iterable[str]) -> None:
        for trace_id in trace_ids:
            if trace_id in self._dirty:
                if trace_id in self._cache:
                    trace = self._cache.trace(trace_id)
                    for derived in self._derived:
                        derived.touch(trace)
                del self._dirty[trace_id]

    def _drop_oldest(self) -> None:
        first = self._journal.overflow()
        if first is not None:
            for trace_id in self._cache.drop_before(first):
                self._drop(trace_id)
                if trace_id in self._cache:
                    self._dirty[trace_id] = None

    def _drop(self, trace_id: str) -> None:
        for derived in self._derived:
            derived.drop(trace_id)

    def _acknowledged(self, written: "Future[None]") -> None:
        try:
            written.result()
        except BaseException:
            self.reload()  # traces in memory are not in the store
            raise
