"""A vendor that says 429 is sent the rest when it says so."""

import time
from dataclasses import replace

import pytest

from lab_emulators.rollbar.app import create_app
from lab_emulators.rollbar.config import LAB_TOKENS, RollbarConfig, Token, TokenScope
from lab_emulators.store import Store
from lab_emulators.web.server import Server, bind
from lab_helpers import settings

CALLS = 2


@pytest.fixture
def limited(tmp_path, monkeypatch, running):
    """A Rollbar that takes two items a second, in place of the lab's."""
    tokens = {
        text: Token(scope, frozenset({scope})) for scope, text in LAB_TOKENS.items()
    }
    posting = LAB_TOKENS[TokenScope.POST_SERVER_ITEM]
    tokens[posting] = replace(tokens[posting], window_s=1, calls=CALLS)
    config = RollbarConfig(tokens=tokens, enforce_rate_limits=True)
    store = Store.open(tmp_path / "items.duckdb")
    server = Server("rollbar", create_app(store, config), bind(0)[0])
    known = settings.load()
    rollbar = replace(known.rollbar, endpoint=f"{server.url}/api/1/")
    monkeypatch.setattr(settings, "load", lambda: replace(known, rollbar=rollbar))
    yield
    server.stop()
    store.close()


def test_a_limit_slows_the_sending_and_loses_nothing(day, limited) -> None:
    begun = time.monotonic()
    delivery = day.send("rollbar", progress=False)
    assert delivery.sent == delivery.total > 2 * CALLS
    assert time.monotonic() - begun > 1
    assert day.send("rollbar", progress=False).sent == 0
