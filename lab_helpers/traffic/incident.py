"""Incidents of an app at a URL, started and undone over HTTP."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Self

from lab_helpers.app.incidents import CATALOG, IncidentKind
from lab_helpers.errors import SentenceError
from lab_helpers.traffic.visitors import Address
from lab_helpers.traffic.wire import ask, ensure_listening


class IncidentRefused(SentenceError, RuntimeError):  # noqa: N818  what the app answered
    """The app did not switch the incident; says what it answered."""


class Incident:
    """One incident of the app at a URL: `start()`, `undo()`, or a `with` block."""

    def __init__(self, base_url: str, kind: IncidentKind) -> None:
        self.kind = kind
        self._address = Address.of(base_url)
        self._on = False

    def start(self) -> Self:
        """Starts the incident; twice has the effect of once."""
        self._switch("PUT")
        self._on = True
        return self

    def undo(self) -> Self:
        """Undoes the incident; twice has the effect of once."""
        self._switch("DELETE")
        self._on = False
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.undo()

    def __repr__(self) -> str:
        state = "is happening" if self._on else "is not happening"
        return f"{self.kind.name} {state}: {self.kind.description}"

    def _switch(self, method: str) -> None:
        ensure_listening(self._address)
        status, body = ask(self._address, method, f"/lab/incidents/{self.kind.name}")
        if status != 200:
            raise IncidentRefused(f"the app answered {status}: {_reason(body)}")


def _reason(body: bytes) -> str:
    try:
        return str(json.loads(body)["errors"][0]["message"])
    except (ValueError, LookupError, TypeError):
        return body[:200].decode("utf-8", "replace")


def incident(base_url: str, name: str) -> Incident:
    """The incident of this name in the app at `base_url`, not started yet.

    LookupError, listing the names, if there is none of this name.
    """
    for kind in CATALOG:
        if kind.name == name:
            return Incident(base_url, kind)
    names = ", ".join(kind.name for kind in CATALOG)
    raise LookupError(f"no incident {name!r}; there are: {names}")


def incidents() -> list[IncidentKind]:
    """Every incident there is; each prints as one line."""
    return list(CATALOG)
