"""Configuration of one emulated Rollbar: its tokens, names, limits and clock."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from lab_emulators import contract


class TokenScope(StrEnum):
    """Scopes of project access tokens; a new project has one token of each."""

    POST_SERVER_ITEM = "post_server_item"
    POST_CLIENT_ITEM = "post_client_item"
    READ = "read"
    WRITE = "write"


LAB_TOKENS: Mapping[TokenScope, str] = MappingProxyType(
    {
        TokenScope.POST_SERVER_ITEM: contract.ROLLBAR_POST_SERVER_TOKEN,
        TokenScope.POST_CLIENT_ITEM: contract.ROLLBAR_POST_CLIENT_TOKEN,
        TokenScope.READ: contract.ROLLBAR_READ_TOKEN,
        TokenScope.WRITE: contract.ROLLBAR_WRITE_TOKEN,
    }
)
"""The tokens of the lab's own project, one for each scope."""


DEFAULT_WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Token:
    """One access token: its name and scopes, and how many calls a window may have.

    The default limit is the published one, 5,000 calls a minute.
    """

    name: str
    scopes: frozenset[TokenScope]
    window_s: int = DEFAULT_WINDOW_S
    calls: int = 5_000

    def may(self, scope: TokenScope) -> bool:
        """Says whether this token carries `scope`."""
        return scope in self.scopes


def lab_tokens() -> dict[str, Token]:
    """The tokens of the lab's project, by their text."""
    return {
        text: Token(scope.value, frozenset({scope}))
        for scope, text in LAB_TOKENS.items()
    }


MAX_BODY = 1024 * 1024
"""Bytes of a request's body: a megabyte in fact, whatever the older pages say
(Rollbar's own answer in the tracker of rollbar-php, number 38)."""


@dataclass(frozen=True, slots=True)
class RollbarConfig:
    """Everything that may differ between two emulated Rollbars.

    `clock` returns nanoseconds since the epoch. Without `enforce_rate_limits` calls
    are counted and their headers written, but none is refused.
    """

    tokens: Mapping[str, Token] = field(default_factory=lab_tokens)
    project_id: int = 7321
    project_name: str = "kittiwake"
    clock: Callable[[], int] = time.time_ns
    max_body: int = MAX_BODY
    enforce_rate_limits: bool = False
