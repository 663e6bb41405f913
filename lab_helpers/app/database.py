"""The SQL database: its tables, and SQLite made to answer like a distant server."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    create_engine,
    event,
)

from lab_helpers.app.facts import note_queue_wait
from lab_helpers.app.lag import pause

Clock = Callable[[], datetime]
"""Returns the present moment in UTC, timezone-aware."""

POOL_SIZE = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


@lru_cache(4096)
def _instant(microseconds: int | None) -> datetime | None:
    # The same rows are read over and over; a moment that is the same object is also
    # found sooner by whatever looks it up (a datetime keeps its hash).
    if microseconds is None:
        return None
    return _EPOCH + timedelta(microseconds=microseconds)


class Instant(TypeDecorator[datetime]):
    """A timezone-aware moment, kept as microseconds since the epoch."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> Any:
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def result_processor(self, dialect: Any, coltype: object) -> Any:
        return _instant


class LocalInstant(Instant):
    """The same moment without its time zone."""

    cache_ok = True

    def result_processor(self, dialect: Any, coltype: object) -> Any:
        return _local


@lru_cache(4096)
def _local(microseconds: int | None) -> datetime | None:
    moment = _instant(microseconds)
    return None if moment is None else moment.replace(tzinfo=None)


metadata = MetaData()

calls = Table(
    "calls",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("handle", String(40), nullable=False, index=True),
    Column("message", Text, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
)
replies = Table(
    "replies",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("call_id", String(36), nullable=False, index=True),
    Column("handle", String(40), nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)
follows = Table(
    "follows",
    metadata,
    Column("follower", String(40), primary_key=True),
    Column("followee", String(40), primary_key=True),
)


def _messages(metadata: MetaData, moment: type[Instant]) -> Table:
    return Table(
        "messages",
        metadata,
        Column("number", Integer, primary_key=True),
        Column("id", String(36), nullable=False, unique=True),
        Column("sender", String(40), nullable=False, index=True),
        Column("receiver", String(40), nullable=False, index=True),
        Column("message", Text, nullable=False),
        Column("created_at", moment, nullable=False),
    )


messages = _messages(metadata, Instant)
imported_messages = _messages(MetaData(), LocalInstant)
"""The same table as an importer from before the time zones declared it."""

FEED_TABLES = (calls, replies, follows)
MESSAGE_TABLES = (messages,)


def open_database(
    name: str, tables: Sequence[Table], path: Path | None = None
) -> Engine:
    """An engine over the SQLite file at `path` (None: a temporary file), tables made.

    `name` is what the engine's URL calls the database, wherever the file lies. A
    temporary file goes away with the engine. A statement executed with the option
    `lag_ms` takes that many milliseconds longer, as on a server across a network.
    """
    folder = None if path else tempfile.mkdtemp(prefix="kittiwake-")
    file = path or Path(str(folder), f"{name}.db")
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{name}",
        creator=lambda: sqlite3.connect(file, timeout=10, check_same_thread=False),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=10,
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "do_execute", _lag_before_statement)
    metadata.create_all(engine, tables=tables)
    weakref.finalize(engine, _clean_up, engine.pool.dispose, folder)
    return engine


def _prepare_connection(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _lag_before_statement(_cursor: Any, _sql: str, _params: Any, context: Any) -> None:
    # Inside the execution, so that whoever times the statement sees the lag in it;
    # before SQLite begins, so that no lock is held while waiting.
    pause(context.execution_options.get("lag_ms", 0.0))


def _clean_up(dispose: Callable[[], None], folder: str | None) -> None:
    dispose()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction; the wait for it goes into the request's facts."""
    begin = time.perf_counter()
    with engine.begin() as connection:
        note_queue_wait((time.perf_counter() - begin) * 1000.0)
        yield connection
