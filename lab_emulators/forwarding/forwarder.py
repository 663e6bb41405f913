"""The thread that sends copies, so that no request waits for the real service."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from lab_emulators.forwarding.backoff import Backoff
from lab_emulators.forwarding.model import Copy, Delivery, DeliveryOutcome, Upstream
from lab_emulators.forwarding.outbox import OutboxLimits
from lab_emulators.forwarding.schedule import Schedule

DRAIN_S = 2.0


class Sender(Protocol):
    """Sends one copy over a connection that it may keep open."""

    def send(self, upstream: Upstream, copy: Copy) -> Delivery:
        """Sends a copy; never raises for what the network or the service does."""

    def close(self) -> None:
        """Closes the connection."""


class CopyForwarder:
    """Forwards copies to the upstream that is set; without one it does nothing."""

    def __init__(
        self,
        new_sender: Callable[[], Sender],
        *,
        limits: OutboxLimits | None = None,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._new_sender = new_sender
        self._limits = limits or OutboxLimits()
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._lock = threading.Lock()
        self._worker: _Worker | None = None

    @property
    def active(self) -> bool:
        """True while an upstream is set."""
        return self._worker is not None

    def connect(self, upstream: Upstream | None) -> None:
        """Sets the upstream; None ends forwarding, and what waits is forgotten."""
        with self._lock:
            if upstream is not None and self._worker is not None:
                self._worker.change(upstream)
                return
            if self._worker is not None:
                self._worker.abandon()
            self._worker = self._started(upstream) if upstream else None

    def submit(self, copy: Copy) -> None:
        """Lets a copy wait to be sent; returns at once, whatever the service does."""
        worker = self._worker
        if worker is not None:
            worker.submit(copy)

    def report(self) -> dict[str, Any] | None:
        """State, counts and last error, JSON-ready; None without an upstream."""
        worker = self._worker
        return worker.report() if worker is not None else None

    def close(self, drain_s: float = DRAIN_S) -> None:
        """Ends forwarding; what waits may still go if the service takes it in time."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.drain(drain_s)

    def _started(self, upstream: Upstream) -> "_Worker":
        schedule = Schedule(upstream, self._limits, self._backoff)
        return _Worker(schedule, self._new_sender, self._clock)


class _Worker:
    """The thread of one upstream, and the lock around its schedule."""

    def __init__(
        self,
        schedule: Schedule,
        new_sender: Callable[[], Sender],
        clock: Callable[[], float],
    ) -> None:
        self._schedule = schedule
        self._new_sender = new_sender
        self._clock = clock
        self._changed = threading.Condition()
        self._draining = self._abandoned = False
        self._thread = threading.Thread(target=self._run, name="copies", daemon=True)
        self._thread.start()

    def change(self, upstream: Upstream) -> None:
        with self._changed:
            self._schedule.change(upstream)
            self._changed.notify()

    def submit(self, copy: Copy) -> None:
        with self._changed:
            self._schedule.outbox.append(copy)
            self._changed.notify()

    def report(self) -> dict[str, Any]:
        with self._changed:
            return self._schedule.report()

    def abandon(self) -> None:
        with self._changed:
            self._abandoned = True
            self._changed.notify()

    def drain(self, seconds: float) -> None:
        with self._changed:
            self._draining = True
            self._changed.notify()
        self._thread.join(seconds)
        self.abandon()

    def _run(self) -> None:
        sender = self._new_sender()
        while (job := self._next()) is not None:
            upstream, copy = job
            delivery = _delivery_of(sender, upstream, copy)
            with self._changed:
                self._schedule.settle(
                    delivery, upstream, self._clock(), random.random()
                )
        sender.close()

    def _next(self) -> tuple[Upstream, Copy] | None:
        """The next copy and its upstream, once it may go; None when the thread ends."""
        with self._changed:
            while not self._abandoned:
                wait_s = self._schedule.wait_s(self._clock())
                if wait_s == 0:
                    return self._schedule.upstream, self._schedule.take()
                if self._draining:
                    return None
                self._changed.wait(wait_s)
        return None


def _delivery_of(sender: Sender, upstream: Upstream, copy: Copy) -> Delivery:
    """The delivery of a copy; a defect of the sender counts as a refusal of it."""
    # Without this thread all later copies would wait for ever; tried again, this one
    # would meet the same defect. The error's text could hold a key.
    try:
        return sender.send(upstream, copy)
    except Exception as defect:  # noqa: BLE001 - whatever it is
        return Delivery(DeliveryOutcome.REFUSED, f"not sent ({type(defect).__name__})")
