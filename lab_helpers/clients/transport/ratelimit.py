"""Seconds to wait before the next request, read from an answer's headers."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST_S = 300.0
"""No header makes a client wait longer than this before it tries again."""


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait by `Retry-After` (RFC 9110: seconds or a date), or None."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_S)


def reset(headers: Mapping[str, str]) -> float | None:
    """Seconds to the reset if `RateLimit` says that no request remains, or None.

    The header reads `limit=100, remaining=50, reset=60` (Honeycomb's API reference). It
    also comes where no limit is enforced, so only a 429 makes it a reason to wait.
    """
    numbers = dict(re.findall(r"(\w+)\s*=\s*(\d+)", headers.get("RateLimit", "")))
    if numbers.get("remaining") != "0" or "reset" not in numbers:
        return None
    return min(float(numbers["reset"]), LONGEST_S)


def remaining_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds by `X-Rate-Limit-Remaining-Seconds`, or None.

    Rollbar's own clients read this header when an answer is 429.
    """
    value = headers.get("X-Rate-Limit-Remaining-Seconds", "").strip()
    return min(float(value), LONGEST_S) if value.isdecimal() else None
