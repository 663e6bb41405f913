"""Minutes of Kittiwake's log with one request in it that failed.

Made to be searched: the lines of many requests are mixed, most that say ERROR are
harmless, and most that contain 500 mean something else.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lab_helpers.app.people import PEOPLE, Person

BEGIN = datetime(2026, 3, 2, 2, tzinfo=UTC)
"""Two in the morning."""

_PATHS = ("/api/feed/home", "/api/notifications", "/api/message_groups", "/api/search")
_RETRIES = 0.12
_LINES_EACH = 8

Entry = tuple[float, str]
"""Seconds since the beginning, and the line without its time."""


def haystack(lines: int = 50_000, *, seed: int = 7) -> list[str]:
    """Returns `lines` of log in order of time, from one seed, always the same.

    A line is time (UTC), level, logger, request id in brackets, text. Exactly one
    request was answered 500.
    """
    rng = random.Random(seed)
    requests = lines // _LINES_EACH
    span_s = requests / 40  # forty requests a second
    entries: list[Entry] = []
    for number in range(requests):
        begin = rng.random() * span_s
        failing = number == requests // 2
        made = _failing(rng) if failing else _request(rng)
        entries += [(begin + at, text) for at, text in made]
    while len(entries) < lines:
        entries.append((rng.random() * span_s, "DEBUG pool    [-] 4 of 5 free"))
    entries.sort()
    return [f"{_moment(at)} {text}" for at, text in entries]


def _request(rng: random.Random) -> Iterator[Entry]:
    """Eight lines of a request that went well, perhaps at its second attempt."""
    person, path = rng.choice(PEOPLE), rng.choice(_PATHS)
    took, rows = rng.lognormvariate(3.6, 0.6), rng.randrange(40)
    tag = f"[{rng.getrandbits(32):08x}]"
    steps = [
        f"INFO  api     {tag} GET {path} for {person.handle}",
        f"DEBUG api     {tag} plan={person.plan} tenant={person.tenant}",
        f"DEBUG pool    {tag} connection {rng.randrange(5)} taken",
        f"DEBUG feed    {tag} query took {took * 0.4:.1f} ms",
        f"DEBUG feed    {tag} {rows} rows",
        f"DEBUG pool    {tag} connection given back",
        f"DEBUG api     {tag} answer of {500 + rng.randrange(9000)} bytes",
        f"INFO  api     {tag} GET {path} 200 in {took:.0f} ms",
    ]
    if rng.random() < _RETRIES:
        steps[3] = f"ERROR feed    {tag} no answer after 500 ms, trying again"
        took += 500
        steps[7] = f"INFO  api     {tag} GET {path} 200 in {took:.0f} ms"
    return _spread(steps, took, rng)


def _failing(rng: random.Random) -> Iterator[Entry]:
    """Eight lines of the one that failed; the reason is in the fifth."""
    person, other = _named("caetano"), _named("ximena")
    tag = f"[{rng.getrandbits(32):08x}]"
    path = f"/api/messages/@{other.handle}"
    steps = [
        f"INFO  api     {tag} GET {path} for {person.handle}",
        f"DEBUG api     {tag} plan={person.plan} tenant={person.tenant}",
        f"DEBUG pool    {tag} connection 3 taken",
        f"DEBUG message {tag} query took 206.1 ms",
        f"DEBUG message {tag} latest is 2026-03-01T21:40:11, without a time zone",
        f"DEBUG pool    {tag} connection given back",
        f"DEBUG api     {tag} answer of 131 bytes",
        f"INFO  api     {tag} GET {path} 500 in 214 ms",
    ]
    return _spread(steps, 214.0, rng)


def _spread(steps: list[str], took_ms: float, rng: random.Random) -> Iterator[Entry]:
    """The steps over the time the request took, in order."""
    shares = sorted(rng.random() for _ in steps[2:])
    for share, text in zip((0.0, *shares, 1.0), steps, strict=True):
        yield share * took_ms / 1000, text


def _named(handle: str) -> Person:
    return next(person for person in PEOPLE if person.handle == handle)


def _moment(at: float) -> str:
    return f"{BEGIN + timedelta(seconds=at):%H:%M:%S.%f}"[:-3]
