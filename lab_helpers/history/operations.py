"""Operations of the api: the service behind each route, and the work it does there.

What each operation waits for mirrors the methods of `app.feed` and `app.messages`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab_helpers.history.timeline import Timeline
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
    work: Callable[[Timeline], None]

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


def _health(line: Timeline) -> None:
    line.wait("api.health")


def _home(line: Timeline) -> None:
    with line.step("home.cache"):
        line.wait("home.cache")
    if line.first.cached:
        return
    line.wait("step.prepare")
    with line.step("home.fetch"), line.transaction():
        line.statement("home.fetch")
        for _ in line.first.outcome.statements[1:]:
            line.statement("home.replies")
    line.wait("step.next")
    with line.step("home.rank"):
        line.wait("home.rank", line.item_counts)


def _person(line: Timeline) -> None:
    with line.step("person.fetch"), line.transaction():
        line.statement("person.fetch")


def _call(line: Timeline) -> None:
    with line.step("call.fetch"), line.transaction():
        line.statement("call.fetch")
        line.statement("call.replies")


def _post(line: Timeline) -> None:
    with line.step("call.store"), line.transaction():
        line.statement("call.store")


def _reply(line: Timeline) -> None:
    with line.step("call.fetch"), line.transaction():
        line.statement("call.fetch")
    line.wait("step.next")
    with line.step("reply.store"), line.transaction():
        line.statement("reply.store")


def _search(line: Timeline) -> None:
    with line.step("search.match"), line.transaction():
        line.statement("search.match")
    line.wait("step.next")
    with line.step("search.rank"):
        line.wait("search.rank", line.item_counts)


def _notifications(line: Timeline) -> None:
    with line.step("notifications.fetch"), line.transaction():
        line.statement("notifications.fetch")


def _groups(line: Timeline) -> None:
    with line.step("messages.groups"), line.transaction():
        line.statement("messages.groups")


def _conversation(line: Timeline) -> None:
    with line.step("messages.page"), line.transaction():
        line.statement("messages.page")


def _send(line: Timeline) -> None:
    with line.step("messages.store"), line.transaction():
        line.statement("messages.store")


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
