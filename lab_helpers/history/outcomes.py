"""Outcomes: what the app makes of each request, as incidents and deploys change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lab_helpers.app.incidents import (
    CATALOG,
    SLOW_DEPENDENCY_MS,
    SLOW_DEPENDENCY_SHARE,
    IncidentKind,
)
from lab_helpers.app.people import person_of
from lab_helpers.history.arrivals import Request, second_attempt
from lab_helpers.history.exchanges import Exchange
from lab_helpers.history.incidents import Deploy, Incident, version_at
from lab_helpers.history.operations import operation_of
from lab_helpers.history.randomness import Choices, key_of
from lab_helpers.history.rehearsal import rehearsal
from lab_helpers.history.rhythm import DAY_US

_KINDS: dict[str, IncidentKind] = {kind.name: kind for kind in CATALOG}
_SLOW = "slow_dependency"


def outcomes(
    seed: int,
    requests: Sequence[Request],
    incidents: Sequence[Incident] = (),
    deploys: Sequence[Deploy] = (),
) -> list[Exchange]:
    """The requests with their outcomes, in order of time, second attempts among them.

    Every home feed is fetched, as if there were no cache.
    """

    def served(request: Request) -> Exchange:
        hits = [i for i in incidents if i.hits(seed, request.number, request.at_us)]
        return _exchange(seed, request, [incident.name for incident in hits], deploys)

    first = [served(request) for request in requests]
    again = [served(request) for request in _second_attempts(seed, first)]
    return sorted(first + again, key=lambda each: each.request.order)


def _second_attempts(seed: int, first: Sequence[Exchange]) -> Iterator[Request]:
    """One more for each that failed, unless the day is over by then."""
    for exchange in first:
        if exchange.outcome.status >= 500:
            request = second_attempt(seed, exchange.request)
            if request.at_us < DAY_US:
                yield request


def _exchange(
    seed: int, request: Request, hits: Sequence[str], deploys: Sequence[Deploy]
) -> Exchange:
    service = operation_of(request.errand).service
    here = [name for name in hits if _KINDS[name].service == service]
    person = person_of(request.user)
    if person is not None:
        version = version_at(deploys, request.at_us, person.app_version)
        person = replace(person, app_version=version)
    incident = next((name for name in here if name != _SLOW), "")
    return Exchange(
        request,
        rehearsal(incident).outcome(request.user, request.errand),
        person,
        cached=False if request.errand.route == "/api/feed/home" else None,
        trouble_us=_trouble_us(seed, request.number) if _SLOW in here else 0,
    )


def _trouble_us(seed: int, number: int) -> int:
    """What a slow message store adds to its statement: now and then a lot."""
    chance = Choices(key_of(seed, _SLOW, number)).random()
    return round(SLOW_DEPENDENCY_MS * 1000) if chance < SLOW_DEPENDENCY_SHARE else 0
