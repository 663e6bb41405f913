"""Factory of Kittiwake's apps: everything in one, or one of three services."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from flask import Flask
from sqlalchemy import Engine

from lab_helpers.app.answers import AnswerProvider
from lab_helpers.app.database import (
    FEED_TABLES,
    MESSAGE_TABLES,
    Clock,
    open_database,
    utc_now,
)
from lab_helpers.app.feed import FeedService
from lab_helpers.app.incidents import Switchboard
from lab_helpers.app.lag import Pacer
from lab_helpers.app.messages import MessageService
from lab_helpers.app.problems import install_problems
from lab_helpers.app.remote import RemoteFeed, RemoteMessages
from lab_helpers.app.routes import (
    api_routes,
    feed_routes,
    front_routes,
    lab_routes,
    messages_routes,
)
from lab_helpers.app.seeding import seed_feed, seed_messages
from lab_helpers.app.service import SERVICES, Feed, Messages

Service = Literal["all", "api", "feed", "messages"]

LARGEST_BODY = 64 * 1024
_ENGINE = "kittiwake.engine"
_DATABASES = {
    "all": ("kittiwake", FEED_TABLES + MESSAGE_TABLES),
    "feed": ("feed", FEED_TABLES),
    "messages": ("messages", MESSAGE_TABLES),
}


def create_app(
    service: Service = "all",
    *,
    feed_url: str | None = None,
    messages_url: str | None = None,
    seed: int = 7,
    database: Path | None = None,
    clock: Clock = utc_now,
    pace: float = 1.0,
) -> Flask:
    """Kittiwake as a Flask app: everything in one ("all") or one service of three.

    "api" needs the URLs of the other two. `database` is the SQLite file (None: a
    temporary one), `seed` decides content and latencies, `pace` multiplies the designed
    waits (0: none). There is no telemetry in it; that is for you to add. ValueError if
    the service is unknown or URLs and service do not go together.
    """
    _refuse_wrong_parts(service, feed_url, messages_url)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json = AnswerProvider(app)
    install_problems(app)
    app.register_blueprint(front_routes("api" if service == "all" else service))
    if feed_url and messages_url:
        far = RemoteFeed("feed", feed_url), RemoteMessages("messages", messages_url)
        _add_api(app, *far)
        return app
    engine = open_database(*_DATABASES[service], database)
    app.extensions[_ENGINE] = engine
    parts = engine, Pacer(seed, pace), Switchboard(), clock
    feed = messages = None
    if service in ("all", "feed"):
        seed_feed(engine, seed, clock)
        feed = FeedService(*parts)
    if service in ("all", "messages"):
        seed_messages(engine, seed, clock)
        messages = MessageService(*parts)
    _add_near(app, feed, messages)
    return app


def engine_of(app: Flask) -> Engine:
    """The SQLAlchemy engine of an app that has a database.

    LookupError for the api service, which asks the other two instead.
    """
    engine: Engine | None = app.extensions.get(_ENGINE)
    if engine is None:
        raise LookupError("the api service has no database: look at feed or messages")
    return engine


def _refuse_wrong_parts(
    service: str, feed_url: str | None, messages_url: str | None
) -> None:
    if service not in ("all", *SERVICES):
        names = ", ".join(("all", *SERVICES))
        raise ValueError(f"no service {service!r}; there are: {names}")
    if service == "api" and not (feed_url and messages_url):
        raise ValueError("the api service needs feed_url and messages_url")
    if service != "api" and (feed_url or messages_url):
        raise ValueError(f"only the api service takes URLs, not {service!r}")


def _add_api(app: Flask, feed: Feed, messages: Messages) -> None:
    app.register_blueprint(api_routes(feed, messages))
    app.register_blueprint(lab_routes({"feed": feed, "messages": messages}))


def _add_near(app: Flask, feed: Feed | None, messages: Messages | None) -> None:
    if feed and messages:
        _add_api(app, feed, messages)
    elif feed:
        app.register_blueprint(feed_routes(feed))
        app.register_blueprint(lab_routes({"feed": feed}))
    elif messages:
        app.register_blueprint(messages_routes(messages))
        app.register_blueprint(lab_routes({"messages": messages}))
