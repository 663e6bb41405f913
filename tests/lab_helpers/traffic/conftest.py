"""Apps for the visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab_helpers.app import Server, create_app


@pytest.fixture
def start() -> Iterator[Callable[[Any], Server]]:
    """Servers that are stopped after the test."""
    servers: list[Server] = []

    def begin(app: Any) -> Server:
        servers.append(Server(app, f"traffic-test-{len(servers)}"))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def kittiwake(start: Callable[[Any], Server]) -> str:
    """The URL of a Kittiwake without waits."""
    return start(create_app(pace=0)).url
