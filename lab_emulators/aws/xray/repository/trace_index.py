"""Traces: their documents durable in the store, what is derived of each in memory.

Memory is bounded by `Bounds`: the text of that many documents, what was derived from
their traces, and the parsed form of the few that were touched last (`shelf`).
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from typing import Any, Generic, TypeVar

from lab_emulators.aws.xray.fast_validation import Admitted
from lab_emulators.aws.xray.model import Trace
from lab_emulators.aws.xray.repository.document_cache import Shelf
from lab_emulators.aws.xray.repository.document_journal import Bounds, Entry, Journal
from lab_emulators.store import Store

T = TypeVar("T")


class Derived(Generic[T]):
    """A value for each trace, computed again only when the trace was touched."""

    def __init__(self, archive: "Archive", function: Callable[[Trace], T]) -> None:
        self._archive = archive
        self.function = function
        self._values: dict[str, T] = {}

    def values(self) -> Mapping[str, T]:
        """Trace id → value, brought up to date; a snapshot nobody changes.

        A value that is the same object as before belongs to an untouched trace.
        """
        with self._archive.settled():
            return dict(self._values)

    def get(self, trace_id: str) -> T | None:
        """The value of one trace, None if the trace is unknown."""
        with self._archive.settled([trace_id]):
            return self._values.get(trace_id)

    def touch(self, trace: Trace) -> None:
        """Compute the value of a trace anew."""
        self._values[trace.id] = self.function(trace)

    def drop(self, trace_id: str) -> None:
        """Forget the value of a trace that is no longer kept."""
        self._values.pop(trace_id, None)


class Archive:
    """Every trace; what `put` has stored when it returns survives `kill -9`.

    What is derived is brought up to date when it is asked for, or by `settle_some`:
    `touched` is set whenever there is something for it to do.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float] = time.time,
        bounds: Bounds | None = None,
    ) -> None:
        self._journal = Journal(store, bounds or Bounds())
        self._clock = clock
        self._lock = threading.RLock()
        self._shelf = Shelf()
        self._unread: Iterator[Entry] | None = None
        self._loaded = False
        self.touched = threading.Event()
        self._last = 0
        self._written: Future[None] | None = None
        self._dirty: dict[str, None] = {}
        self._derived: list[Derived[Any]] = []

    def put(self, documents: Sequence[Admitted]) -> None:
        """Keep the documents, all of them or none; store.Overloaded."""
        self.touched.set()  # before the lock: who settles in the background gives way
        with self._lock:
            self._load()
            entries = self._entries(documents)
            if entries:
                self._written = self._journal.append(entries)
                for entry in entries:
                    self._take(entry)
                self._give_up_oldest()
            written = self._written
        if written is not None:
            self._acknowledged(written)

    def trace(self, trace_id: str) -> Trace | None:
        """The trace, put together anew; None if unknown."""
        with self._lock:
            self._load()
            return self._shelf.trace(trace_id) if trace_id in self._shelf else None

    def derive(self, function: Callable[[Trace], T]) -> Derived[T]:
        """Keep `function(trace)` for every trace, from now on; once for a function."""
        with self._lock:
            for known in self._derived:
                if known.function == function:
                    return known
            derived = Derived(self, function)
            self._derived.append(derived)
            self._dirty.update(dict.fromkeys(self._shelf.trace_ids()))
            return derived

    @contextmanager
    def settled(self, traces: Sequence[str] | None = None) -> Iterator[None]:
        """Nothing changes inside, and what is derived of `traces` is up to date.

        None means all traces.
        """
        with self._lock:
            self._load()
            wanted = list(self._dirty) if traces is None else traces
            self._settle(wanted)
            yield

    def settle_some(self, traces: int = 200, documents: int = 5000) -> bool:
        """Read that many documents, or settle that many traces; whether more is left.

        Nothing is read that is in memory.
        """
        with self._lock:
            if not self._loaded and self._load(documents):
                return True
            self._settle(list(islice(self._dirty, traces)))
            return bool(self._dirty)

    @property
    def is_settled(self) -> bool:
        """Whether everything is in memory, and all that is derived up to date."""
        return self._loaded and not self._dirty

    @property
    def behind(self) -> int:
        """How many traces are to be settled, of those that are in memory."""
        return len(self._dirty)

    def empty(self, wipe: Callable[[], None]) -> None:
        """Forget all traces and what is derived of them; `wipe` empties the store."""
        with self._lock:
            wipe()
            self.reload()
            self._derived.clear()

    def reload(self) -> None:
        """Forget what is in memory; it is read from the store when next needed."""
        with self._lock:
            for trace_id in self._shelf.trace_ids():
                self._drop(trace_id)
            self._shelf.clear()
            self._journal.forget()
            self._dirty.clear()
            self._unread, self._written = None, None
            self._loaded = False
            self.touched.set()

    def _load(self, documents: int | None = None) -> bool:
        """Read what is stored, at most so many documents; whether more is left."""
        if self._loaded:
            return False
        if self._unread is None:
            self._unread = self._journal.entries()
        try:
            entries = list(islice(self._unread, documents))
        except BaseException:
            self.reload()  # half of it is worse than nothing
            raise
        for entry in entries:
            self._take(entry)
            self._last = entry[0]
        self._loaded = documents is None or len(entries) < documents
        if self._loaded:
            self._unread = None
        return not self._loaded

    def _entries(self, documents: Sequence[Admitted]) -> list[Entry]:
        """Numbered, without those in progress that are known to be complete.

        Or said here to be, by a document before.
        """
        number = max(self._last, int(self._clock() * 1e9) - 1)
        complete = set[tuple[str, str]]()
        entries: list[Entry] = []
        for text, trace_id, identity, in_progress in documents:
            if not in_progress:
                complete.add((trace_id, identity))
            elif (trace_id, identity) in complete or self._shelf.is_complete(
                trace_id, identity
            ):
                continue
            number += 1
            entries.append((number, trace_id, identity, in_progress, text))
        if entries:
            self._last = number
        return entries

    def _take(self, entry: Entry) -> None:
        self._shelf.take(entry)
        self._dirty[entry[1]] = None

    def _settle(self, trace_ids: Iterable[str]) -> None:
        for trace_id in trace_ids:
            if trace_id in self._dirty:
                if trace_id in self._shelf:
                    trace = self._shelf.trace(trace_id)
                    for derived in self._derived:
                        derived.touch(trace)
                del self._dirty[trace_id]

    def _give_up_oldest(self) -> None:
        first = self._journal.overflow()
        if first is not None:
            for trace_id in self._shelf.give_up(first):
                self._drop(trace_id)
                if trace_id in self._shelf:
                    self._dirty[trace_id] = None

    def _drop(self, trace_id: str) -> None:
        for derived in self._derived:
            derived.drop(trace_id)

    def _acknowledged(self, written: "Future[None]") -> None:
        try:
            written.result()
        except BaseException:
            self.reload()  # what was shown already is not in the store
            raise
