"""Answers as they are encoded, and as they have been since the first Kittiwake."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

import pytest
from flask import jsonify
from sqlalchemy import event

from lab_helpers.app import engine_of
from lab_helpers.app.seeding import LASTING_CALLS

CALL = f"/api/calls/{LASTING_CALLS[1]}"

GOLDEN = [
    ("GET", "/api/feed/home", None, "5cb70161f076"),
    ("GET", "/api/feed/@hana_p", None, "450565fa1493"),
    ("GET", CALL, None, "7fa28d0c6877"),
    ("GET", "/api/search?term=tide", None, "b3d2bda0cbc2"),
    ("GET", "/api/search?term=t_de", None, "6d34dd85b07e"),
    ("GET", "/api/notifications", None, "e81aaaf5e8f0"),
    ("GET", "/api/message_groups", None, "331118f4e50d"),
    ("GET", "/api/messages/@wiremu", None, "2a3a01a590c9"),
    ("POST", "/api/calls", {"message": "one", "ttl": "1d"}, "040c5cbdcbf5"),
    ("POST", f"{CALL}/replies", {"message": "two"}, "e7f3fb7eca23"),
    (
        "POST",
        "/api/messages",
        {"receiver": "wiremu", "message": "three"},
        "eba90140d74c",
    ),
]
"""Requests to a fresh app, and the digest of the answer and its SQL statements."""


@pytest.fixture
def client_and_statements(make_app, sign_in):
    app, seen = make_app(), []

    def listen(_connection, _cursor, statement, values, _context, many):
        seen.append((" ".join(statement.split()), values, many))

    event.listen(engine_of(app), "before_cursor_execute", listen)
    return sign_in(app), seen


@pytest.mark.parametrize(("method", "path", "body", "digest"), GOLDEN)
def test_a_request_is_answered_and_asks_the_database_as_ever(
    client_and_statements, method, path, body, digest
):
    client, statements = client_and_statements
    answer = client.open(path, method=method, json=body)
    whole = json.dumps([answer.status_code, answer.get_json(), statements])
    assert hashlib.sha256(whole.encode()).hexdigest()[:12] == digest, whole


def test_an_answer_is_compact_utf8_with_sorted_keys(client):
    answer = client.get("/api/feed/@ingrid_w")
    document = json.loads(answer.data)
    text = json.dumps(
        document, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    assert answer.data == f"{text}\n".encode()
    assert "Ingrid Wahlstrøm" in text
    assert answer.content_type == "application/json"


def test_jsonify_takes_what_flask_can_encode(make_app):
    app = make_app()
    with app.test_request_context():
        assert jsonify(Decimal("1.5")).get_json() == "1.5"
        assert jsonify(a=1, b=None).get_json() == {"a": 1, "b": None}
        assert jsonify(1, 2).get_json() == [1, 2]
        with pytest.raises(TypeError, match="not JSON serializable"):
            jsonify(object())
