"""What the app answers, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_helpers.app.people import PEOPLE
from lab_helpers.app.seeding import LASTING_CALLS

READS = [
    "/api/feed/home",
    "/api/feed/@tor_b",
    f"/api/calls/{LASTING_CALLS[0]}",
    "/api/search?term=ferry",
    "/api/notifications",
    "/api/message_groups",
    "/api/messages/@noor_h",
]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("path", READS)
def test_every_page_needs_a_known_caller(make_app, sign_in, codes, path):
    app = make_app()
    assert codes(app.test_client().get(path)) == ["user_missing"]
    stranger = sign_in(app, "nobody").get(path)
    assert (stranger.status_code, codes(stranger)) == (401, ["user_unknown"])
    assert sign_in(app).get(path).status_code == 200


def test_the_home_feed_shows_live_calls_of_the_followed_newest_first(client):
    calls = client.get("/api/feed/home").get_json()["calls"]
    created = [call["created_at"] for call in calls]
    assert created == sorted(created, reverse=True)
    assert {"marisol", "bram_v"} <= {call["handle"] for call in calls}
    assert any(call["replies"] for call in calls)


def test_the_huge_tenant_has_a_home_feed_many_times_longer(make_app, sign_in):
    app = make_app()
    lengths = {
        handle: len(sign_in(app, handle).get("/api/feed/home").get_json()["calls"])
        for handle in ("ingrid_w", "marisol")
    }
    assert lengths["ingrid_w"] > 4 * lengths["marisol"]


def test_a_new_call_is_seen_at_once_on_a_cached_home_feed(client):
    client.get("/api/feed/home")
    made = client.post("/api/calls", json={"message": " hello ", "ttl": "1h"})
    assert made.status_code == 201
    newest = client.get("/api/feed/home").get_json()["calls"][0]
    assert (newest["id"], newest["message"]) == (made.get_json()["id"], "hello")


def test_a_call_expires_when_its_time_to_live_is_over(make_app, sign_in, codes):
    now = [datetime(2026, 6, 1, tzinfo=UTC)]
    client = sign_in(make_app(clock=lambda: now[0]))
    made = client.post("/api/calls", json={"message": "brief", "ttl": "1h"}).get_json()
    now[0] += timedelta(minutes=59)
    assert client.get(f"/api/calls/{made['id']}").status_code == 200
    now[0] += timedelta(minutes=1)
    gone = client.get(f"/api/calls/{made['id']}")
    assert (gone.status_code, codes(gone)) == (404, ["call_unknown"])


def test_every_moment_carries_its_offset(client):
    call = client.get(f"/api/calls/{LASTING_CALLS[0]}").get_json()
    for name in ("created_at", "expires_at"):
        assert datetime.fromisoformat(call[name]).utcoffset() == timedelta(0)


def test_a_reply_appears_under_its_call_and_in_the_authors_notifications(
    make_app, sign_in
):
    app = make_app()
    made = sign_in(app).post("/api/calls", json={"message": "who?", "ttl": "1d"})
    path = f"/api/calls/{made.get_json()['id']}"
    answer = sign_in(app, "noor_h").post(f"{path}/replies", json={"message": "me"})
    assert answer.status_code == 201
    assert [r["handle"] for r in sign_in(app).get(path).get_json()["replies"]] == [
        "noor_h"
    ]
    notes = sign_in(app).get("/api/notifications").get_json()["notifications"]
    assert notes[0]["message"] == "me"


def test_a_message_reaches_both_sides_and_nobody_else(make_app, sign_in):
    app = make_app()
    body = {"receiver": "@hana_p", "message": "psst"}
    assert sign_in(app).post("/api/messages", json=body).status_code == 201
    for reader, other in (("marisol", "hana_p"), ("hana_p", "marisol")):
        page = sign_in(app, reader).get(f"/api/messages/@{other}").get_json()
        assert page["messages"][-1]["message"] == "psst"
        groups = sign_in(app, reader).get("/api/message_groups").get_json()["groups"]
        assert groups[0]["handle"] == other
    bystander = sign_in(app, "noor_h").get("/api/messages/@hana_p").get_json()
    assert "psst" not in [each["message"] for each in bystander["messages"]]


def test_a_conversation_with_oneself_shows_no_one_elses_messages(client):
    client.post("/api/messages", json={"receiver": "marisol", "message": "note"})
    page = client.get("/api/messages/@marisol").get_json()["messages"]
    assert [each["message"] for each in page] == ["note"]


def test_a_search_takes_wildcards_literally(client):
    assert client.get("/api/search?term=FERRY").get_json()["calls"]
    assert client.get("/api/search?term=%25").get_json()["calls"] == []
    assert client.get("/api/search?term=f_rry").get_json()["calls"] == []
    client.post("/api/calls", json={"message": "50%/_ off", "ttl": "1h"})
    for term in ("%25/_", "/", "%25", "50%25/"):
        found = client.get(f"/api/search?term={term}").get_json()["calls"]
        assert [call["message"] for call in found] == ["50%/_ off"], term


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/api/calls", {}, ["message_blank", "ttl_blank"]),
        ("/api/calls", {"message": " \n", "ttl": "1d"}, ["message_blank"]),
        ("/api/calls", {"message": "a" * 241, "ttl": "1d"}, ["message_too_long"]),
        ("/api/calls", {"message": 3, "ttl": "1d"}, ["message_not_text"]),
        ("/api/calls", {"message": "\ud800", "ttl": "1d"}, ["message_not_text"]),
        ("/api/calls", {"message": "a", "ttl": "2d"}, ["ttl_unknown"]),
        ("/api/calls", {"message": "a", "ttl": ["1d"]}, ["ttl_not_text"]),
        ("/api/calls", [1], ["body_not_object"]),
        ("/api/messages", {"message": "a"}, ["receiver_blank"]),
        (f"/api/calls/{LASTING_CALLS[0]}/replies", {}, ["message_blank"]),
    ],
)
def test_a_faulty_body_is_refused_with_its_codes(client, codes, path, body, expected):
    answer = client.post(path, json=body)
    assert (answer.status_code, codes(answer)) == (422, expected)
    faults = answer.get_json()["errors"]
    assert all(f["field"] is None or f["field"] in f["code"] for f in faults)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 9999, b'{"a": 1e999}'])
def test_a_body_that_is_not_json_is_a_400(client, codes, body):
    answer = client.post("/api/calls", data=body)
    assert (answer.status_code, codes(answer)) == (400, ["json_malformed"])


def test_a_body_too_large_is_refused_before_it_is_read(client, codes):
    answer = client.post("/api/calls", data=b"a" * 70_000)
    assert answer.status_code == 413
    assert codes(answer) == ["request_entity_too_large"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/calls/nonsense", 404),
        ("GET", "/api/calls/00000000-0000-0000-0000-000000000000", 404),
        ("GET", "/api/feed/@nobody", 404),
        ("GET", "/api/messages/@nobody", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/api/calls", 405),
        ("POST", "/api/feed/home", 405),
        ("GET", "/api/search", 422),
        ("GET", "/api/search?term=" + "a" * 61, 422),
    ],
)
def test_a_request_for_nothing_is_refused_in_json(client, method, path, status):
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert answer.get_json()["errors"][0]["message"]


def test_a_wrong_method_says_which_are_right(client):
    allowed = client.delete("/api/calls").headers["Allow"]
    assert set(allowed.split(", ")) == {"OPTIONS", "POST"}


def test_a_message_to_nobody_names_the_field(client):
    answer = client.post("/api/messages", json={"receiver": "x", "message": "a"})
    assert answer.status_code == 404
    assert answer.get_json()["errors"][0]["field"] == "receiver"


@given(document=ANY_JSON, path=st.sampled_from(["calls", "messages", "replies"]))
def test_no_body_makes_the_app_fail(client, document, path):
    paths = {"replies": f"calls/{LASTING_CALLS[0]}/replies"}
    answer = client.post(f"/api/{paths.get(path, path)}", data=json.dumps(document))
    assert answer.status_code in (201, 400, 404, 422)
    assert answer.get_json()


@given(
    message=ANY_JSON,
    ttl=ANY_JSON | st.sampled_from(["1h", "1w"]),
    receiver=ANY_JSON | st.sampled_from([person.handle for person in PEOPLE]),
)
def test_no_value_in_the_right_field_makes_the_app_fail(client, message, ttl, receiver):
    body = json.dumps({"message": message, "ttl": ttl, "receiver": receiver})
    for path in ("/api/calls", "/api/messages"):
        assert client.post(path, data=body).status_code in (201, 400, 404, 422)


@given(text=st.text(max_size=80), raw=st.binary(max_size=40))
def test_no_term_handle_or_bytes_make_the_app_fail(client, text, raw):
    assert client.get("/api/search", query_string={"term": text}).status_code < 500
    assert client.get(f"/api/feed/@{text}").status_code < 500
    assert client.post("/api/calls", data=raw).status_code in (400, 422)


def test_the_front_page_is_html_for_a_browser_and_json_otherwise(client):
    browser = client.get("/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert browser.content_type.startswith("text/html")
    assert "Marisol Etxeberria" in browser.text
    for accept in ("*/*", "application/json"):
        answer = client.get("/", headers={"Accept": accept})
        assert "GET /api/feed/home" in answer.get_json()["paths"]


@pytest.mark.parametrize("service", ["all", "feed", "messages"])
def test_a_service_is_healthy_without_saying_who_asks(make_app, service):
    health = make_app(service).test_client().get("/health").get_json()
    assert health["status"] == "ok"
    assert health["service"] == {"all": "api"}.get(service, service)
