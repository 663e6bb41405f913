"""Operations of the api: the service behind each route, and the work it does there.

What each operation waits for mirrors the methods of `app.feed` and `app.messages`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab_helpers.history.batch import Batch
from lab_helpers.traffic.habits import Errand


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: service, paths up to what varies, the rest of the rule, the work.

    The path that the api asks the service for begins with `inner` where its own begins
    with `outer`.
    """

    service: str
    outer: str
    inner: str
    rest: str
    work: Callable[[Batch], None]

    @property
    def rule(self) -> str:
        """Flask's rule of the api's route."""
        return self.outer + self.rest

    @property
    def inner_rule(self) -> str:
        """Flask's rule of the service's route."""
        return self.inner + self.rest

    def inner_path(self, path: str) -> str:
        """The path at the service for this path at the api."""
        return self.inner + path.removeprefix(self.outer)


def _health(batch: Batch) -> None:
    batch.wait("api.health")


def _home(batch: Batch) -> None:
    with batch.step("home.cache"):
        batch.wait("home.cache")
    if batch.first.cached:
        return
    batch.wait("step.next")
    with batch.step("home.fetch"), batch.transaction():
        batch.statement("home.fetch")
        for _ in batch.first.outcome.statements[1:]:
            batch.statement("home.replies")
    batch.wait("step.next")
    with batch.step("home.rank"):
        batch.wait("home.rank", batch.item_counts)


def _person(batch: Batch) -> None:
    with batch.step("person.fetch"), batch.transaction():
        batch.statement("person.fetch")


def _call(batch: Batch) -> None:
    with batch.step("call.fetch"), batch.transaction():
        batch.statement("call.fetch")
        batch.statement("call.replies")


def _post(batch: Batch) -> None:
    with batch.step("call.store"), batch.transaction():
        batch.statement("call.store")


def _reply(batch: Batch) -> None:
    with batch.step("call.fetch"), batch.transaction():
        batch.statement("call.fetch")
    batch.wait("step.next")
    with batch.step("reply.store"), batch.transaction():
        batch.statement("reply.store")


def _search(batch: Batch) -> None:
    with batch.step("search.match"), batch.transaction():
        batch.statement("search.match")
    batch.wait("step.next")
    with batch.step("search.rank"):
        batch.wait("search.rank", batch.item_counts)


def _notifications(batch: Batch) -> None:
    with batch.step("notifications.fetch"), batch.transaction():
        batch.statement("notifications.fetch")


def _groups(batch: Batch) -> None:
    with batch.step("messages.groups"), batch.transaction():
        batch.statement("messages.groups")


def _conversation(batch: Batch) -> None:
    with batch.step("messages.page"), batch.transaction():
        batch.statement("messages.page")


def _send(batch: Batch) -> None:
    with batch.step("messages.store"), batch.transaction():
        batch.statement("messages.store")


_CALL = "<uuid:call_id>"
_REPLIES = "<uuid:call_id>/replies"

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/health"): Operation("api", "/health", "", "", _health),
    ("GET", "/api/feed/home"): Operation(
        "feed", "/api/feed/home", "/feed/home", "", _home
    ),
    ("GET", "/api/feed/@<handle>"): Operation(
        "feed", "/api/feed/@", "/feed/people/", "<handle>", _person
    ),
    ("GET", "/api/calls/<id>"): Operation(
        "feed", "/api/calls/", "/feed/calls/", _CALL, _call
    ),
    ("POST", "/api/calls"): Operation("feed", "/api/calls", "/feed/calls", "", _post),
    ("POST", "/api/calls/<id>/replies"): Operation(
        "feed", "/api/calls/", "/feed/calls/", _REPLIES, _reply
    ),
    ("GET", "/api/search"): Operation(
        "feed", "/api/search", "/feed/search", "", _search
    ),
    ("GET", "/api/notifications"): Operation(
        "feed", "/api/notifications", "/feed/notifications", "", _notifications
    ),
    ("GET", "/api/message_groups"): Operation(
        "messages", "/api/message_groups", "/messages/groups", "", _groups
    ),
    ("GET", "/api/messages/@<handle>"): Operation(
        "messages", "/api/messages/@", "/messages/with/", "<handle>", _conversation
    ),
    ("POST", "/api/messages"): Operation(
        "messages", "/api/messages", "/messages", "", _send
    ),
}
"""The operation of each method and route that visitors ask for."""


def operation_of(errand: Errand) -> Operation:
    """The operation that this errand asks for; KeyError if the app has none."""
    return OPERATIONS[errand.method, errand.route]
