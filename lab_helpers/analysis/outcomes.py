"""Outcomes of requests, in the four kinds that X-Ray distinguishes."""

from collections.abc import Iterator
from dataclasses import dataclass

from lab_helpers.analysis import words


@dataclass(frozen=True, slots=True, repr=False)
class Outcomes:
    """Requests by outcome, each counted once.

    `ok`; `errors`, the client's fault (4xx without 429); `faults`, the server's (5xx);
    `throttles`, too many requests (429).
    """

    ok: int = 0
    errors: int = 0
    faults: int = 0
    throttles: int = 0

    @property
    def total(self) -> int:
        """All requests."""
        return self.ok + self.errors + self.faults + self.throttles

    @property
    def failed(self) -> int:
        """All requests that were not ok."""
        return self.total - self.ok

    @property
    def client_errors(self) -> int:
        """Requests answered with 4xx, which are the visitors' errors."""
        return self.errors + self.throttles

    def shares(self) -> Iterator[tuple[str, float]]:
        """(kind, share from 0 to 1) of the kinds that occur, ok first."""
        for kind in ("ok", "errors", "faults", "throttles"):
            number = getattr(self, kind)
            if number:
                yield kind, number / self.total

    def __repr__(self) -> str:
        if not self.total:
            return "no requests"
        parts = [f"{words.share(share)} {kind}" for kind, share in self.shares()]
        return f"{words.plural(self.total, 'request')}: {', '.join(parts)}"
