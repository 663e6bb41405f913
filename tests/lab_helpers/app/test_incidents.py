"""Incidents: real mechanisms, behind a switch."""

from __future__ import annotations

import linecache
import re
import traceback

import pytest
from flask import got_request_exception
from sqlalchemy import event

from lab_helpers.app import engine_of


@pytest.fixture
def statements():
    def listen(app):
        seen = []
        event.listen(
            engine_of(app), "before_cursor_execute", lambda *call: seen.append(call[2])
        )
        return seen

    return listen


@pytest.fixture
def waits(monkeypatch):
    seen = []
    monkeypatch.setattr("lab_helpers.app.database.pause", seen.append)
    return seen


def test_the_list_says_what_there_is_and_what_is_on(client):
    client.put("/lab/incidents/n_plus_one")
    listed = client.get("/lab/incidents").get_json()["incidents"]
    assert {each["name"]: each["on"] for each in listed} == {
        "n_plus_one": True,
        "slow_dependency": False,
        "naive_times": False,
    }
    assert all(each["description"] for each in listed)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_an_unknown_incident_is_a_404_that_lists_the_known(client, method):
    answer = client.open("/lab/incidents/flood", method=method)
    assert answer.status_code == 404
    assert "n_plus_one, slow_dependency" in answer.get_json()["errors"][0]["message"]


def test_a_service_refuses_an_incident_of_another(make_app, codes):
    answer = make_app("feed").test_client().put("/lab/incidents/slow_dependency")
    assert (answer.status_code, codes(answer)) == (404, ["incident_elsewhere"])


def test_n_plus_one_fetches_replies_call_by_call_until_undone(
    make_app, sign_in, statements
):
    app = make_app()
    client, seen = sign_in(app), statements(app)
    healthy = client.get("/api/feed/home").get_json()
    assert len(seen) == 2
    client.put("/lab/incidents/n_plus_one")
    seen.clear()
    assert client.get("/api/feed/home").get_json() == healthy
    assert len(seen) == 1 + len(healthy["calls"])
    assert len(set(seen[1:])) == 1
    client.delete("/lab/incidents/n_plus_one")
    seen.clear()
    client.get("/api/feed/home")
    assert len(seen) == 2


def test_starting_twice_is_starting_once(client):
    for _ in range(2):
        assert client.put("/lab/incidents/n_plus_one").get_json()["on"] is True
    assert client.delete("/lab/incidents/n_plus_one").get_json()["on"] is False


def test_the_slow_dependency_hits_its_share_of_message_requests_only(
    make_app, sign_in, waits
):
    client = sign_in(make_app(pace=0.001))
    client.put("/lab/incidents/slow_dependency")
    for _ in range(40):
        client.get("/api/messages/@noor_h")
    slow = [wait for wait in waits if wait >= 0.4]
    assert 6 <= len(slow) <= 18
    waits.clear()
    client.get("/api/notifications")
    client.delete("/lab/incidents/slow_dependency")
    client.get("/api/messages/@noor_h")
    assert waits
    assert max(waits) < 0.4


def test_the_same_seed_slows_the_same_requests(make_app, sign_in, waits):
    runs = []
    for _ in range(2):
        client = sign_in(make_app(pace=0.001))
        client.put("/lab/incidents/slow_dependency")
        waits.clear()
        for _ in range(10):
            client.get("/api/message_groups")
        runs.append(list(waits))
    assert runs[0] == runs[1]


def test_an_incident_is_switched_in_the_service_it_belongs_to(three, sign_in):
    client = sign_in(three())
    assert client.put("/lab/incidents/slow_dependency").get_json()["on"] is True
    listed = client.get("/lab/incidents").get_json()["incidents"]
    assert [each["on"] for each in listed] == [False, True, False]


def test_times_without_a_zone_break_conversations_with_one_tenant_only(
    make_app, sign_in
):
    client = sign_in(make_app())
    assert (
        client.post(
            "/api/messages", json={"receiver": "ximena", "message": "awake?"}
        ).status_code
        == 201
    )
    before = client.get("/api/messages/@ximena")
    assert before.get_json()["quiet_for_s"] == 0
    client.put("/lab/incidents/naive_times")
    assert client.get("/api/messages/@ximena").status_code == 500
    assert client.get("/api/messages/@bram_v").status_code == 200
    client.delete("/lab/incidents/naive_times")
    assert client.get("/api/messages/@ximena").get_json() == before.get_json()


def test_a_stack_shows_a_bug_and_not_the_incident_that_is_on(make_app, sign_in):
    raised = []
    app = make_app()
    client = sign_in(app, "caetano")
    client.put("/lab/incidents/naive_times")
    with got_request_exception.connected_to(keeper(raised), app):
        assert client.get("/api/messages/@marisol").status_code == 500
    frames = [frame for frame in stack_of(raised[0]) if "lab_helpers" in frame.filename]
    assert [frame.name for frame in frames] == [
        "conversation",
        "conversation",
        "_seconds_since",
    ]
    for frame in frames:
        around = linecache.getlines(frame.filename)[frame.lineno - 4 : frame.lineno + 3]
        assert not re.search("incident|naive|tzinfo|board", "".join(around))


def keeper(raised):
    """A receiver of a signal that keeps the exceptions."""

    def receive(_sender, exception, **_):
        raised.append(exception)

    return receive


def stack_of(error):
    return traceback.extract_tb(error.__traceback__)


def test_an_incident_of_times_runs_the_same_sql(make_app, sign_in, statements):
    app = make_app()
    client, seen = sign_in(app, "caetano"), statements(app)
    client.get("/api/messages/@marisol")
    client.put("/lab/incidents/naive_times")
    client.get("/api/messages/@marisol")
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_a_conversation_without_messages_has_no_silence_to_measure(make_app, sign_in):
    page = sign_in(make_app(), "dario_l").get("/api/messages/@dario_l").get_json()
    assert (page["messages"], page["quiet_for_s"]) == ([], None)
