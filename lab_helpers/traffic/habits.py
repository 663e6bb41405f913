"""Kinds of visitors: their shares of the traffic and their weighted actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from lab_helpers.app.people import PEOPLE, SKERRY, team_of
from lab_helpers.app.seeding import LASTING_CALLS
from lab_helpers.app.validation import CALL_LENGTH

T = TypeVar("T")

WORDS = ("coffee", "ferry", "release", "database", "gull", "billing", "map", "tide")


@dataclass(frozen=True, slots=True)
class Errand:
    """One request a visitor wants to make; `route` is its path without the ids."""

    method: str
    route: str
    path: str
    body: dict[str, object] | None = field(default=None, hash=False)


class Draws(Protocol):
    """The part of `random.Random` that visitors need."""

    def choice(self, seq: Sequence[T], /) -> T:
        """One of these, each as likely as the others."""

    def choices(self, population: Sequence[T], weights: Sequence[float], /) -> list[T]:
        """A list of one of these, drawn by weight."""

    def randint(self, a: int, b: int, /) -> int:
        """A whole number from `a` to `b`, both included."""


Action = Callable[[Draws, str], Errand]
"""From a random source and the visitor's own handle to what the visitor asks for."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A kind of visitor: its share of all requests, its handles, its weighted actions.

    A habit without handles is a robot that says no name.
    """

    name: str
    share: float
    handles: tuple[str, ...]
    actions: tuple[tuple[float, Action], ...]

    def errand(self, rng: Draws, handle: str) -> Errand:
        """The next errand of this visitor."""
        weights = [weight for weight, _ in self.actions]
        action = rng.choices([act for _, act in self.actions], weights)[0]
        return action(rng, handle)


def _home(_rng: Draws, _handle: str) -> Errand:
    return Errand("GET", "/api/feed/home", "/api/feed/home")


def _person(rng: Draws, _handle: str) -> Errand:
    handle = rng.choice(PEOPLE).handle
    return Errand("GET", "/api/feed/@<handle>", f"/api/feed/@{handle}")


def _colleague(rng: Draws, _handle: str) -> Errand:
    handle = rng.choice(team_of(SKERRY)).handle
    return Errand("GET", "/api/feed/@<handle>", f"/api/feed/@{handle}")


def _call(rng: Draws, _handle: str) -> Errand:
    return Errand("GET", "/api/calls/<id>", f"/api/calls/{rng.choice(LASTING_CALLS)}")


def _search(rng: Draws, _handle: str) -> Errand:
    return Errand("GET", "/api/search", f"/api/search?term={rng.choice(WORDS)}")


def _notifications(_rng: Draws, _handle: str) -> Errand:
    return Errand("GET", "/api/notifications", "/api/notifications")


def _groups(_rng: Draws, _handle: str) -> Errand:
    return Errand("GET", "/api/message_groups", "/api/message_groups")


def _conversation(rng: Draws, handle: str) -> Errand:
    other = _someone_else(rng, handle)
    return Errand("GET", "/api/messages/@<handle>", f"/api/messages/@{other}")


def _send(rng: Draws, handle: str) -> Errand:
    body: dict[str, object] = {
        "receiver": _someone_else(rng, handle),
        "message": f"About the {rng.choice(WORDS)}: call me?",
    }
    return Errand("POST", "/api/messages", "/api/messages", body)


def _post(rng: Draws, _handle: str) -> Errand:
    text = f"Thinking about the {rng.choice(WORDS)} today."
    body: dict[str, object] = {"message": text, "ttl": rng.choice(("1h", "6h", "1d"))}
    return Errand("POST", "/api/calls", "/api/calls", body)


def _reply(rng: Draws, _handle: str) -> Errand:
    path = f"/api/calls/{rng.choice(LASTING_CALLS)}/replies"
    body: dict[str, object] = {"message": f"More {rng.choice(WORDS)}, please."}
    return Errand("POST", "/api/calls/<id>/replies", path, body)


def _clumsy_post(rng: Draws, _handle: str) -> Errand:
    mistakes: tuple[dict[str, object], ...] = (
        {"message": "", "ttl": "1d"},
        {"message": "Hello everybody"},
        {"message": "Hello everybody", "ttl": "forever"},
        {"message": "a" * (CALL_LENGTH + 1), "ttl": "1d"},
    )
    return Errand("POST", "/api/calls", "/api/calls", dict(rng.choice(mistakes)))


def _lost(rng: Draws, _handle: str) -> Errand:
    handle = f"guest{rng.randint(100, 999)}"
    return Errand("GET", "/api/feed/@<handle>", f"/api/feed/@{handle}")


def _health(_rng: Draws, _handle: str) -> Errand:
    return Errand("GET", "/health", "/health")


def _someone_else(rng: Draws, handle: str) -> str:
    return rng.choice([each.handle for each in PEOPLE if each.handle != handle])


HABITS: tuple[Habit, ...] = (
    Habit(
        "power_user",
        0.20,
        ("marisol",),
        ((5, _home), (2, _call), (1, _post), (1, _reply), (1, _notifications)),
    ),
    Habit(
        "huge_timeline",
        0.14,
        tuple(person.handle for person in team_of(SKERRY)),
        ((5, _home), (2, _colleague), (1, _notifications)),
    ),
    Habit(
        "far_away",
        0.12,
        tuple(person.handle for person in team_of("longcloud")),
        ((3, _home), (2, _notifications), (1, _groups), (1, _call)),
    ),
    Habit(
        "lurker",
        0.16,
        ("noor_h", "rufus_j", "dario_l", "cillian"),
        ((4, _home), (3, _call), (2, _person)),
    ),
    Habit(
        "messenger",
        0.14,
        ("yuki_s", "bram_v", "ximena"),
        ((2, _groups), (4, _conversation), (2, _send)),
    ),
    Habit("searcher", 0.08, ("caetano", "delphine"), ((5, _search), (1, _call))),
    Habit(
        "newcomer",
        0.06,
        ("temperance",),
        ((4, _clumsy_post), (1, _lost), (1, _home)),
    ),
    Habit("health_robot", 0.10, (), ((1, _health),)),
)
"""All kinds of visitors; their shares add up to 1."""
