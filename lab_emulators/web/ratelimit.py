"""Calls counted in windows of time that start with their first call."""

import threading
from collections.abc import Hashable
from dataclasses import dataclass

_NS = 10**9


@dataclass(frozen=True, slots=True)
class Usage:
    """Use of a limit within a window that ends in `reset_s` seconds."""

    limit: int
    remaining: int
    reset_s: int
    exceeded: bool = False


class RateLimiter:
    """Counts calls by key; a limit that is exceeded is the caller's to enforce."""

    def __init__(self, window_s: int) -> None:
        self.window_s = window_s
        self._lock = threading.Lock()
        self._windows: dict[Hashable, tuple[int, int]] = {}

    def count(
        self, key: Hashable, limit: int, now_ns: int, *, window_s: int | None = None
    ) -> Usage:
        """Counts one call and returns what is left of `limit`.

        `window_s` is for a key whose window has a length of its own.
        """
        length_s = self.window_s if window_s is None else window_s
        with self._lock:
            start_ns, used = self._windows.get(key, (now_ns, 0))
            if not 0 <= now_ns - start_ns < length_s * _NS:
                start_ns, used = now_ns, 0
            self._windows[key] = (start_ns, used + 1)
        reset_s = length_s - (now_ns - start_ns) // _NS
        return Usage(limit, max(0, limit - used - 1), reset_s, used >= limit)

    def forget(self) -> None:
        """Starts every window anew."""
        with self._lock:
            self._windows.clear()
