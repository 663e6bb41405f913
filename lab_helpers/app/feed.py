"""The feed service: calls, replies, search and notifications, over SQL."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Row, func, select

from lab_helpers.app.database import Clock, calls, replies, transaction
from lab_helpers.app.facts import note_cache, note_items
from lab_helpers.app.incidents import Switchboard
from lab_helpers.app.lag import Pacer
from lab_helpers.app.paced_queries import PacedQueries
from lab_helpers.app.people import Person, name_of
from lab_helpers.app.problems import Problem, refuse
from lab_helpers.app.seeding import Ids
from lab_helpers.app.service import Feed, Json, byline, find_person, moment
from lab_helpers.app.statements import (
    CALL,
    CALLS_FOLLOWED,
    CALLS_OF_PERSON,
    CALLS_THAT_MATCH,
    NEW_CALL,
    NEW_REPLY,
    NOTIFICATIONS,
    REPLIES_TO_CALL,
    REPLIES_TO_CALLS,
    literally,
)
from lab_helpers.app.steps import step
from lab_helpers.app.validation import (
    LIFETIMES,
    call_fields,
    reply_field,
    search_term,
)

CACHE_SECONDS = 4.0


# Columns by position: by name, SQLAlchemy takes many times as long to find them.
_ID, _CALL_ID = 0, 1


class HomeCache:
    """Home feeds by handle, each valid for CACHE_SECONDS."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds: dict[str, tuple[float, list[Json]]] = {}

    def get(self, handle: str) -> list[Json] | None:
        """The feed of this handle, or None if there is none or it is stale."""
        with self._lock:
            until, feed = self._feeds.get(handle, (0.0, []))
        return feed if time.monotonic() < until else None

    def put(self, handle: str, feed: list[Json]) -> None:
        """Stores a feed."""
        with self._lock:
            self._feeds[handle] = (time.monotonic() + CACHE_SECONDS, feed)

    def clear(self) -> None:
        """Drops every feed."""
        with self._lock:
            self._feeds.clear()


