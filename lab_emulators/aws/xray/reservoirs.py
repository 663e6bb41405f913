"""Reservoirs: a rule's requests per second, shared between its clients.

X-Ray's way of sharing is not published. Here every report renews one client's quota:
its max-min fair share by demand, cut to what no other client's quota in force takes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

INTERVAL = 10  # seconds between two reports, the default of the SDKs
QUOTA_SECONDS = 2 * INTERVAL  # a report may be late without its quota being lost
FORGOTTEN_SECONDS = 3 * INTERVAL  # a client silent for so long has no claim


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests per second one client may record, until `expires` (whole seconds)."""

    size: int
    expires: int

    def in_force(self, now: float) -> bool:
        """Tells whether the quota may be used: SDKs use it through its last second."""
        return now < self.expires + 1


@dataclass(frozen=True, slots=True)
class _Client:
    """The last report of a client, and the quota of its answer."""

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
        they were renewed: a smaller reservoir takes back nothing before it expires.
        """
        self._forget(now)
        last = self._clients.pop(client, None)
        demand = _per_second(requests, now - last.reported if last else INTERVAL)
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
    """Max-min fair shares of `size`: no client exceeds its demand while another lacks.

    The surplus is spread evenly, so that an idle client can begin to send. Odd ones go
    to the greatest demand, then by name.
    """
    # Water filling, twice: up to each demand, then the surplus without a limit.
    order = sorted(demands, key=lambda name: (-demands[name], name))
    shares = dict.fromkeys(order, 0)
    for targets in (demands, dict.fromkeys(order, size)):
        _fill(shares, targets, size - sum(shares.values()), order)
    return shares


def _fill(
    shares: dict[str, int], targets: Mapping[str, int], left: int, order: list[str]
) -> None:
    """Raises shares towards their targets, in equal steps, until nothing is left."""
    while left > 0:
        unfilled = [name for name in order if shares[name] < targets[name]]
        if not unfilled:
            return
        step = max(1, left // len(unfilled))
        for name in unfilled:
            added = min(step, targets[name] - shares[name], left)
            shares[name] += added
            left -= added


def _per_second(requests: int, elapsed: float) -> int:
    return math.ceil(requests / elapsed) if elapsed >= 1 else requests
