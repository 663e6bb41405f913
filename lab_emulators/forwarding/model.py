"""Values of forwarding: the upstream, a copy, and the result of sending one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Upstream:
    """The real service that copies go to: its base URL, without a path, and a key."""

    endpoint: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Copy:
    """Copy of one acknowledged request, as it came but for its key.

    `events` is how many events the lab stored of it; `failures` how often the real
    service answered it with an error of its own (5xx).
    """

    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    events: int
    failures: int = 0


class DeliveryOutcome(StrEnum):
    """Outcome of sending one copy."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """For good: a second try would be answered the same."""
    KEY_REFUSED = "key refused"
    """401: no copy will be accepted with this key."""
    FAILED = "failed"
    """For now: an answer that asks for patience, or none at all."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Result of sending one copy: the outcome, and the error in words.

    `refused` counts the events that an accepted batch's answer refuses one by one;
    `server_error` says that the failure was an answer to this copy (5xx).
    """

    outcome: DeliveryOutcome
    error: str = ""
    retry_after_s: float = 0.0
    refused: int = 0
    server_error: bool = False


class UpstreamState(StrEnum):
    """State of an upstream: copies go, wait for the next try, or for another key."""

    FORWARDING = "forwarding"
    RETRYING = "retrying"
    KEY_REFUSED = "key refused"
