"""Facts about the request being served, to be recorded as attributes or fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from flask import g, has_app_context

from lab_helpers.app.people import Person

FACTS_HEADER = "X-Kittiwake-Facts"
"""Response header: what the service found out, as one JSON object."""

_SHARED = ("cache_hit", "item_count", "queue_wait_ms")


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one request; None is "not known (yet)" or "does not apply".

    `user`, `plan`, `tenant`, `region`, `app_version` and `flag` are known as soon as
    the caller is; `cache_hit`, `item_count` (rows in the answer) and `queue_wait_ms`
    (milliseconds spent waiting for a database connection) once the work is done.
    """

    user: str | None = None
    plan: str | None = None
    tenant: str | None = None
    region: str | None = None
    app_version: str | None = None
    flag: str | None = None
    cache_hit: bool | None = None
    item_count: int | None = None
    queue_wait_ms: float | None = None

    def known(self) -> dict[str, str | bool | int | float]:
        """The facts that are not None, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def request_facts() -> Facts:
    """The facts of the request being served, as they stand now.

    Meant for hooks of yours on the app (`@app.after_request`) and for hooks around its
    steps; outside a request every fact is None.
    """
    if not has_app_context():
        return Facts()
    facts: Facts = g.get("kittiwake_facts", Facts())
    return facts


def note_caller(person: Person) -> None:
    """Records the caller."""
    g.kittiwake_facts = replace(
        request_facts(),
        user=person.handle,
        plan=person.plan,
        tenant=person.tenant,
        region=person.region,
        app_version=person.app_version,
        flag=person.flag,
    )


def note_cache(*, hit: bool) -> None:
    """Records whether the answer came from the cache."""
    g.kittiwake_facts = replace(request_facts(), cache_hit=hit)


def note_items(count: int) -> None:
    """Records the number of rows of the answer."""
    g.kittiwake_facts = replace(request_facts(), item_count=count)


def note_queue_wait(waited_ms: float) -> None:
    """Adds to the milliseconds this request has waited for a connection."""
    facts = request_facts()
    total = round((facts.queue_wait_ms or 0.0) + waited_ms, 3)
    g.kittiwake_facts = replace(facts, queue_wait_ms=total)


def facts_header() -> str:
    """Facts of this service, as the value of FACTS_HEADER."""
    facts = request_facts()
    shared = {name: getattr(facts, name) for name in _SHARED}
    return json.dumps({k: value for k, value in shared.items() if value is not None})


def note_header(headers: Mapping[str, str]) -> None:
    """Takes over the facts of a service behind this one, from its response headers."""
    theirs = json.loads(headers.get(FACTS_HEADER, "{}"))
    known = {name: theirs[name] for name in _SHARED if name in theirs}
    g.kittiwake_facts = replace(request_facts(), **known)
