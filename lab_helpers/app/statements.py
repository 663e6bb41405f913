"""SQL statements of the feed and messages services, built once.

SQLAlchemy takes longer to build a statement and to find its compiled text than SQLite
takes to run it. A statement that is built once keeps its text; what differs from one
execution to the next is in its named parameters.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BindParameter,
    Select,
    Table,
    and_,
    bindparam,
    insert,
    or_,
    select,
)

from lab_helpers.app.database import (
    calls,
    follows,
    imported_messages,
    messages,
    replies,
)

SEARCH_LIMIT = 40
NOTIFICATION_LIMIT = 25
PAGE = 30

LIVE_CALLS = (
    select(calls)
    .where(calls.c.expires_at > bindparam("now"))
    .order_by(calls.c.created_at.desc(), calls.c.id)
)
"""Calls that have not expired `now`, the latest first."""

CALL = LIVE_CALLS.where(calls.c.id == bindparam("call_id"))
CALLS_OF_PERSON = LIVE_CALLS.where(calls.c.handle == bindparam("handle"))
CALLS_FOLLOWED = LIVE_CALLS.where(
    calls.c.handle.in_(
        select(follows.c.followee).where(follows.c.follower == bindparam("viewer"))
    )
)
CALLS_THAT_MATCH = LIVE_CALLS.where(
    calls.c.message.icontains(bindparam("words"), escape="/")
).limit(SEARCH_LIMIT)
"""Calls whose message contains `words`, a text that went through `literally`."""


def _earliest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(replies.c.created_at, replies.c.id)


REPLIES_TO_CALL = _earliest_first(
    select(replies).where(replies.c.call_id == bindparam("call_id"))
)
REPLIES_TO_CALLS = _earliest_first(
    select(replies).where(replies.c.call_id.in_(bindparam("call_ids", expanding=True)))
)
NOTIFICATIONS = (
    select(replies)
    .join(calls, calls.c.id == replies.c.call_id)
    .where(
        calls.c.handle == bindparam("viewer"), replies.c.handle != bindparam("viewer")
    )
    .order_by(replies.c.created_at.desc(), replies.c.id)
    .limit(NOTIFICATION_LIMIT)
)
"""Replies of others to the calls of `viewer`, the latest first."""

_viewer: BindParameter[str] = bindparam("viewer")
_other: BindParameter[str] = bindparam("other")


def _latest_first(table: Table) -> Select[Any]:
    return select(table).order_by(table.c.created_at.desc(), table.c.number.desc())


def _between(table: Table) -> Select[Any]:
    """A page of the messages between `viewer` and `other`, the latest first."""
    sender, receiver = table.c.sender, table.c.receiver
    sent = and_(sender == _viewer, receiver == _other)
    received = and_(sender == _other, receiver == _viewer)
    return _latest_first(table).where(or_(sent, received)).limit(PAGE)


MESSAGES_OF_PERSON = _latest_first(messages).where(
    or_(messages.c.sender == _viewer, messages.c.receiver == _viewer)
)
MESSAGES_BETWEEN = _between(messages)
IMPORTED_MESSAGES_BETWEEN = _between(imported_messages)
"""The same SQL; the times in its rows have no zone."""

NEW_CALL = insert(calls)
NEW_REPLY = insert(replies)
NEW_MESSAGE = insert(messages)


def literally(words: str) -> str:
    """Words for a LIKE pattern, with its wildcards and the escape `/` escaped."""
    return words.replace("/", "//").replace("%", "/%").replace("_", "/_")
