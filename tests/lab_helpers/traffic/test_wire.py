"""One visit, by hand."""

from __future__ import annotations

import pytest
from flask import Flask, request

from lab_helpers import traffic
from lab_helpers.traffic.visitors import Address
from lab_helpers.traffic.wire import ask


@pytest.fixture
def echo(start):
    """The URL of an app that says back the headers it got."""
    app = Flask("echo")
    app.add_url_rule("/headers", view_func=lambda: dict(request.headers))
    return start(app).url


def test_a_visit_gives_the_status(kittiwake):
    assert traffic.get(kittiwake, "/api/feed/home", user="marisol") == 200
    assert traffic.get(kittiwake, "/api/feed/home") == 401
    assert traffic.get(kittiwake, "/nowhere", user="marisol") == 404


def test_a_visit_to_nobody_says_what_to_do():
    with pytest.raises(traffic.NothingListens, match="serve the app first"):
        traffic.get("http://127.0.0.1:9", "/")


def test_a_visit_carries_its_user_and_further_headers(echo):
    status, body = ask(
        Address.of(echo), "GET", "/headers", user="marisol", headers={"X-More": "yes"}
    )
    assert status == 200
    assert b'"X-Kittiwake-User":"marisol"' in body
    assert b'"X-More":"yes"' in body
