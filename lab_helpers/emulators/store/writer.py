"""The writer thread: everything that waits is committed together."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lab_helpers.emulators.store.batch import Batch
from lab_helpers.emulators.store.engine import Engine, Transaction
from lab_helpers.emulators.store.model import Overloaded, StoreClosed

T = TypeVar("T")

Change = Callable[[Transaction], T]


@dataclass(frozen=True, slots=True)
class Limits:
    """What may wait at once; an append alone is always taken, whatever its size."""

    pending_bytes: int = 64 * 2**20
    pending_appends: int = 4096


@dataclass(frozen=True, slots=True, eq=False)
class _Append:
    batches: Sequence[Batch]
    size: int
    done: "Future[None]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True, eq=False)
class _Command:
    change: Change[Any]
    done: "Future[Any]" = field(default_factory=Future)


class Writer:
    """Takes appends and commands from any thread, commits them in its own."""

    def __init__(self, engine: Engine, limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._changed = threading.Condition()
        self._appends: list[_Append] = []
        self._commands: list[_Command] = []
        self._bytes = 0
        self._count = 0
        self._bytes_per_s = 32e6
        self._closed = False
        self._gate = threading.Lock()
        self._thread = threading.Thread(
            target=self._work, name="store-writer", daemon=True
        )
        self._thread.start()

    def submit(self, batches: Sequence[Batch]) -> "Future[None]":
        """Queue an append; the future is done when it is durable and queryable."""
        append = _Append(batches, sum(batch.byte_size() for batch in batches))
        append.done.set_running_or_notify_cancel()  # no way back once it waits
        with self._changed:
            self._refuse_if_closed()
            if self._count and self._full(append.size):
                raise Overloaded(self._retry_after_s())
            self._appends.append(append)
            self._bytes += append.size
            self._count += 1
            self._changed.notify()
        return append.done

    def run(self, change: Change[T]) -> T:
        """Commit one change of another kind, before the appends that wait."""
        command = _Command(change)
        with self._changed:
            self._refuse_if_closed()
            self._commands.append(command)
            self._changed.notify()
        result: T = command.done.result()
        return result

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold the writer between two commits; what is submitted meanwhile waits."""
        with self._gate:
            yield

    def close(self) -> None:
        """Commit what waits, take nothing more, end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreClosed("the store is closed")

    def _full(self, size: int) -> bool:
        limits = self._limits
        return (
            self._bytes + size > limits.pending_bytes
            or self._count >= limits.pending_appends
        )

    def _retry_after_s(self) -> float:
        return min(max(self._bytes / self._bytes_per_s, 0.1), 30.0)

    def _work(self) -> None:
        while self._wait():
            self._commit_all()

    def _commit_all(self) -> None:
        with self._gate:
            commands, appends = self._take()
            for command in commands:
                self._run(command)
            if appends:
                self._commit(appends)

    def _wait(self) -> bool:
        """Wait for work; False once closed and nothing is left."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._appends or self._commands
            )
            return bool(self._appends or self._commands)

    def _take(self) -> tuple[list[_Command], list[_Append]]:
        with self._changed:
            commands, self._commands = self._commands, []
            appends, self._appends = self._appends, []
        return commands, appends

    def _run(self, command: _Command) -> None:
        try:
            command.done.set_result(self._engine.run(command.change))
        except Exception as error:  # noqa: BLE001 - it belongs to the one who waits
            command.done.set_exception(error)

    def _commit(self, appends: list[_Append]) -> None:
        started = time.perf_counter()
        outcomes = self._store(appends)
        self._release(appends, time.perf_counter() - started)
        for append, failure in zip(appends, outcomes, strict=True):
            if failure is None:
                append.done.set_result(None)
            else:
                append.done.set_exception(failure)

    def _store(self, appends: list[_Append]) -> Sequence[Exception | None]:
        """Commit the appends; for each None, or why it is not stored."""
        try:
            return self._engine.append([append.batches for append in appends])
        except Exception as error:  # noqa: BLE001 - it belongs to the ones who wait
            if len(appends) == 1:
                return [error]
        # One of them broke the commit: that must not be at its neighbors' cost.
        return [outcome for append in appends for outcome in self._store([append])]

    def _release(self, appends: list[_Append], seconds: float) -> None:
        """Make room, before the ones who wait know: they may come again at once."""
        size = sum(append.size for append in appends)
        with self._changed:
            self._bytes -= size
            self._count -= len(appends)
            self._bytes_per_s = max(size / max(seconds, 1e-6), 1e5)
