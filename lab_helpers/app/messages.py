"""The messages service: conversations between people, over SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, func, select

from lab_helpers.app.database import Clock, messages, transaction
from lab_helpers.app.facts import note_items
from lab_helpers.app.incidents import (
    IMPORTED_TENANT,
    SLOW_DEPENDENCY_MS,
    SLOW_DEPENDENCY_SHARE,
    Switchboard,
)
from lab_helpers.app.lag import Pacer
from lab_helpers.app.paced_queries import PacedQueries
from lab_helpers.app.people import Person, name_of, person_of
from lab_helpers.app.seeding import Ids
from lab_helpers.app.service import (
    Json,
    Messages,
    byline,
    find_person,
    handle_unknown,
    moment,
)
from lab_helpers.app.statements import (
    IMPORTED_MESSAGES_BETWEEN,
    MESSAGES_BETWEEN,
    MESSAGES_OF_PERSON,
    NEW_MESSAGE,
)
from lab_helpers.app.steps import step
from lab_helpers.app.validation import message_fields

# Columns by position: by name, SQLAlchemy takes many times as long to find them.
_PARTIES = slice(2, 4)


class MessageService(PacedQueries, Messages):
    """Messages over a database; see `service.Messages` for what each promises."""

    def __init__(
        self, engine: Engine, pacer: Pacer, board: Switchboard, clock: Clock
    ) -> None:
        self.engine = engine
        self._pacer = pacer
        self._board = board
        self._clock = clock
        with engine.connect() as connection:
            rows = connection.scalar(select(func.count(messages.c.id))) or 0
        self._ids = Ids(pacer.seed, "message", rows)

    def groups(self, viewer: Person) -> Json:
        whose = {"viewer": viewer.handle}
        with step("messages.groups"), transaction(self.engine) as connection:
            rows = self._fetch(connection, MESSAGES_OF_PERSON, "messages.groups", whose)
        latest: dict[str, Json] = {}
        for row in rows:
            sender, receiver = row[_PARTIES]
            other = receiver if sender == viewer.handle else sender
            if other not in latest:
                latest[other] = byline(other) | {"latest": _message(row[1:])}
        note_items(len(latest))
        return {"groups": list(latest.values())}

    def conversation(self, viewer: Person, handle: str) -> Json:
        other = find_person(handle)
        whose = {"viewer": viewer.handle, "other": other.handle}
        page = self._page_of(viewer, other)
        with step("messages.page"), transaction(self.engine) as connection:
            rows = self._fetch(connection, page, "messages.page", whose)
        note_items(len(rows))
        talk = [_message(row[1:]) for row in reversed(rows)]
        quiet = _seconds_since(rows[0].created_at, self._clock()) if rows else None
        return {"with": byline(handle), "messages": talk, "quiet_for_s": quiet}

    def send(self, viewer: Person, document: Json) -> Json:
        handle, text = message_fields(document)
        receiver = person_of(handle)
        if receiver is None:
            raise handle_unknown(handle, field="receiver")
        with step("messages.store"), transaction(self.engine) as connection:
            row = {
                "id": self._ids.new(),
                "sender": viewer.handle,
                "receiver": receiver.handle,
                "message": text,
                "created_at": self._clock(),
            }
            self._run(connection, NEW_MESSAGE, "messages.store", row)
        return _message(row.values())

    def switch(self, incident: str, *, on: bool) -> None:
        self._board.switch(incident, on=on)

    def happening(self, incident: str) -> bool:
        return self._board.on(incident)

    def _page_of(self, *people: Person) -> Select[Any]:
        """The statement of a conversation; in an incident, an importer's for some."""
        imported = any(person.tenant == IMPORTED_TENANT for person in people)
        if imported and self._board.on("naive_times"):
            return IMPORTED_MESSAGES_BETWEEN
        return MESSAGES_BETWEEN

    def _trouble_ms(self) -> float:
        if not self._board.on("slow_dependency"):
            return 0.0
        hit = self._pacer.chance("slow_dependency") < SLOW_DEPENDENCY_SHARE
        return SLOW_DEPENDENCY_MS * self._pacer.pace if hit else 0.0


def _seconds_since(latest: datetime, now: datetime) -> int:
    """Whole seconds since the latest message."""
    return int((now - latest).total_seconds())


def _message(row: Iterable[Any]) -> Json:
    """The document of a message from its columns, `number` apart, in their order."""
    message_id, sender, receiver, text, created_at = row
    return {
        "id": message_id,
        "handle": sender,
        "name": name_of(sender),
        "receiver": receiver,
        "message": text,
        "created_at": moment(created_at),
    }
