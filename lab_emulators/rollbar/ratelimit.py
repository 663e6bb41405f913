"""Calls counted per token and window, and the headers that tell where one stands.

The header names are those that Rollbar's own libraries read; limits belong to tokens.
"""

import threading
from dataclasses import dataclass

from flask import Response

from lab_emulators.rollbar.config import Token

EXCEEDED = "rate limit exceeded"
HEADERS = (
    "X-Rate-Limit-Limit",
    "X-Rate-Limit-Remaining",
    "X-Rate-Limit-Reset",
    "X-Rate-Limit-Remaining-Seconds",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a token stands: `reset` in seconds since the epoch, `wait` until then."""

    limit: int
    remaining: int
    reset: int
    wait: int
    exceeded: bool = False


class Limiter:
    """Counts calls in windows that start with their first call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, int]] = {}

    def take(self, token: Token, now_ns: int) -> Standing:
        """Count one call of `token`, and say where that leaves it."""
        now = now_ns // 10**9
        with self._lock:
            start, used = self._windows.get(token.name, (now, 0))
            if not 0 <= now - start < token.window_s:
                start, used = now, 0
            self._windows[token.name] = (start, used + 1)
        reset = start + token.window_s
        remaining = max(0, token.calls - used - 1)
        return Standing(
            token.calls, remaining, reset, reset - now, exceeded=used >= token.calls
        )

    def forget(self) -> None:
        """Start every window anew."""
        with self._lock:
            self._windows.clear()


def untouched(now_ns: int) -> Standing:
    """Where a token stands that nobody used, for answers to nobody in particular."""
    return Limiter().take(Token("", frozenset()), now_ns)


def write_headers(response: Response, standing: Standing) -> None:
    """Tell where the token stands."""
    values = standing.limit, standing.remaining, standing.reset, standing.wait
    for name, value in zip(HEADERS, values, strict=True):
        response.headers[name] = str(value)
