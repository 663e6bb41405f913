"""Seeds of an empty database: calls, replies, follows and messages."""

from __future__ import annotations

import itertools
import random
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, insert, select

from lab_helpers.app.database import Clock, calls, follows, messages, replies
from lab_helpers.app.people import PEOPLE, SKERRY, Person, team_of

CALLS_PER_PERSON = 9
CALLS_PER_SKERRY_PERSON = 40

_OPENINGS = (
    "Just pushed", "Still chasing", "Nobody told me about", "Half asleep over",
    "Proud of", "Can someone review", "Finally fixed", "Slow morning with",
    "Second coffee and", "Found a gull sitting on", "Writing notes about",
    "Giving up on", "Please stop renaming", "Day three of",
)  # fmt: skip
_SUBJECTS = (
    "the tide tables", "our login page", "the new ferry timetable", "that flaky test",
    "the harbor webcam", "the backup job", "a very patient database", "the map tiles",
    "the search box", "the weather widget", "the billing report", "an old cron line",
    "the release checklist", "the signup form",
)  # fmt: skip
_CLOSINGS = (
    ".", " again.", ", and it works.", ", wish me luck.", " before lunch.",
    " with the whole team.", ", ask me tomorrow.", " since the last deploy.",
)  # fmt: skip
_ANSWERS = (
    "Same here.", "Nice one!", "Have you tried turning it off?", "Looking at it now.",
    "This made my day.", "We saw that on Tuesday too.", "Send me the log?", "No way.",
    "Count me in.", "That was me, sorry.", "Bring biscuits.", "Noted.",
)  # fmt: skip


def call_id(number: int) -> str:
    """The id of the `number`-th seeded call; the same whatever the seed."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"kittiwake:call:{number}"))


LASTING_CALLS = tuple(
    call_id(n) for n in range(0, CALLS_PER_SKERRY_PERSON * len(team_of(SKERRY)), 3)
)
"""Ids of calls that are there in every Kittiwake and live for weeks."""


class Ids:
    """Ids of new rows, drawn from a seed; `start` is how many rows there are."""

    def __init__(self, seed: int, kind: str, start: int = 0) -> None:
        self._name = f"kittiwake:{seed}:{kind}"
        self._numbers = itertools.count(start + 1)
        self._lock = threading.Lock()

    def new(self) -> str:
        """The next id; safe to call from many threads."""
        with self._lock:
            number = next(self._numbers)
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._name}:{number}"))


def seed_feed(engine: Engine, seed: int, clock: Clock) -> None:
    """Fills an empty feed database: calls, their replies, and follows."""
    rng, now = random.Random(f"{seed}:feed"), clock()
    call_rows = list(_call_rows(rng, now))
    with engine.begin() as connection:
        if connection.scalar(select(func.count()).select_from(calls)):
            return
        connection.execute(insert(calls), call_rows)
        connection.execute(insert(replies), list(_reply_rows(rng, call_rows, seed)))
        connection.execute(insert(follows), list(_follow_rows(rng)))


def seed_messages(engine: Engine, seed: int, clock: Clock) -> None:
    """Fills an empty message database: a few conversations for everybody."""
    rng, now = random.Random(f"{seed}:messages"), clock()
    with engine.begin() as connection:
        if not connection.scalar(select(func.count()).select_from(messages)):
            connection.execute(insert(messages), list(_message_rows(rng, now, seed)))


def _call_rows(rng: random.Random, now: datetime) -> Iterator[dict[str, Any]]:
    number = 0
    for person in PEOPLE:
        huge = person.tenant == SKERRY
        for _ in range(CALLS_PER_SKERRY_PERSON if huge else CALLS_PER_PERSON):
            created = now - timedelta(minutes=rng.uniform(5, 6 * 24 * 60))
            lives = timedelta(weeks=4) if number % 3 == 0 else timedelta(weeks=1)
            yield {
                "id": call_id(number),
                "handle": person.handle,
                "message": _sentence(rng),
                "created_at": created,
                "expires_at": created + lives,
            }
            number += 1


def _sentence(rng: random.Random) -> str:
    parts = rng.choice(_OPENINGS), rng.choice(_SUBJECTS)
    return " ".join(parts) + rng.choice(_CLOSINGS)


def _reply_rows(
    rng: random.Random, call_rows: list[dict[str, Any]], seed: int
) -> Iterator[dict[str, Any]]:
    ids = Ids(seed, "seeded-reply")
    for call in call_rows:
        for turn in range(rng.choice((0, 0, 1, 1, 2, 4))):
            yield {
                "id": ids.new(),
                "call_id": call["id"],
                "handle": rng.choice(PEOPLE).handle,
                "message": rng.choice(_ANSWERS),
                "created_at": call["created_at"] + timedelta(seconds=40 * (turn + 1)),
            }


def _follow_rows(rng: random.Random) -> Iterator[dict[str, str]]:
    outside = [person for person in PEOPLE if person.tenant != SKERRY]
    for person in PEOPLE:
        followed = {mate.handle for mate in team_of(person.tenant)}
        followed |= {other.handle for other in rng.sample(outside, rng.randint(0, 5))}
        for handle in sorted(followed):
            yield {"follower": person.handle, "followee": handle}


def _message_rows(
    rng: random.Random, now: datetime, seed: int
) -> Iterator[dict[str, Any]]:
    ids = Ids(seed, "seeded-message")
    for person in PEOPLE:
        others: list[Person] = [other for other in PEOPLE if other != person]
        for other in rng.sample(others, 3):
            started = now - timedelta(minutes=rng.uniform(60, 5 * 24 * 60))
            for turn in range(rng.randint(2, 12)):
                pair = (person, other) if turn % 2 == 0 else (other, person)
                yield {
                    "id": ids.new(),
                    "sender": pair[0].handle,
                    "receiver": pair[1].handle,
                    "message": _sentence(rng) if turn == 0 else rng.choice(_ANSWERS),
                    "created_at": started + timedelta(minutes=3 * turn),
                }
