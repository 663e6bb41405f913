"""Rate limits of Rollbar's access tokens, and their headers.

The header names are those that Rollbar's own libraries read. Windows start on a whole
second, because the headers name their end in seconds.
"""

from flask import Response

from lab_emulators.rollbar.config import Token
from lab_emulators.web.ratelimit import RateLimiter, Usage

EXCEEDED = "rate limit exceeded"
HEADERS = (
    "X-Rate-Limit-Limit",
    "X-Rate-Limit-Remaining",
    "X-Rate-Limit-Reset",
    "X-Rate-Limit-Remaining-Seconds",
)


def count(limiter: RateLimiter, token: Token, now_ns: int) -> Usage:
    """Counts one call of a token within its own limit."""
    second_ns = now_ns - now_ns % 10**9
    return limiter.count(token.name, token.calls, second_ns, window_s=token.window_s)


def unused(now_ns: int) -> Usage:
    """Returns the usage of a token's first call, for answers to unknown tokens."""
    token = Token("", frozenset())
    return count(RateLimiter(token.window_s), token, now_ns)


def write_headers(response: Response, usage: Usage, now_ns: int) -> None:
    """Puts the limit, what is left of it and when it is renewed on a response."""
    reset = now_ns // 10**9 + usage.reset_s
    values = usage.limit, usage.remaining, reset, usage.reset_s
    for name, value in zip(HEADERS, values, strict=True):
        response.headers[name] = str(value)
