"""Authorization: the access token of a request, and its scopes.

A request without a token and one with a token nobody knows get 401, a token without
the scope 403, as Rollbar's own API client tells them apart. Older pages have 403 for
unknown tokens too.
"""

from flask import g, request

from lab_emulators.contract import ROLLBAR_TOKEN_HEADER
from lab_emulators.rollbar import ratelimit
from lab_emulators.rollbar.config import Token, TokenScope
from lab_emulators.rollbar.context import config, emulator
from lab_emulators.rollbar.errors import RollbarError

PARAMETER = "access_token"

MISSING = "access token is required"
UNKNOWN = "invalid access token"


def require(scope: TokenScope, *, in_body: object = None) -> Token:
    """The current request's token, if it carries `scope`; RollbarError 401, 403, 429.

    The token is looked for in the header, then in `in_body` (the body's
    `access_token`), then in the query. Its call is counted.
    """
    token = authenticate(in_body=in_body)
    if not token.may(scope):
        has = ", ".join(sorted(token.scopes)) or "none"
        raise RollbarError(
            403,
            f"insufficient privileges: {scope} scope is required but the access token "
            f"only has {has}.",
        )
    return token


def authenticate(*, in_body: object = None) -> Token:
    """The current request's token, whatever its scopes; RollbarError 401, 429."""
    access_token = (
        request.headers.get(ROLLBAR_TOKEN_HEADER)
        or in_body
        or request.args.get(PARAMETER)
    )
    if not access_token:
        raise RollbarError(401, MISSING)
    token = config().tokens.get(access_token) if isinstance(access_token, str) else None
    if token is None:
        raise RollbarError(401, UNKNOWN)
    _charge(token)
    return token


def _charge(token: Token) -> None:
    """Counts this call; 429 when it is one too many and limits are enforced."""
    now_ns = config().clock()
    usage = ratelimit.count(emulator().limiter, token, now_ns)
    g.usage = usage, now_ns
    if usage.exceeded and config().enforce_rate_limits:
        raise RollbarError(429, ratelimit.EXCEEDED)
