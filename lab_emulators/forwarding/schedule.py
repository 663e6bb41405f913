"""Schedule of one upstream: which copy goes next and when, and what became of all.

Knows no thread, no connection and no clock: times are seconds of the caller's.
"""

from dataclasses import replace
from typing import Any

from lab_emulators.forwarding.backoff import Backoff
from lab_emulators.forwarding.model import (
    Copy,
    Delivery,
    DeliveryOutcome,
    Upstream,
    UpstreamState,
)
from lab_emulators.forwarding.outbox import Outbox, OutboxLimits

MAX_SERVER_ERRORS = 20
"""Answers 5xx to one copy, after which it is refused: it may be its own fault."""


class Schedule:
    """Copies on their way to one upstream: those that wait, and counts of events."""

    def __init__(
        self, upstream: Upstream, limits: OutboxLimits, backoff: Backoff
    ) -> None:
        self.upstream = upstream
        self.outbox = Outbox(limits)
        self.forwarded = 0
        self.refused = 0
        self.last_error = ""
        self._backoff = backoff
        self._failures = 0  # in a row
        self._not_before = 0.0
        self._key_refused = False
        self._in_flight: Copy | None = None

    @property
    def state(self) -> UpstreamState:
        """What the upstream did last."""
        if self._key_refused:
            return UpstreamState.KEY_REFUSED
        return UpstreamState.RETRYING if self._failures else UpstreamState.FORWARDING

    @property
    def waiting(self) -> int:
        """Events of copies that are neither accepted nor lost."""
        in_flight = self._in_flight.events if self._in_flight else 0
        return self.outbox.events + in_flight

    def change(self, upstream: Upstream) -> None:
        """Another key or endpoint: what waits goes there, at once."""
        if upstream != self.upstream:
            self.upstream = upstream
            self._key_refused = False
            self._failures, self._not_before = 0, 0.0

    def wait_s(self, now: float) -> float | None:
        """Seconds until the next copy may go; None while nothing is to be sent."""
        if self._key_refused or not self.outbox:
            return None
        return max(0.0, self._not_before - now)

    def take(self) -> Copy:
        """The oldest copy, which is then in flight until it is settled."""
        self._in_flight = self.outbox.take()
        return self._in_flight

    def settle(
        self, delivery: Delivery, upstream: Upstream, now: float, jitter: float
    ) -> None:
        """Counts the copy in flight, or lets it wait again; `upstream` is its own."""
        copy, self._in_flight = self._in_flight, None
        assert copy is not None
        self.last_error = delivery.error or self.last_error
        if delivery.outcome is DeliveryOutcome.ACCEPTED:
            refused = min(delivery.refused, copy.events)
            self.forwarded += copy.events - refused
            self.refused += refused
            self._failures = 0
        elif delivery.outcome is DeliveryOutcome.REFUSED:
            self.refused += copy.events
            self._failures = 0
        elif upstream != self.upstream:
            self.outbox.restore(copy)
        elif delivery.outcome is DeliveryOutcome.KEY_REFUSED:
            self.outbox.restore(copy)
            self._key_refused = True
        else:
            self._postpone(copy, delivery, now, jitter)

    def _postpone(
        self, copy: Copy, delivery: Delivery, now: float, jitter: float
    ) -> None:
        self._failures += 1
        pause_s = self._backoff.pause_s(self._failures, jitter)
        self._not_before = now + max(pause_s, delivery.retry_after_s)
        if not delivery.server_error:
            self.outbox.restore(copy)
        elif copy.failures + 1 >= MAX_SERVER_ERRORS:
            self.refused += copy.events
        else:
            # Last, not first: the others may pass where this one never does.
            self.outbox.append(replace(copy, failures=copy.failures + 1))

    def report(self) -> dict[str, Any]:
        """State, counts of events and last error, JSON-ready and without the key."""
        return {
            "endpoint": self.upstream.endpoint,
            "state": self.state.value,
            "forwarded": self.forwarded,
            "waiting": self.waiting,
            "dropped": self.outbox.dropped,
            "refused": self.refused,
            "last_error": self.last_error,
        }
