"""The home feed's cache, by the app's own rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab_helpers.app.feed import CACHE_SECONDS
from lab_helpers.app.incidents import CATALOG
from lab_helpers.history.batch import Batch
from lab_helpers.history.incidents import Incident

CACHE_US = round(CACHE_SECONDS * 1_000_000)

# Ends of these steps: a feed has been looked up, stored, or made out of date.
_LOOKUP, _PUT = "home.cache", "home.rank"
_CLEARING = ("call.store", "reply.store")

Moment = tuple[int, str, str, int]
"""Time in µs since midnight, step, handle, number of the request."""


def hits(uncached: Sequence[Batch], incidents: Sequence[Incident]) -> frozenset[int]:
    """The numbers of the requests whose home feed comes from the cache.

    The batches are those of a day without a cache. Of what a request does there, one
    that finds its feed in the cache does the lookup only.
    """
    valid_until: dict[str, int] = {}
    hit: set[int] = set()
    moments = [moment for batch in uncached for moment in _moments(batch)]
    for at_us, step, handle, number in sorted([*moments, *_switches(incidents)]):
        if step == _LOOKUP and at_us < valid_until.get(handle, 0):
            hit.add(number)
        elif step == _PUT and number not in hit:
            valid_until[handle] = at_us + CACHE_US
        elif step not in (_LOOKUP, _PUT):
            valid_until.clear()
    return frozenset(hit)


def _moments(batch: Batch) -> Iterator[Moment]:
    for spans in batch.spans:
        if spans.name in (_LOOKUP, _PUT, *_CLEARING):
            for at, exchange in zip(spans.end_us, batch.exchanges, strict=True):
                request = exchange.request
                yield int(at), spans.name, request.user, request.number


def _switches(incidents: Sequence[Incident]) -> Iterator[Moment]:
    """Switching an incident of the feed service clears its cache."""
    in_feed = {kind.name for kind in CATALOG if kind.service == "feed"}
    for incident in incidents:
        if incident.name in in_feed:
            yield incident.start_us, "switch", "", 0
            yield incident.end_us, "switch", "", 0
