"""The messages service: conversations between people, over SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Executable, and_, func, insert, or_, select

from lab_helpers.app.database import Clock, messages, transaction
from lab_helpers.app.facts import note_items
from lab_helpers.app.incidents import (
    NAIVE_TENANT,
    SLOW_DEPENDENCY_MS,
    SLOW_DEPENDENCY_SHARE,
    Switchboard,
)
from lab_helpers.app.lag import Pacer
from lab_helpers.app.people import Person, person_of
from lab_helpers.app.seeding import Ids
from lab_helpers.app.service import (
    Json,
    Messages,
    byline,
    find_person,
    handle_unknown,
    moment,
)
from lab_helpers.app.steps import step
from lab_helpers.app.validation import message_fields

PAGE = 30


class MessageService(Messages):
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
        query = select(messages).where(_involves(viewer)).order_by(*_LATEST_FIRST)
        with step("messages.groups"), transaction(self.engine) as connection:
            rows = self._run(connection, query, "messages.groups").all()
        latest: dict[str, Json] = {}
        for row in rows:
            other = row.receiver if row.sender == viewer.handle else row.sender
            latest.setdefault(other, byline(other) | {"latest": _message(row)})
        note_items(len(latest))
        return {"groups": list(latest.values())}

    def conversation(self, viewer: Person, handle: str) -> Json:
        other = find_person(handle)
        query = select(messages).where(_between(viewer, other))
        query = query.order_by(*_LATEST_FIRST).limit(PAGE)
        with step("messages.page"), transaction(self.engine) as connection:
            rows = self._run(connection, query, "messages.page").all()
        note_items(len(rows))
        page = [_message(row) for row in reversed(rows)]
        quiet = self._quiet_for_s(rows[0].created_at, viewer, other) if rows else None
        return {"with": byline(handle), "messages": page, "quiet_for_s": quiet}

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
            self._run(connection, insert(messages).values(row), "messages.store")
        return _message_document(row)

    def switch(self, incident: str, *, on: bool) -> None:
        self._board.switch(incident, on=on)

    def happening(self, incident: str) -> bool:
        return self._board.on(incident)

    def _quiet_for_s(self, latest: datetime, *people: Person) -> int:
        """Whole seconds since the latest message between these people."""
        naive = any(person.tenant == NAIVE_TENANT for person in people)
        if naive and self._board.on("naive_times"):
            latest = latest.replace(tzinfo=None)
        return int((self._clock() - latest).total_seconds())

    def _run(self, connection: Connection, query: Executable, lag: str) -> Any:
        lag_ms = self._pacer.draw_ms(lag) + self._trouble_ms()
        return connection.execute(query, execution_options={"lag_ms": lag_ms})

    def _trouble_ms(self) -> float:
        if not self._board.on("slow_dependency"):
            return 0.0
        hit = self._pacer.chance("slow_dependency") < SLOW_DEPENDENCY_SHARE
        return SLOW_DEPENDENCY_MS * self._pacer.pace if hit else 0.0


_LATEST_FIRST = (messages.c.created_at.desc(), messages.c.number.desc())


def _involves(person: Person) -> Any:
    sent, got = messages.c.sender, messages.c.receiver
    return or_(sent == person.handle, got == person.handle)


def _between(one: Person, other: Person) -> Any:
    sent, got = messages.c.sender, messages.c.receiver
    return or_(
        and_(sent == one.handle, got == other.handle),
        and_(sent == other.handle, got == one.handle),
    )


def _message(row: Any) -> Json:
    return _message_document(row._mapping)


def _message_document(row: Any) -> Json:
    return {
        "id": row["id"],
        **byline(row["sender"]),
        "receiver": row["receiver"],
        "message": row["message"],
        "created_at": moment(row["created_at"]),
    }
