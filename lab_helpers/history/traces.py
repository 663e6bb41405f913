"""Traces: the span tree of each request, as three instrumented services send it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from lab_helpers.history import attributes
from lab_helpers.history.cache import hits
from lab_helpers.history.exchanges import Exchange
from lab_helpers.history.incidents import Incident
from lab_helpers.history.latencies import Latencies
from lab_helpers.history.operations import Operation, operation_of
from lab_helpers.history.timeline import Attributes, Branch, Timeline

_CALLER = {
    "user": "handle",
    "plan": "plan",
    "tenant": "tenant",
    "region": "region",
    "app_version": "app_version",
    "flag": "flag",
}
"""Facts of the caller, and where a Person has them."""


def traces(
    seed: int, exchanges: Sequence[Exchange], incidents: Sequence[Incident]
) -> list[Timeline]:
    """The grown timelines of all exchanges, one for each shape of trace."""
    grown = grow(seed, exchanges)
    # Whether a feed is in the cache depends on when others were fetched and when
    # something was posted, so everything is grown once as if nothing were cached.
    cached = hits(grown, incidents)
    return grow(seed, [_from_cache(each, cached) for each in exchanges])


def _from_cache(exchange: Exchange, cached: frozenset[int]) -> Exchange:
    if exchange.request.number not in cached:
        return exchange
    return replace(exchange, cached=True)


def grow(seed: int, exchanges: Sequence[Exchange]) -> list[Timeline]:
    """One timeline for each shape that the exchanges have."""
    shapes: defaultdict[object, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        shapes[exchange.shape].append(exchange)
    return [_grow(seed, alike) for alike in shapes.values()]


def _grow(seed: int, alike: Sequence[Exchange]) -> Timeline:
    """The request at the api, and all that it causes."""
    line, first = Timeline(alike, Latencies(seed)), alike[0]
    operation = operation_of(first.request.errand)
    targets = [each.request.errand.path for each in alike]
    with _server(line, "api", operation.rule, targets):
        if operation.service == "api":
            operation.work(line)
        elif first.outcome.status == 404:
            line.wait("api.refusal")
        else:
            line.wait("api.before")
            _call(line, operation, targets)
            line.wait("api.after")
    return line


def _call(line: Timeline, operation: Operation, targets: Sequence[str]) -> None:
    """The api's call to the service that does the work."""
    method, status = line.first.request.errand.method, line.first.outcome.status
    paths = [operation.inner_path(target) for target in targets]
    with line.span(method, "api", "client") as branch:
        branch.attributes = attributes.client(operation.service, method, paths)
        branch.attributes["http.status_code"] = status
        branch.error = status >= 400
        line.wait("network.there")
        with _server(line, operation.service, operation.inner_rule, paths):
            if status == 422:
                line.wait("service.refusal")
            else:
                line.wait("service.before")
                operation.work(line)
                line.wait("service.after")
        line.wait("network.back")


@contextmanager
def _server(
    line: Timeline, service: str, rule: str, targets: Sequence[str]
) -> Iterator[Branch]:
    """A service's side of the request, with the facts known there at its end."""
    method, status = line.first.request.errand.method, line.first.outcome.status
    with line.span(f"{method} {rule}", service, "server") as branch:
        yield branch
        branch.attributes = (
            attributes.server(service, method, rule, targets)
            | {"net.peer.port": attributes.peer_ports(service, line.numbers)}
            | _facts(line, service)
            | {"http.status_code": status}
        )
        branch.error = status >= 500
        branch.failed = status >= 500 and service != "api"


def _facts(line: Timeline, service: str) -> Attributes:
    """What the hook on the app records: each fact that is known, as `app.<name>`."""
    if line.first.person is None:
        return {}
    people = [each.person for each in line.exchanges if each.person is not None]
    facts: Attributes = {
        f"app.{name}": [getattr(person, field) for person in people]
        for name, field in _CALLER.items()
    }
    # The api hears of the work from the headers of an answer that is no refusal.
    if service == "api" and line.first.outcome.status >= 400:
        return facts
    if line.first.cached is not None:
        facts["app.cache_hit"] = line.first.cached
    if line.first.outcome.item_count is not None:
        facts["app.item_count"] = line.item_counts
    if line.queue_wait_us is not None:
        facts["app.queue_wait_ms"] = line.queue_wait_us / 1000
    return facts
