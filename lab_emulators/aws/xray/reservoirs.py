"""Reservoirs: how a rule's requests per second are shared between its clients.

How X-Ray shares is not published. Here every report renews one client's quota: its
max-min fair share by demand, cut to what no other client's quota in force takes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

INTERVAL = 10  # seconds between two reports; what the SDKs do unless told otherwise
QUOTA_SECONDS = 2 * INTERVAL  # a report may be late without its quota being lost
FORGOTTEN_SECONDS = 3 * INTERVAL  # a client silent for so long has no claim


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests per second one client may record, until `expires` (whole seconds)."""

    size: int
    expires: int

    def in_force(self, now: float) -> bool:
        """Whether it may still be used: SDKs use it through its last second."""
        return now < self.expires + 1


@dataclass(frozen=True, slots=True)
class _Client:
    """What one client reported last, and what it was given then."""

    reported: float
    demand: int
    quota: Quota


@dataclass
class Reservoir:
    """The quotas of one rule; not safe for threads by itself."""

    _clients: dict[str, _Client] = field(default_factory=dict)

    def renew(self, client: str, requests: int, size: int, now: float) -> Quota:
        """A client's quota after it reported `requests`; `size` is the rule's.

        All quotas in force together never exceed the largest `size` there was since
        they were given: a shrunk reservoir takes back nothing before it expires.
        """
        self._forget(now)
        before = self._clients.pop(client, None)
        demand = _per_second(requests, now - before.reported if before else INTERVAL)
        demands = {name: other.demand for name, other in self._clients.items()}
        share = fair_shares(demands | {client: demand}, size)[client]
        free = max(0, size - self.assigned(now))
        quota = Quota(min(share, free), int(now) + QUOTA_SECONDS)
        self._clients[client] = _Client(now, demand, quota)
        return quota

    def assigned(self, now: float) -> int:
        """The sum of all quotas in force."""
        quotas = (client.quota for client in self._clients.values())
        return sum(quota.size for quota in quotas if quota.in_force(now))

    def _forget(self, now: float) -> None:
        silent = [
            name
            for name, client in self._clients.items()
            if now - client.reported >= FORGOTTEN_SECONDS
        ]
        for name in silent:
            del self._clients[name]


def fair_shares(demands: Mapping[str, int], size: int) -> dict[str, int]:
    """Share `size` among clients: nobody gets more than asked while another lacks.

    What nobody asked for is spread evenly, so that a quiet client can wake up. Odd
    ones go to the greatest demand, then by name.
    """
    order = sorted(demands, key=lambda name: (-demands[name], name))
    shares = dict.fromkeys(order, 0)
    for wanted in (demands, dict.fromkeys(order, size)):
        _fill(shares, wanted, size - sum(shares.values()), order)
    return shares


def _fill(
    shares: dict[str, int], wanted: Mapping[str, int], left: int, order: list[str]
) -> None:
    """Raise shares towards what is wanted, in equal steps, until nothing is left."""
    while left > 0:
        hungry = [name for name in order if shares[name] < wanted[name]]
        if not hungry:
            return
        step = max(1, left // len(hungry))
        for name in hungry:
            given = min(step, wanted[name] - shares[name], left)
            shares[name] += given
            left -= given


def _per_second(requests: int, elapsed: float) -> int:
    return math.ceil(requests / elapsed) if elapsed >= 1 else requests
