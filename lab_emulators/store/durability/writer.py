"""The writer thread: everything that waits goes into the journal together."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lab_emulators.store.durability.applier import Applier, Change
from lab_emulators.store.durability.journal import Journal
from lab_emulators.store.durability.packing import Entry, pack, plain
from lab_emulators.store.durability.transactions import Transactions
from lab_emulators.store.schema.batch import Batch
from lab_emulators.store.schema.model import (
    DiskFullError,
    OverloadedError,
    StoreClosedError,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of waiting appends; one alone is always taken, whatever its size.

    `pending_bytes` and `pending_appends` wait for the journal; beyond `behind_bytes`
    between journal and database, they wait for the database too.
    """

    pending_bytes: int = 64 * 2**20
    pending_appends: int = 4096
    behind_bytes: int = 64 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class _Append:
    batches: Sequence[Batch]
    size: int
    done: "Future[None]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True, eq=False)
class _Command:
    act: Callable[[], Any]
    done: "Future[Any]" = field(default_factory=Future)


class Writer:
    """Takes appends and commands from any thread, and does them in its own.

    An append is checked against the catalog as it will be once all before it is
    applied, written to the journal, answered, and handed to the applier.
    """

    def __init__(
        self,
        engine: Transactions,
        journal: Journal,
        applier: Applier,
        limits: Limits,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._applier = applier
        self._limits = limits
        self._changed = applier.capacity
        self._planned = engine.catalog
        self._appends: list[_Append] = []
        self._commands: list[_Command] = []
        self._bytes = 0
        self._count = 0
        self._closed = False
        self._gate = threading.Lock()
        self._thread = threading.Thread(
            target=self._work, name="store-writer", daemon=True
        )
        self._thread.start()

    def submit(self, batches: Sequence[Batch]) -> "Future[None]":
        """Queues an append; the future is done when it is durable."""
        append = _Append(batches, sum(batch.byte_size() for batch in batches))
        append.done.set_running_or_notify_cancel()  # no way back once it waits
        with self._changed:
            self._refuse_if_closed()
            if self._count and self._full(append.size):
                raise OverloadedError(self._retry_after_s())
            self._appends.append(append)
            self._bytes += append.size
            self._count += 1
            self._changed.notify_all()
        return append.done

    def change_catalog(self, change: Change[T]) -> T:
        """Commits a change of the catalog once every acknowledged append is applied."""

        def act() -> T:
            self._applier.settle()
            return self._applier.run(change)

        return self._command(act)

    def empty(self, change: Change[None]) -> None:
        """Commits `change`, which empties the database; drops what is not applied."""
        self._command(lambda: self._applier.run_and_drop(change))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pauses the writer: nothing is acknowledged, what is submitted waits."""
        with self._gate:
            yield

    def close(self) -> None:
        """Writes what waits to the journal, takes nothing more, ends the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _command(self, act: Callable[[], T]) -> T:
        command = _Command(act)
        with self._changed:
            self._refuse_if_closed()
            self._commands.append(command)
            self._changed.notify_all()
        result: T = command.done.result()
        return result

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreClosedError("the store is closed")

    def _full(self, size: int) -> bool:
        limits = self._limits
        return (
            self._bytes + size > limits.pending_bytes
            or self._count >= limits.pending_appends
        )

    def _retry_after_s(self) -> float:
        waiting = self._bytes + self._applier.pending_bytes
        return min(max(waiting / self._applier.bytes_per_s, 0.1), 30.0)

    def _work(self) -> None:
        while self._wait():
            with self._gate:
                commands, appends = self._take()
                for command in commands:
                    self._run(command)
                if appends:
                    self._acknowledge(appends)

    def _wait(self) -> bool:
        """Waits for work; False once closed and nothing is left."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or self._commands or self._ready()
            )
            return bool(self._appends or self._commands)

    def _ready(self) -> bool:
        """True if appends wait and the applier is not too far behind for them."""
        return bool(self._appends) and self._has_capacity()

    def _has_capacity(self) -> bool:
        return self._applier.pending_bytes < self._limits.behind_bytes or self._closed

    def _take(self) -> tuple[list[_Command], list[_Append]]:
        with self._changed:
            commands, self._commands = self._commands, []
            appends: list[_Append] = []
            if self._has_capacity():
                appends, self._appends = self._appends, []
        return commands, appends

    def _run(self, command: _Command) -> None:
        try:
            result = command.act()
        except Exception as error:  # noqa: BLE001 - it belongs to the one who waits
            command.done.set_exception(error)
        else:
            self._planned = self._engine.catalog
            command.done.set_result(result)

    def _acknowledge(self, appends: list[_Append]) -> None:
        outcomes = self._write(appends)
        self._release(appends)
        for append, failure in zip(appends, outcomes, strict=True):
            if failure is None:
                append.done.set_result(None)
            else:
                append.done.set_exception(failure)

    def _write(self, appends: list[_Append]) -> list[Exception | None]:
        """Writes the appends as one record; returns for each None or its error."""
        catalog, taken, size = self._planned, list[Batch](), 0
        outcomes: list[Exception | None] = []
        for append in appends:
            try:
                batches = [plain(batch) for batch in append.batches if len(batch)]
                catalog = self._engine.plan(catalog, batches)
            except Exception as error:  # noqa: BLE001 - must not be at its neighbors' cost
                outcomes.append(error)
            else:
                taken += batches
                size += append.size
                outcomes.append(None)
        try:
            if taken:
                self._keep(Entry(self._engine.now_ns(), taken), size)
        except Exception as error:  # noqa: BLE001 - nothing of it was written
            failure = DiskFullError.of(error) or error
            return [outcome or failure for outcome in outcomes]
        self._planned = catalog
        return outcomes

    def _keep(self, entry: Entry, size: int) -> None:
        """Writes the entry to the journal and hands it to the applier."""
        sequence = self._journal.write(pack(entry))
        self._applier.hand_over(sequence, entry, size)

    def _release(self, appends: list[_Append]) -> None:
        """Frees capacity before callers are answered: they may append again at once."""
        with self._changed:
            self._bytes -= sum(append.size for append in appends)
            self._count -= len(appends)
