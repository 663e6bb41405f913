"""Kittiwake without waits, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lab_helpers.app import Server, create_app
from lab_helpers.app.service import USER_HEADER

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def make_app() -> Callable[..., Flask]:
    """create_app without waits and with a clock that stands at noon."""

    def make(service: Any = "all", **options: Any) -> Flask:
        return create_app(service, **({"pace": 0, "clock": lambda: NOON} | options))

    return make


@pytest.fixture
def sign_in() -> Callable[..., FlaskClient]:
    """A test client that says who it is."""

    def client_of(app: Flask, handle: str = "marisol") -> FlaskClient:
        client = app.test_client()
        header = "HTTP_" + USER_HEADER.upper().replace("-", "_")
        client.environ_base[header] = handle
        return client

    return client_of


@pytest.fixture
def client(
    make_app: Callable[..., Flask], sign_in: Callable[..., FlaskClient]
) -> FlaskClient:
    """marisol, talking to the whole app."""
    return sign_in(make_app())


@pytest.fixture
def start() -> Iterator[Callable[[Flask, str], Server]]:
    """Servers that are stopped after the test."""
    servers: list[Server] = []

    def begin(app: Flask, name: str) -> Server:
        servers.append(Server(app, name))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def three(
    make_app: Callable[..., Flask], start: Callable[[Flask, str], Server]
) -> Callable[..., Flask]:
    """The api app in front of a feed and a messages server."""

    def make(**options: Any) -> Flask:
        feed = start(make_app("feed", **options), "feed")
        messages = start(make_app("messages", **options), "messages")
        urls = {"feed_url": feed.url, "messages_url": messages.url}
        return make_app("api", **urls, **options)

    return make


def codes(answer: Any) -> list[str]:
    """The short codes of a refusal."""
    return [error["code"] for error in answer.get_json()["errors"]]


@pytest.fixture(name="codes")
def codes_fixture() -> Callable[[Any], list[str]]:
    """Reads the short codes of a refusal."""
    return codes
