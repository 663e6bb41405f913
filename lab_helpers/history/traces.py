"""Traces: the span tree of each request, as three instrumented services send it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from lab_helpers.history import attributes
from lab_helpers.history.batch import Batch
from lab_helpers.history.cache import hits
from lab_helpers.history.exchanges import Exchange
from lab_helpers.history.facts import known_facts
from lab_helpers.history.incidents import Incident
from lab_helpers.history.latencies import Latencies
from lab_helpers.history.operations import Operation, operation_of


def traces(
    seed: int, exchanges: Sequence[Exchange], incidents: Sequence[Incident]
) -> list[Batch]:
    """The traces of all exchanges, in one batch for each shape of trace."""
    # Whether a feed is in the cache depends on when others were fetched and when
    # something was posted: the day is simulated once as if nothing were ever cached.
    uncached = simulate(seed, exchanges)
    cached = hits(uncached, incidents)
    final = [
        replace(each, cached=True) if each.request.number in cached else each
        for each in exchanges
    ]
    return simulate(seed, final)


def simulate(seed: int, exchanges: Sequence[Exchange]) -> list[Batch]:
    """The exchanges with their spans, in one batch for each shape."""
    shapes: defaultdict[object, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        shapes[exchange.shape].append(exchange)
    return [_simulate(Batch(alike, Latencies(seed))) for alike in shapes.values()]


def _simulate(batch: Batch) -> Batch:
    """Everything from the request at the api to its answer."""
    operation = operation_of(batch.first.request.errand)
    paths = [each.request.errand.path for each in batch.exchanges]
    with _server(batch, "api", operation.rule, paths):
        if operation.service == "api":
            operation.work(batch)
        elif batch.first.outcome.status == 404:
            batch.wait("api.refusal")
        else:
            batch.wait("api.before")
            _call(batch, operation, [operation.inner_path(path) for path in paths])
            batch.wait("api.after")
    return batch


def _call(batch: Batch, operation: Operation, paths: Sequence[str]) -> None:
    """The api's call to the service that does the work."""
    status = batch.first.outcome.status
    with batch.span(batch.method, "api", "client") as spans:
        spans.attributes = attributes.client(
            operation.service, batch.method, paths, status
        )
        spans.error = status >= 400
        batch.wait("network.there")
        with _server(batch, operation.service, operation.inner_rule, paths):
            if status == 422:
                batch.wait("service.refusal")
            else:
                batch.wait("service.before")
                operation.work(batch)
                batch.wait("service.after")
        batch.wait("network.back")


@contextmanager
def _server(
    batch: Batch, service: str, rule: str, paths: Sequence[str]
) -> Iterator[None]:
    """A service's side of the request, with the facts that it knows in the end."""
    outcome = batch.first.outcome
    with batch.span(f"{batch.method} {rule}", service, "server") as spans:
        yield
        spans.attributes = (
            attributes.server(service, batch.method, rule, paths)
            | {"net.peer.port": attributes.peer_ports(service, batch.numbers)}
            | known_facts(batch, service)
            | {"http.status_code": outcome.status}
        )
        spans.error = outcome.status >= 500
        # The api only hears of a failure; the exception is where it was raised.
        spans.failure = None if service == "api" else outcome.failure
