"""Traces: their documents durable in the store, what is derived of each in memory.

Memory is bounded by `Bounds`: the text of that many documents, what was derived from
their traces, and the parsed form of the few that were touched last (`shelf`).
"""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from lab_helpers.emulators.aws.xray.journal import Bounds, Entry, Journal
from lab_helpers.emulators.aws.xray.model import Segment, Trace
from lab_helpers.emulators.aws.xray.shelf import Shelf
from lab_helpers.emulators.store import Store

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
        with self._archive.settled():
            return self._values.get(trace_id)

    def touch(self, trace: Trace) -> None:
        """Compute the value of a trace anew."""
        self._values[trace.id] = self.function(trace)

    def drop(self, trace_id: str) -> None:
        """Forget the value of a trace that is no longer kept."""
        self._values.pop(trace_id, None)


class Archive:
    """Every trace; what `put` has stored when it returns survives `kill -9`."""

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
        self._loaded = False
        self._last = 0
        self._written: Future[None] | None = None
        self._dirty: dict[str, None] = {}
        self._derived: list[Derived[Any]] = []

    def put(self, documents: Sequence[tuple[str, Segment]]) -> None:
        """Keep (text, segment) pairs, all of them or none; store.Overloaded.

        What is derived is computed while the disk works.
        """
        with self._lock:
            self._load()
            fresh = list(self._fresh(documents))
            if fresh:
                entries = [self._entry(*pair) for pair in fresh]
                self._written = self._journal.append(entries)
                for entry, (_, segment) in zip(entries, fresh, strict=True):
                    self._take(entry, segment)
                self._settle()
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
    def settled(self) -> Iterator[None]:
        """Nothing changes inside, and every derived value is up to date."""
        with self._lock:
            self._load()
            self._settle()
            yield

    def settle_some(self, traces: int = 200) -> bool:
        """Bring that many traces up to date; whether others are left."""
        with self._lock:
            self._load()
            self._settle(traces)
            return bool(self._dirty)

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
            self._loaded, self._written = False, None

    def _load(self) -> None:
        if not self._loaded:
            for entry in self._journal.entries():
                self._take(entry, None)
                self._last = entry[0]
            self._loaded = True

    def _fresh(
        self, documents: Sequence[tuple[str, Segment]]
    ) -> Iterator[tuple[str, Segment]]:
        """Without those in progress that are known, or said here, to be complete."""
        complete = set[tuple[str, str]]()
        for text, segment in documents:
            key = segment.trace_id, segment.id
            if not segment.in_progress:
                complete.add(key)
            elif key in complete or self._shelf.outdated(segment):
                continue
            yield text, segment

    def _entry(self, text: str, segment: Segment) -> Entry:
        self._last = max(self._last + 1, int(self._clock() * 1e9))
        return self._last, segment.trace_id, segment.id, segment.in_progress, text

    def _take(self, entry: Entry, segment: Segment | None) -> None:
        self._shelf.take(entry, segment)
        self._dirty[entry[1]] = None

    def _settle(self, traces: float = math.inf) -> None:
        while self._dirty and traces > 0:
            traces -= 1
            trace_id = next(iter(self._dirty))
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
