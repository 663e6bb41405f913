"""Facts: what the hook of notebook 02 records on the server span of each service."""

from __future__ import annotations

from lab_helpers.history.batch import Attributes, Batch

CALLER = {
    "user": "handle",
    "plan": "plan",
    "tenant": "tenant",
    "region": "region",
    "app_version": "app_version",
    "flag": "flag",
}
"""Facts of the caller, and the field of a Person that each of them is."""


def known_facts(batch: Batch, service: str) -> Attributes:
    """The facts that this service knows at the end of these requests."""
    people = [each.person for each in batch.exchanges if each.person is not None]
    if not people:
        return {}
    caller: Attributes = {
        f"app.{name}": [getattr(person, field) for person in people]
        for name, field in CALLER.items()
    }
    # The api hears of the work from the headers of an answer that is no refusal.
    if service == "api" and batch.first.outcome.status >= 400:
        return caller
    return caller | _work(batch)


def _work(batch: Batch) -> Attributes:
    work: Attributes = {}
    if batch.first.cached is not None:
        work["app.cache_hit"] = batch.first.cached
    if batch.first.outcome.item_count is not None:
        work["app.item_count"] = batch.item_counts
    if batch.queue_wait_us is not None:
        work["app.queue_wait_ms"] = batch.queue_wait_us / 1000
    return work
