"""Pauses between tries: exponential with jitter, and `Retry-After` obeyed."""

import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_LONGEST_S = 3600.0  # of a Retry-After; a longer one is taken for a mistake


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses: `first_s`, doubled with each failure in a row, up to `longest_s`."""

    first_s: float = 1.0
    longest_s: float = 60.0

    def pause_s(self, failures: int, jitter: float) -> float:
        """Seconds to pause after so many failures in a row.

        `jitter` (0 to 1) takes away up to half, so that many labs do not come at once.
        """
        doubled = math.ldexp(self.first_s, min(failures - 1, 60))
        return min(doubled, self.longest_s) * (1 - jitter / 2)


def retry_after_s(header: str | None, now: float) -> float:
    """Seconds that a `Retry-After` header asks for, 0 without a readable one.

    It holds seconds or an HTTP date; `now` is in seconds since the epoch.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        seconds = float(text[:9])
    else:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), _LONGEST_S)
