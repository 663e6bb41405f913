"""Forwarding by the lab: handing it the real services' keys, and what became of copies.

A key goes to the lab's process by a control call on loopback, and is in its memory
alone: never on a command line, in a file or in a log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lab_helpers.process.control import call
from lab_helpers.process.state import Running
from lab_helpers.settings import Upstream

LABELS = {"honeycomb": "Honeycomb", "rollbar": "Rollbar"}
KEYS = {"honeycomb": "HONEYCOMB_API_KEY", "rollbar": "ROLLBAR_ACCESS_TOKEN"}
KEY_REFUSED, RETRYING = "key refused", "retrying"


@dataclass(frozen=True, slots=True, repr=False)
class Forwarding:
    """Copies for one vendor's real service: its URL, counts of events, the last error.

    `state` is `forwarding`, `retrying` or `key refused`. `dropped` events found no room
    to wait, `refused` ones the service did not take; the lab itself has all of them.
    """

    vendor: str
    endpoint: str
    state: str
    forwarded: int
    waiting: int
    dropped: int
    refused: int
    last_error: str

    @property
    def note(self) -> str:
        """A sentence on what is wrong and what to do, empty when nothing is."""
        label = LABELS[self.vendor]
        if self.state == KEY_REFUSED:
            return (
                f"{label} refused the key ({self.last_error}), so no copy is sent "
                f"until you set another {KEYS[self.vendor]} and start again; the lab "
                "itself has everything."
            )
        if self.state == RETRYING:
            return (
                f"{self.endpoint} does not take copies at the moment "
                f"({self.last_error}): {_events(self.waiting)} waiting, the lab tries "
                "again by itself."
            )
        lost = self.dropped + self.refused
        if not lost:
            return ""
        return (
            f"{_events(lost)} in the lab, but not at {self.endpoint}: "
            f"{self.refused:,} refused, {self.dropped:,} dropped "
            f"({self.last_error or 'more waited than the lab keeps'})."
        )

    def __repr__(self) -> str:
        error = f"; last error: {self.last_error}" if self.last_error else ""
        return (
            f"{self.forwarded:,} forwarded, {self.waiting:,} waiting, "
            f"{self.dropped:,} dropped, {self.refused:,} refused{error}"
        )


def hand_over(running: Running, upstreams: Mapping[str, Upstream]) -> None:
    """Tells the lab where copies go, and with which keys; nowhere without upstreams."""
    body = {
        vendor: {"endpoint": upstream.endpoint, "key": upstream.key}
        for vendor, upstream in upstreams.items()
    }
    call(running, "POST", "/forwarding", body=body)


def forwarding_of(running: Running) -> tuple[Forwarding, ...]:
    """What became of the copies, for each vendor that the lab forwards; or LabError."""
    health = cast("dict[str, Any]", call(running, "GET", "/health"))
    return tuple(
        Forwarding(vendor=vendor, **one) for vendor, one in health["forwarding"].items()
    )


def _events(count: int) -> str:
    return "1 event is" if count == 1 else f"{count:,} events are"
