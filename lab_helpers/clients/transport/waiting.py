"""Waiting with a deadline, and with a progress bar once it gets long."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Protocol, Self

from tqdm.auto import tqdm

BAR_AFTER_S = 2.0


class Clock(Protocol):
    """Time that a test can make pass at once."""

    def monotonic(self) -> float:
        """Seconds from some moment on, never going back."""

    def time(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float, /) -> None:
        """Waits."""


class Wait:
    """One wait up to a deadline; a progress bar appears after two seconds of it.

    A context manager, so that the bar goes away when the wait is over.
    """

    def __init__(self, seconds: float, reason: str, clock: Clock = time) -> None:
        self.reason = reason
        self.seconds = seconds
        self._clock = clock
        self._begun = clock.monotonic()
        self._bar: Any = None

    @property
    def left_s(self) -> float:
        """Seconds until the deadline; 0 once it has passed."""
        return max(self._begun + self.seconds - self._clock.monotonic(), 0.0)

    def pause(self, seconds: float) -> bool:
        """Sleeps so long, or to the deadline; whether there is time left after it."""
        end = self._clock.monotonic() + min(seconds, self.left_s)
        while (left := end - self._clock.monotonic()) > 0:
            self._show()
            self._clock.sleep(min(left, 0.5))
        return self.left_s > 0

    def attempts(self, first_s: float, most_s: float) -> Iterator[int]:
        """Counts attempts from 1, growing pauses between them, until the deadline.

        The loop body makes one attempt and returns when it succeeded; the code after
        the loop says what was not there in time. There is always a first attempt.
        """
        pauses = backoff(first_s, most_s)
        for number in count(1):
            yield number
            if not self.pause(pauses()):
                return

    def _show(self) -> None:
        waited = self._clock.monotonic() - self._begun
        if waited < BAR_AFTER_S:
            return
        if self._bar is None:
            shape = "{desc}: {n:.0f} of at most {total:.0f} s {bar}"
            self._bar = tqdm(
                total=self.seconds, desc=self.reason, leave=False, bar_format=shape
            )
        self._bar.update(waited - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            # A notebook keeps a bar that ends early, in red: let it end here instead.
            self._bar.total = self._bar.n
            self._bar.close()


def backoff(first_s: float, most_s: float) -> Callable[[], float]:
    """A function whose calls give growing pauses: first_s, twice that, up to most_s."""
    pause = first_s / 2

    def following() -> float:
        nonlocal pause
        pause = min(pause * 2, most_s)
        return pause

    return following
