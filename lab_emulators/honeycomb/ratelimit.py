"""Rate limits of Honeycomb's API, per key and operation, and their headers.

The limits are Honeycomb's documented ones. Sending events has limits of its own kind
(events, not requests), so those paths carry the headers but are never refused here.
"""

from datetime import UTC, datetime, timedelta

from flask import Response

from lab_emulators.honeycomb import errors
from lab_emulators.web.ratelimit import Usage

WINDOW_S = 60
PER_MINUTE = 100
RESULTS_PER_MINUTE = 10
RELATIONAL_RESULTS_PER_MINUTE = 1

UNUSED = Usage(PER_MINUTE, PER_MINUTE, WINDOW_S)


def refusal(usage: Usage, now_ns: int) -> errors.HoneycombError:
    """Returns the 429 that says when to try again."""
    now = datetime.fromtimestamp(now_ns // 10**9, UTC)
    when = now + timedelta(seconds=usage.reset_s)
    detail = f"Please try again after {when:%Y-%m-%dT%H:%M:%SZ}."
    if usage.limit != PER_MINUTE:
        detail = f"This endpoint allows {usage.limit} requests per minute."
    return errors.rate_limited(errors.TOO_FAST, usage.reset_s, detail)


def write_headers(response: Response, usage: Usage) -> None:
    """Puts both published spellings of the rate-limit headers on a response."""
    policy = f"{usage.limit};w={WINDOW_S}"
    response.headers["Ratelimit"] = (
        f"limit={usage.limit}, remaining={usage.remaining}, reset={usage.reset_s}"
    )
    response.headers["RateLimitPolicy"] = policy
    response.headers["RateLimit-Policy"] = policy
