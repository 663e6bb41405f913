"""Request counts per key and operation, and the headers that tell them.

The limits are Honeycomb's documented ones. Sending events has limits of its own kind
(events, not requests), so those doors carry the headers but are never refused here.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Response

from lab_emulators.honeycomb import errors

WINDOW_S = 60
PER_MINUTE = 100
RESULTS_PER_MINUTE = 10
RELATIONAL_RESULTS_PER_MINUTE = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a key stands within one operation's window; `reset` is in seconds."""

    limit: int
    remaining: int
    reset: int
    exceeded: bool = False

    def refusal(self, now_ns: int) -> errors.ApiError:
        """The 429 that says when to try again."""
        now = datetime.fromtimestamp(now_ns // 10**9, UTC)
        when = now + timedelta(seconds=self.reset)
        detail = f"Please try again after {when:%Y-%m-%dT%H:%M:%SZ}."
        if self.limit != PER_MINUTE:
            detail = f"This endpoint allows {self.limit} requests per minute."
        return errors.rate_limited(errors.TOO_FAST, self.reset, detail)


UNTOUCHED = Standing(PER_MINUTE, PER_MINUTE, WINDOW_S)


class Limiter:
    """Counts requests in windows of a minute that start with their first request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], tuple[int, int]] = {}

    def take(self, key: str, operation: str, limit: int, now_ns: int) -> Standing:
        """Count one request of `key` to `operation`, and say where that leaves it."""
        with self._lock:
            start, used = self._windows.get((key, operation), (now_ns, 0))
            if not 0 <= now_ns - start < WINDOW_S * 10**9:
                start, used = now_ns, 0
            self._windows[key, operation] = (start, used + 1)
        reset = WINDOW_S - (now_ns - start) // 10**9
        return Standing(limit, max(0, limit - used - 1), reset, used >= limit)

    def forget(self) -> None:
        """Start every window anew."""
        with self._lock:
            self._windows.clear()


def write_headers(response: Response, standing: Standing) -> None:
    """Put both published spellings of the rate-limit headers on a response."""
    policy = f"{standing.limit};w={WINDOW_S}"
    response.headers["Ratelimit"] = (
        f"limit={standing.limit}, remaining={standing.remaining}, "
        f"reset={standing.reset}"
    )
    response.headers["RateLimitPolicy"] = policy
    response.headers["RateLimit-Policy"] = policy
