"""The applier: brings into the database what the journal has made durable.

Entries wait for more to come, because one large commit costs a fraction of many small
ones; they are applied at once when somebody waits to read them.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lab_emulators.store.durability.journal import Journal
from lab_emulators.store.durability.packing import Entry
from lab_emulators.store.durability.transactions import Transaction, Transactions
from lab_emulators.store.schema.model import (
    DiskFullError,
    OverloadedError,
    StoreClosedError,
    StoreError,
)

T = TypeVar("T")

Change = Callable[[Transaction], T]

_RETRY_S = 1.0  # after a commit that failed, unless somebody waits


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """Limits at which entries are applied: so many rows or bytes, or so old."""

    rows: int = 32_768
    bytes: int = 24 * 2**20
    age_s: float = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Pending:
    sequence: int
    entry: Entry
    size: int
    since: float


@dataclass(frozen=True, slots=True, eq=False)
class _Command:
    change: Change[Any]
    empties: bool
    done: "Future[Any]" = field(default_factory=Future)


class Applier:
    """Applies entries and runs other changes, one after the other, in its own thread.

    `changed` is notified whenever there is more or less to apply. Under the same lock,
    the writer waits on `capacity`, which is notified when entries are applied, so that
    new rows wake nobody but the writer.
    """

    def __init__(
        self,
        engine: Transactions,
        journal: Journal,
        policy: BatchPolicy,
    ) -> None:
        self.bytes_per_s = 32e6
        lock = threading.RLock()
        self.capacity = threading.Condition(lock)
        self._engine = engine
        self._journal = journal
        self._policy = policy
        self._changed = threading.Condition(lock)
        self._gate = threading.Lock()
        self._pending: list[_Pending] = []
        self._commands: list[_Command] = []
        self._bytes = self._rows = 0
        self._last = self._applied = engine.applied
        self._target = 0
        self._failures = 0
        self._failure: Exception | None = None
        self._retry_at = 0.0
        self._closed = self._ended = False
        self._thread = threading.Thread(
            target=self._work, name="store-applier", daemon=True
        )
        self._thread.start()

    @property
    def pending_bytes(self) -> int:
        """Bytes acknowledged and not yet applied."""
        return self._bytes

    def hand_over(self, sequence: int, entry: Entry, size: int) -> None:
        """Takes an entry whose record is durable."""
        with self._changed:
            now = time.monotonic()
            self._pending.append(_Pending(sequence, entry, size, now))
            self._last = sequence
            self._bytes += size
            self._rows += entry.rows
            if len(self._pending) == 1 or self._due():
                self._changed.notify_all()

    def settle(self) -> None:
        """Returns when all that was acknowledged before is applied.

        Raises StoreError if the database cannot take it, OverloadedError if for lack
        of memory, DiskFullError if of space: it is then safe in the journal.
        """
        # Two counters decide: `_applied` reaches what was last handed over before this
        # call, or `_failures` grows, which ends the wait of all callers until then.
        with self._changed:
            target, failures = self._last, self._failures
            if self._applied >= target:
                return
            self._target, self._retry_at = max(self._target, target), 0.0
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: (
                    self._applied >= target or self._failures > failures or self._ended
                )
            )
            if self._applied < target and self._ended:
                raise StoreClosedError("the store is closed")
            if self._applied < target and isinstance(self._failure, OverloadedError):
                raise OverloadedError(self._failure.retry_after_s) from self._failure
            if self._applied < target and isinstance(self._failure, DiskFullError):
                raise DiskFullError from self._failure
            if self._applied < target:
                raise StoreError(
                    f"rows that were acknowledged cannot be applied ({self._failure}); "
                    "they are safe in the journal and will be tried again"
                ) from self._failure

    def run(self, change: Change[T]) -> T:
        """Commits one change of another kind, before the entries that wait."""
        result: T = self._command(_Command(change, empties=False))
        return result

    def run_and_drop(self, change: Callable[[Transaction], None]) -> None:
        """Commits `change`, which empties the database, and drops all that waits.

        Nothing may be handed over meanwhile.
        """

        def empty(work: Transaction) -> None:
            change(work)
            work.note_applied(self._last)

        self._command(_Command(empty, empties=True))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Pauses the thread: nothing is applied meanwhile."""
        with self._gate:
            yield

    def close(self) -> None:
        """Applies what waits, as far as it can be; ends the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _command(self, command: _Command) -> Any:
        with self._changed:
            if self._closed:
                raise StoreClosedError("the store is closed")
            self._commands.append(command)
            self._changed.notify_all()
        return command.done.result()

    def _work(self) -> None:
        while self._wait():
            with self._gate:
                for command in self._take_commands():
                    self._run(command)
                if self._due():
                    self._apply(self._group())
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _wait(self) -> bool:
        """Waits for work; False once closed, with nothing left to do."""
        with self._changed:
            while not (self._commands or self._due()):
                if self._closed:
                    return False
                self._changed.wait(self._patience())
            return True

    def _due(self) -> bool:
        if not self._pending or time.monotonic() < self._retry_at:
            return False
        limits = self._policy
        return (
            self._closed
            or self._target > self._applied
            or self._rows >= limits.rows
            or self._bytes >= limits.bytes
            or self._patience() == 0
        )

    def _patience(self) -> float | None:
        """Seconds until the oldest entry is due by its age, None without entries."""
        if not self._pending:
            return None
        due = self._pending[0].since + self._policy.age_s
        return max(max(due, self._retry_at) - time.monotonic(), 0)

    def _take_commands(self) -> list[_Command]:
        with self._changed:
            commands, self._commands = self._commands, []
        return commands

    def _group(self) -> list[_Pending]:
        """The entries to apply next: one commit's worth, one alone after a failure."""
        limits, rows, size = self._policy, 0, 0
        with self._changed:
            for count, pending in enumerate(self._pending, start=1):
                rows += pending.entry.rows
                size += pending.size
                if rows >= limits.rows or size >= limits.bytes or self._failure:
                    return self._pending[:count]
            return self._pending[:]

    def _run(self, command: _Command) -> None:
        try:
            result = self._engine.run(command.change)
            if command.empties:
                self._forget()
        except Exception as error:  # noqa: BLE001 - it belongs to the one who waits
            command.done.set_exception(error)
        else:
            command.done.set_result(result)

    def _forget(self) -> None:
        with self._changed:
            self._done(self._pending[:])
        self._journal.release(self._applied)

    def _apply(self, group: list[_Pending]) -> None:
        started = time.perf_counter()
        try:
            self._engine.apply([one.entry for one in group], group[-1].sequence)
        except Exception as error:  # noqa: BLE001 - every waiting caller raises it
            self._failed(error)
            return
        seconds = time.perf_counter() - started
        with self._changed:
            size = sum(one.size for one in group)
            self.bytes_per_s = max(size / max(seconds, 1e-6), 1e5)
            self._done(group)
        self._journal.release(self._applied)

    def _done(self, group: list[_Pending]) -> None:
        del self._pending[: len(group)]
        self._bytes -= sum(one.size for one in group)
        self._rows -= sum(one.entry.rows for one in group)
        self._applied = group[-1].sequence if group else self._last
        self._failure, self._retry_at = None, 0.0
        self._changed.notify_all()
        self.capacity.notify_all()

    def _failed(self, error: Exception) -> None:
        with self._changed:
            self._failures += 1
            self._failure = error
            self._target = 0
            self._retry_at = time.monotonic() + _RETRY_S
            self._changed.notify_all()
