"""One emulated Honeycomb per test, over a store in a temporary folder."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask import Flask
from flask.testing import FlaskClient

from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import LAB_KEY, HoneycombConfig
from lab_emulators.store import Store

NOW_NS = 1_767_225_600_123_456_789  # 2026-01-01T00:00:00.123456789Z


@pytest.fixture
def clock() -> Callable[[], int]:
    return lambda: NOW_NS


@pytest.fixture
def store(tmp_path: Path, clock: Callable[[], int]) -> Iterator[Store]:
    with Store.open(tmp_path / "events.duckdb", clock=clock) as opened:
        yield opened


@pytest.fixture
def make_app(store: Store, clock: Callable[[], int]) -> Callable[..., Flask]:
    def make(**settings: Any) -> Flask:
        return create_app(store, HoneycombConfig(**({"clock": clock} | settings)))

    return make


@pytest.fixture
def api(make_app: Callable[..., Flask]) -> FlaskClient:
    """The emulator's own client, with the lab key on every request."""
    client = make_app().test_client()
    client.environ_base["HTTP_X_HONEYCOMB_TEAM"] = LAB_KEY
    return client


@pytest.fixture
def stranger(make_app: Callable[..., Flask]) -> FlaskClient:
    """A client without any key."""
    return make_app().test_client()


@pytest.fixture
def rows(store: Store) -> Callable[[str], list[dict[str, Any]]]:
    """Everything stored in a dataset, as dicts without the absent columns."""

    def read(slug: str) -> list[dict[str, Any]]:
        with store.reader() as reader:
            info = reader.table(slug)
            if info is None:
                return []
            found = reader.execute(f"SELECT * FROM {info.physical} ORDER BY rowid")
        names = {column.physical: key for key, column in info.columns.items()}
        return [
            {
                names.get(name, name): cell
                for name, cell in row.items()
                if cell is not None
            }
            for row in found.to_pylist()
        ]

    return read


@pytest.fixture
def served(make_app: Callable[..., Flask]) -> Iterator[str]:
    """The URL of the emulator behind real sockets."""
    server = waitress.create_server(make_app(), host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, name="honeycomb", daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(
        lambda: waitress.server.wasyncore.close_all(server._map)
    )
    thread.join(5)
