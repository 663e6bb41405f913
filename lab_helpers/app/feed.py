"""The feed service: calls, replies, search and notifications, over SQL."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Row, func, insert, select

from lab_helpers.app.database import Clock, calls, follows, replies, transaction
from lab_helpers.app.facts import note_cache, note_items
from lab_helpers.app.incidents import Switchboard
from lab_helpers.app.lag import Pacer
from lab_helpers.app.people import Person
from lab_helpers.app.problems import Problem, refuse
from lab_helpers.app.seeding import Ids
from lab_helpers.app.service import Feed, Json, byline, find_person, moment
from lab_helpers.app.steps import step
from lab_helpers.app.validation import (
    LIFETIMES,
    call_fields,
    reply_field,
    search_term,
)

CACHE_SECONDS = 4.0
SEARCH_LIMIT = 40
NOTIFICATION_LIMIT = 25


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


class FeedService(Feed):
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
        query = self._live_calls().where(calls.c.handle == handle)
        with step("person.fetch"), transaction(self.engine) as connection:
            rows = self._run(connection, query, "person.fetch").all()
        note_items(len(rows))
        described = {**byline(handle), "tenant": person.tenant}
        return {"person": described, "calls": [_call(row) for row in rows]}

    def call(self, call_id: str) -> Json:
        with step("call.fetch"), transaction(self.engine) as connection:
            row = self._find_call(connection, call_id)
            query = _replies_of(call_id)
            answers = self._run(connection, query, "call.replies").all() if row else []
        if row is None:
            raise _call_unknown(call_id)
        note_items(1 + len(answers))
        return _call(row) | {"replies": [_reply(answer) for answer in answers]}

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
            self._run(connection, insert(calls).values(row), "call.store")
        self._cache.clear()
        return _call_document(row)

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
            self._run(connection, insert(replies).values(row), "reply.store")
        self._cache.clear()
        return _reply_document(row) | {"call_id": call_id}

    def search(self, term: str | None) -> Json:
        words = search_term(term)
        matches = calls.c.message.icontains(words, autoescape=True)
        query = self._live_calls().where(matches).limit(SEARCH_LIMIT)
        with step("search.match"), transaction(self.engine) as connection:
            rows = self._run(connection, query, "search.match").all()
        with step("search.rank"):
            self._pacer.wait("search.rank", len(rows))
        note_items(len(rows))
        return {"term": words, "calls": [_call(row) for row in rows]}

    def notifications(self, viewer: Person) -> Json:
        query = (
            select(replies)
            .join(calls, calls.c.id == replies.c.call_id)
            .where(calls.c.handle == viewer.handle, replies.c.handle != viewer.handle)
            .order_by(replies.c.created_at.desc(), replies.c.id)
            .limit(NOTIFICATION_LIMIT)
        )
        with step("notifications.fetch"), transaction(self.engine) as connection:
            rows = self._run(connection, query, "notifications.fetch").all()
        note_items(len(rows))
        return {
            "notifications": [_reply(row) | {"call_id": row.call_id} for row in rows]
        }

    def switch(self, incident: str, *, on: bool) -> None:
        self._board.switch(incident, on=on)

    def happening(self, incident: str) -> bool:
        return self._board.on(incident)

    def _fetch_home(self, viewer: Person) -> list[Json]:
        followed = select(follows.c.followee).where(follows.c.follower == viewer.handle)
        query = self._live_calls().where(calls.c.handle.in_(followed))
        with step("home.fetch"), transaction(self.engine) as connection:
            rows = self._run(connection, query, "home.fetch").all()
            answers = self._replies_for(connection, [row.id for row in rows])
        with step("home.rank"):
            self._pacer.wait("home.rank", len(rows))
            return [_call(row) | {"replies": answers[row.id]} for row in rows]

    def _replies_for(
        self, connection: Connection, ids: list[str]
    ) -> defaultdict[str, list[Json]]:
        queries = [select(replies).where(replies.c.call_id.in_(ids))]
        if self._board.on("n_plus_one"):
            queries = [select(replies).where(replies.c.call_id == each) for each in ids]
        answers: defaultdict[str, list[Json]] = defaultdict(list)
        for query in queries:
            ordered = query.order_by(replies.c.created_at, replies.c.id)
            for row in self._run(connection, ordered, "home.replies"):
                answers[row.call_id].append(_reply(row))
        return answers

    def _find_call(self, connection: Connection, call_id: str) -> Row[Any] | None:
        query = self._live_calls().where(calls.c.id == call_id)
        row: Row[Any] | None = self._run(connection, query, "call.fetch").one_or_none()
        return row

    def _live_calls(self) -> Any:
        return (
            select(calls)
            .where(calls.c.expires_at > self._clock())
            .order_by(calls.c.created_at.desc(), calls.c.id)
        )

    def _run(self, connection: Connection, query: Executable, lag: str) -> Any:
        options = {"lag_ms": self._pacer.draw_ms(lag)}
        return connection.execute(query, execution_options=options)

    def _count(self, column: Any) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count(column))) or 0


def _call_unknown(call_id: str) -> Problem:
    return refuse(404, "call_unknown", f"No live call has the id {call_id}.")


def _replies_of(call_id: str) -> Any:
    query = select(replies).where(replies.c.call_id == call_id)
    return query.order_by(replies.c.created_at, replies.c.id)


def _call(row: Row[Any]) -> Json:
    return _call_document(row._mapping)


def _call_document(row: Any) -> Json:
    return {
        "id": row["id"],
        **byline(row["handle"]),
        "message": row["message"],
        "created_at": moment(row["created_at"]),
        "expires_at": moment(row["expires_at"]),
    }


def _reply(row: Row[Any]) -> Json:
    return _reply_document(row._mapping)


def _reply_document(row: Any) -> Json:
    return {
        "id": row["id"],
        **byline(row["handle"]),
        "message": row["message"],
        "created_at": moment(row["created_at"]),
    }
