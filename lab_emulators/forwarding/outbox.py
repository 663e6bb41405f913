"""Copies that wait, bounded by number and bytes; the oldest goes, or is dropped."""

from collections import deque
from dataclasses import dataclass

from lab_emulators.forwarding.model import Copy


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """Bounds of an outbox: how many copies, and how many bytes of bodies, may wait."""

    copies: int = 10_000
    body_bytes: int = 128 * 2**20  # a day of 100,000 spans fits, whatever the uplink


class Outbox:
    """Queue of copies; `events` and `body_bytes` are of what is in it.

    `dropped` counts the events of copies that its limits left no room for.
    """

    def __init__(self, limits: OutboxLimits) -> None:
        self._limits = limits
        self._copies: deque[Copy] = deque()
        self.events = 0
        self.body_bytes = 0
        self.dropped = 0

    def append(self, copy: Copy) -> None:
        """Adds a copy, the newest; drops the oldest ones where there is no room."""
        self._copies.append(copy)
        self._count(copy, 1)
        while self._is_over():
            self.dropped += self.take().events

    def restore(self, copy: Copy) -> None:
        """Puts a copy back as the oldest; drops it if newer ones took its room."""
        self._copies.appendleft(copy)
        self._count(copy, 1)
        if self._is_over():
            self.dropped += self.take().events

    def take(self) -> Copy:
        """Removes and returns the oldest copy; IndexError when there is none."""
        copy = self._copies.popleft()
        self._count(copy, -1)
        return copy

    def __len__(self) -> int:
        return len(self._copies)

    def _count(self, copy: Copy, sign: int) -> None:
        self.events += sign * copy.events
        self.body_bytes += sign * len(copy.body)

    def _is_over(self) -> bool:
        limits = self._limits
        too_many = len(self._copies) > limits.copies
        return too_many or self.body_bytes > limits.body_bytes