class FeedService(PacedQueries, Feed):
    """The feed over a database; see `service.Feed` for what each method promises."""

    def __init__(
        self, engine: Engine, pacer: Pacer, board: Switchboard, clock: Clock
    ) -> None:
        self.engine = engine
        self._pacer = pacer
        self._board = board
        self._clock = clock
        self._cache = HomeCache()
        self._call_ids = Ids(pacer.seed, "call", self._count(calls.c.id))
        self._reply_ids = Ids(pacer.seed, "reply", self._count(replies.c.id))
        board.when_switched(self._cache.clear)

    def home(self, viewer: Person) -> Json:
        with step("home.cache"):
            self._pacer.wait("home.cache")
            feed = self._cache.get(viewer.handle)
        note_cache(hit=feed is not None)
        if feed is None:
            feed = self._fetch_home(viewer)
            self._cache.put(viewer.handle, feed)
        note_items(len(feed))
        return {"calls": feed}

    def person(self, handle: str) -> Json:
        person = find_person(handle)
        live = {"now": self._clock(), "handle": handle}
        with step("person.fetch"), transaction(self.engine) as connection:
            rows = self._fetch(connection, CALLS_OF_PERSON, "person.fetch", live)
        note_items(len(rows))
        described = {**byline(handle), "tenant": person.tenant}
        return {"person": described, "calls": [_call(row) for row in rows]}

    def call(self, call_id: str) -> Json:
        with step("call.fetch"), transaction(self.engine) as connection:
            row = self._find_call(connection, call_id)
            answers = self._replies_to(connection, call_id) if row else []
        if row is None:
            raise _call_unknown(call_id)
        note_items(1 + len(answers))
        return _call(row) | {"replies": answers}

    def post(self, viewer: Person, document: Json) -> Json:
        text, ttl = call_fields(document)
        now = self._clock()
        row = {
            "id": self._call_ids.new(),
            "handle": viewer.handle,
            "message": text,
            "created_at": now,
            "expires_at": now + LIFETIMES[ttl],
        }
        with step("call.store"), transaction(self.engine) as connection:
            self._run(connection, NEW_CALL, "call.store", row)
        self._cache.clear()
        return _call(row.values())

    def reply(self, viewer: Person, call_id: str, document: Json) -> Json:
        text = reply_field(document)
        with step("call.fetch"), transaction(self.engine) as connection:
            call = self._find_call(connection, call_id)
        if call is None:
            raise _call_unknown(call_id)
        row = {
            "id": self._reply_ids.new(),
            "call_id": call_id,
            "handle": viewer.handle,
            "message": text,
            "created_at": self._clock(),
        }
        with step("reply.store"), transaction(self.engine) as connection:
            self._run(connection, NEW_REPLY, "reply.store", row)
        self._cache.clear()
        return _reply(row.values()) | {"call_id": call_id}

    def search(self, term: str | None) -> Json:
        words = search_term(term)
        live = {"now": self._clock(), "words": literally(words)}
        with step("search.match"), transaction(self.engine) as connection:
            rows = self._fetch(connection, CALLS_THAT_MATCH, "search.match", live)
        with step("search.rank"):
            self._pacer.wait("search.rank", len(rows))
        note_items(len(rows))
        return {"term": words, "calls": [_call(row) for row in rows]}

    def notifications(self, viewer: Person) -> Json:
        whose = {"viewer": viewer.handle}
        with step("notifications.fetch"), transaction(self.engine) as connection:
            rows = self._fetch(connection, NOTIFICATIONS, "notifications.fetch", whose)
        note_items(len(rows))
        return {
            "notifications": [_reply(row) | {"call_id": row[_CALL_ID]} for row in rows]
        }

    def switch(self, incident: str, *, on: bool) -> None:
        self._board.switch(incident, on=on)

    def happening(self, incident: str) -> bool:
        return self._board.on(incident)

    def _fetch_home(self, viewer: Person) -> list[Json]:
        live = {"now": self._clock(), "viewer": viewer.handle}
        with step("home.fetch"), transaction(self.engine) as connection:
            rows = self._fetch(connection, CALLS_FOLLOWED, "home.fetch", live)
            answers = self._replies_for(connection, [row[_ID] for row in rows])
        with step("home.rank"):
            self._pacer.wait("home.rank", len(rows))
            return [_call(row) | {"replies": answers[row[_ID]]} for row in rows]

    def _replies_for(
        self, connection: Connection, ids: list[str]
    ) -> defaultdict[str, list[Json]]:
        queries: list[tuple[Executable, Json]] = [(REPLIES_TO_CALLS, {"call_ids": ids})]
        if self._board.on("n_plus_one"):
            queries = [(REPLIES_TO_CALL, {"call_id": each}) for each in ids]
        answers: defaultdict[str, list[Json]] = defaultdict(list)
        for query, which in queries:
            for row in self._fetch(connection, query, "home.replies", which):
                answers[row[_CALL_ID]].append(_reply(row))
        return answers

    def _replies_to(self, connection: Connection, call_id: str) -> list[Json]:
        which = {"call_id": call_id}
        rows = self._fetch(connection, REPLIES_TO_CALL, "call.replies", which)
        return [_reply(row) for row in rows]

    def _find_call(self, connection: Connection, call_id: str) -> Row[Any] | None:
        live = {"now": self._clock(), "call_id": call_id}
        rows = self._fetch(connection, CALL, "call.fetch", live)
        return rows[0] if rows else None

    def _count(self, column: Any) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count(column))) or 0


def _call_unknown(call_id: str) -> Problem:
    return refuse(404, "call_unknown", f"No live call has the id {call_id}.")


def _call(row: Iterable[Any]) -> Json:
    """The document of a call from its columns, in the order of the table."""
    call_id, handle, message, created_at, expires_at = row
    return {
        "id": call_id,
        "handle": handle,
        "name": name_of(handle),
        "message": message,
        "created_at": moment(created_at),
        "expires_at": moment(expires_at),
    }


def _reply(row: Iterable[Any]) -> Json:
    """The document of a reply from its columns, in the order of the table."""
    reply_id, _call_id, handle, message, created_at = row
    return {
        "id": reply_id,
        "handle": handle,
        "name": name_of(handle),
        "message": message,
        "created_at": moment(created_at),
    }
