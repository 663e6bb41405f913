"""Exchanges: a request and what the app made of it."""

from __future__ import annotations

from dataclasses import dataclass

from lab_helpers.app.people import Person
from lab_helpers.history.arrivals import Request
from lab_helpers.history.rehearsal import Outcome


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its outcome.

    `person` (None: a robot) has the version of that moment; `cached` says whether a
    home feed came from the cache (None: another route); `trouble_us` is what an
    incident adds to the request's SQL statement.
    """

    request: Request
    outcome: Outcome
    person: Person | None = None
    cached: bool | None = None
    trouble_us: int = 0

    @property
    def shape(self) -> tuple[object, ...]:
        """What all exchanges share whose traces have the same spans."""
        errand, outcome = self.request.errand, self.outcome
        statements = 0 if self.cached else len(outcome.statements)
        served = outcome.status, outcome.failure, self.cached, statements
        return errand.method, errand.route, *served
