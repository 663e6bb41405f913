"""One emulated Rollbar per test, over a store in a temporary folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lab_emulators.rollbar.app import create_app
from lab_emulators.rollbar.config import LAB_TOKENS, RollbarConfig, TokenScope
from lab_emulators.rollbar.items.repository import ItemRepository
from lab_emulators.store import Store
from lab_emulators.web.flask_app import EXTENSION
from lab_emulators.web.server import Server, bind

NOW_NS = 1_767_225_600_123_456_789  # 2026-01-01T00:00:00.123456789Z


class Clock:
    """A clock that stands until it is told to go."""

    def __init__(self) -> None:
        self.now_ns = NOW_NS

    def __call__(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        self.now_ns += int(seconds * 10**9)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(tmp_path / "items.duckdb", clock=clock) as opened:
        yield opened


@pytest.fixture
def make_app(store: Store, clock: Clock) -> Callable[..., Flask]:
    def make(**settings: Any) -> Flask:
        return create_app(store, RollbarConfig(**({"clock": clock} | settings)))

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def repository(app: Flask) -> ItemRepository:
    """What the emulator of this test keeps."""
    found: ItemRepository = app.extensions[EXTENSION].repository
    return found


@pytest.fixture
def api(app: Flask) -> Callable[[TokenScope], FlaskClient]:
    """Makes clients that show the token of one scope."""

    def make(scope: TokenScope) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_X_ROLLBAR_ACCESS_TOKEN"] = LAB_TOKENS[scope]
        return client

    return make


@pytest.fixture
def post(api: Callable[[TokenScope], FlaskClient]) -> Callable[..., Any]:
    """Reports `data`, with the server's token unless told otherwise."""
    clients = {scope: api(scope) for scope in TokenScope}

    def send(data: Any, scope: TokenScope = TokenScope.POST_SERVER_ITEM) -> Any:
        return clients[scope].post("/api/1/item/", json={"data": data})

    return send


@pytest.fixture
def message() -> Callable[..., dict[str, Any]]:
    """The `data` of a message; fields given go over it."""

    def make(text: str = "hello", **fields: Any) -> dict[str, Any]:
        return {"environment": "lab", "body": {"message": {"body": text}}, **fields}

    return make


@pytest.fixture
def exception() -> Callable[..., dict[str, Any]]:
    """The `data` of an exception; fields given go over it."""

    def make(
        kind: str = "TypeError", text: str = "no", line: int = 7, **fields: Any
    ) -> dict[str, Any]:
        frame = {"filename": "/srv/app/views.py", "lineno": line, "method": "show"}
        trace = {"frames": [frame], "exception": {"class": kind, "message": text}}
        return {"environment": "lab", "body": {"trace": trace}, **fields}

    return make


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The emulator behind a real socket; the URL that libraries are told."""
    server = Server("rollbar", app, bind(0)[0])
    yield f"{server.url}/api/1/"
    server.stop()
