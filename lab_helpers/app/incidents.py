"""Incidents of the app, each behind one named switch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from lab_helpers.app.problems import Problem, refuse


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """An incident the app knows: name, the service it happens in, one sentence.

    `fails` tells those that make requests fail from those that make them slow.
    """

    name: str
    service: str
    description: str
    fails: bool = False

    def __repr__(self) -> str:
        return f"{self.name}: {self.description}"


CATALOG: tuple[IncidentKind, ...] = (
    IncidentKind(
        "n_plus_one",
        "feed",
        "the home feed fetches the replies of each call one by one",
    ),
    IncidentKind(
        "slow_dependency",
        "messages",
        "the message store takes 400 ms longer for 3 in 10 requests",
    ),
    IncidentKind(
        "naive_times",
        "messages",
        "one tenant's conversations come without their time zone",
        fails=True,
    ),
)

SLOW_DEPENDENCY_MS = 400.0
SLOW_DEPENDENCY_SHARE = 0.3

IMPORTED_TENANT = "breakwater"
"""Whose conversations came from another system, by an importer without time zones."""


def kind_of(name: str) -> IncidentKind:
    """The incident of this name; Problem 404 that lists the names there are."""
    for kind in CATALOG:
        if kind.name == name:
            return kind
    raise _unknown(name)


def _unknown(name: str) -> Problem:
    names = ", ".join(kind.name for kind in CATALOG)
    return refuse(404, "incident_unknown", f"No incident {name!r}; there are: {names}.")


class Switchboard:
    """The incidents that are on in this process; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: set[str] = set()
        self._listeners: list[Callable[[], None]] = []

    def on(self, name: str) -> bool:
        """True while this incident is on."""
        with self._lock:
            return name in self._on

    def switch(self, name: str, *, on: bool) -> None:
        """Starts or undoes an incident; twice has the effect of once."""
        with self._lock:
            changed = (name in self._on) != on
            (self._on.add if on else self._on.discard)(name)
        if changed:
            for listener in self._listeners:
                listener()

    def when_switched(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after every change."""
        self._listeners.append(listener)
