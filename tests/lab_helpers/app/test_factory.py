"""One app or three services: the same answers."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lab_helpers.app
from lab_helpers.app import Server, create_app, engine_of
from lab_helpers.app.seeding import LASTING_CALLS

STORY = [
    ("GET", "/api/feed/home", None),
    ("POST", "/api/calls", {"message": "one", "ttl": "1d"}),
    ("POST", "/api/calls", {"message": "", "ttl": 1}),
    ("POST", "/api/calls", {"message": ["deep", {"er": [1]}], "ttl": {}}),
    ("POST", "/api/calls", "no object"),
    ("GET", "/api/feed/home", None),
    ("POST", f"/api/calls/{LASTING_CALLS[1]}/replies", {"message": "two"}),
    ("GET", f"/api/calls/{LASTING_CALLS[1]}", None),
    ("GET", "/api/calls/00000000-0000-0000-0000-000000000000", None),
    ("GET", "/api/feed/@ingrid_w", None),
    ("GET", "/api/feed/@..", None),
    ("GET", "/api/feed/@a%26handle=tor_b", None),
    ("GET", "/api/search?term=Tide%20tables", None),
    ("GET", "/api/search", None),
    ("GET", "/api/notifications", None),
    ("GET", "/api/message_groups", None),
    ("POST", "/api/messages", {"receiver": "wiremu", "message": "three"}),
    ("POST", "/api/messages", {"receiver": "nobody", "message": "three"}),
    ("GET", "/api/messages/@wiremu", None),
    ("GET", "/api/messages/@nobody", None),
    ("PUT", "/lab/incidents/n_plus_one", None),
    ("GET", "/lab/incidents", None),
    ("PUT", "/lab/incidents/earthquake", None),
    ("GET", "/health", None),
    ("GET", "/", None),
]

FIELDS = ("message", "ttl", "receiver")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.fixture
def both(make_app, three, sign_in):
    return sign_in(make_app()), sign_in(three())


def _tell(client):
    answers = []
    for method, path, body in STORY:
        data = None if body is None else json.dumps(body)
        answer = client.open(path, method=method, data=data)
        facts = json.loads(answer.headers.get("X-Kittiwake-Facts", "{}"))
        facts.pop("queue_wait_ms", None)
        answers.append((path, answer.status_code, answer.get_json(), facts))
    return answers


def test_three_services_answer_as_the_one_app_does(make_app, three, sign_in):
    together = _tell(sign_in(make_app(seed=11)))
    apart = _tell(sign_in(three(seed=11)))
    for one, other in zip(together, apart, strict=True):
        assert one == other


@given(body=st.dictionaries(st.sampled_from(FIELDS), ANYTHING) | ANYTHING)
def test_whatever_is_sent_is_refused_alike_near_and_far(both, body):
    for path in ("calls", "messages"):
        near, far = (
            client.post(f"/api/{path}", data=json.dumps(body)) for client in both
        )
        assert near.status_code in (201, 400, 404, 422)
        assert (near.status_code, near.get_json()) == (far.status_code, far.get_json())


def test_the_seed_decides_what_people_said(make_app, sign_in):
    homes = [
        sign_in(make_app(seed=seed)).get("/api/feed/home").get_json()
        for seed in (1, 1, 2)
    ]
    assert homes[0] == homes[1]
    assert homes[0] != homes[2]


def test_a_service_that_is_gone_is_a_503_that_names_it(make_app, sign_in, codes):
    nowhere = "http://127.0.0.1:9"
    client = sign_in(make_app("api", feed_url=nowhere, messages_url=nowhere))
    answer = client.get("/api/feed/home")
    assert (answer.status_code, codes(answer)) == (503, ["feed_unreachable"])


def test_a_service_that_speaks_no_json_is_a_502(make_app, sign_in, codes, start):
    def babble(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"<hello>"]

    url = start(babble, "babble").url
    client = sign_in(make_app("api", feed_url=url, messages_url=url))
    answer = client.get("/api/message_groups")
    assert (answer.status_code, codes(answer)) == (502, ["messages_failed"])


def test_only_the_api_takes_urls_and_it_needs_both():
    with pytest.raises(ValueError, match="needs feed_url"):
        create_app("api", feed_url="http://127.0.0.1:1")
    with pytest.raises(ValueError, match="only the api"):
        create_app("feed", feed_url="http://127.0.0.1:1")
    with pytest.raises(ValueError, match="all, api, feed, messages"):
        create_app("mail")  # type: ignore[arg-type]


def test_each_service_has_its_own_database_and_the_api_has_none(make_app):
    assert engine_of(make_app("feed")).url.database == "feed"
    assert engine_of(make_app()).url.database == "kittiwake"
    far = "http://127.0.0.1:9"
    with pytest.raises(LookupError, match="feed or messages"):
        engine_of(make_app("api", feed_url=far, messages_url=far))


def test_a_database_that_is_kept_keeps_its_calls(make_app, sign_in, tmp_path):
    body = {"message": "kept", "ttl": "4w"}
    ids = []
    for _ in range(2):
        app = make_app(database=tmp_path / "deep" / "kittiwake.db")
        made = sign_in(app).post("/api/calls", json=body)
        ids.append(made.get_json()["id"])
        engine_of(app).dispose()
    page = sign_in(app).get("/api/feed/@marisol").get_json()["calls"]
    assert {call["id"] for call in page} >= set(ids)
    assert len(set(ids)) == 2
    engine_of(app).dispose()


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_the_export_list_is_what_there_is():
    there = {
        name
        for name, value in vars(lab_helpers.app).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert set(lab_helpers.app.__all__) == there
    assert {"create_app", "serve", "run_processes"} <= there


def test_there_is_no_telemetry_in_the_app():
    files = sorted(Path(lab_helpers.app.__file__).parent.rglob("*.py"))
    assert len(files) > 10
    banned = ("opentelemetry", "aws_xray_sdk", "rollbar", "watchtower")
    for file in files:
        assert not [name for name in _imports(file) if name.startswith(banned)], file


def test_the_app_passes_no_trace_header_on_by_itself(make_app, sign_in, start):
    seen = []
    feed = make_app("feed")

    def spy(environ, start_response):
        seen.append(environ)
        return feed(environ, start_response)

    url = start(spy, "spy").url
    client = sign_in(make_app("api", feed_url=url, messages_url=url))
    client.get("/api/feed/home", headers={"traceparent": "00-" + "1" * 32 + "-1-01"})
    assert seen[0]["HTTP_X_KITTIWAKE_USER"] == "marisol"
    assert "HTTP_TRACEPARENT" not in seen[0]


def test_one_connection_serves_call_after_call_and_carries_no_cookie(
    make_app, sign_in, start
):
    seen, messages = [], make_app("messages")

    def spy(environ, start_response):
        seen.append((environ["REMOTE_PORT"], environ.get("HTTP_COOKIE")))

        def start_with_cookie(status, headers):
            return start_response(status, [*headers, ("Set-Cookie", "who=marisol")])

        return messages(environ, start_with_cookie)

    url = start(spy, "spy").url
    app = make_app("api", feed_url=url, messages_url=url)
    for handle in ("marisol", "noor_h", "marisol"):
        assert sign_in(app, handle).get("/api/message_groups").status_code == 200
    assert len(seen) == 3
    assert seen == [(seen[0][0], None)] * 3


def test_a_service_that_came_back_at_its_port_is_reached_again(
    make_app, sign_in, start, codes
):
    feed = make_app("feed")
    first = start(feed, "feed")
    client = sign_in(make_app("api", feed_url=first.url, messages_url=first.url))
    assert client.get("/api/notifications").status_code == 200
    first.stop()
    assert codes(client.get("/api/notifications")) == ["feed_unreachable"]
    with Server(feed, "feed", first.port):
        assert client.get("/api/notifications").status_code == 200
