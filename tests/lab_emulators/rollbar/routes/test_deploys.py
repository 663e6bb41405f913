"""Deploys over HTTP: reported, changed, listed."""

import threading

import pytest

from lab_emulators.rollbar.app import create_app
from lab_emulators.rollbar.config import LAB_TOKENS, RollbarConfig, TokenScope
from lab_emulators.store import Store

BODY = {"environment": "lab", "revision": "abc"}


@pytest.fixture
def server(api):
    return api(TokenScope.POST_SERVER_ITEM)


@pytest.fixture
def read(api):
    client = api(TokenScope.READ)
    return lambda path: client.get(f"/api/1/{path}").json.get("result")


def test_a_deploy_begins_and_ends(server, read, clock):
    body = BODY | {"status": "started", "local_username": "ann", "comment": "é"}
    answer = server.post("/api/1/deploy/", json=body)
    assert answer.json == {"err": 0, "data": {"deploy_id": 1}}
    assert read("deploy/1")["finish_time"] is None
    clock.advance(30)
    changed = server.patch("/api/1/deploy/1", json={"status": "failed"}).json["result"]
    assert changed == read("deploy/1")
    assert (changed["status"], changed["comment"]) == ("failed", "é")
    assert changed["finish_time"] - changed["start_time"] == 30


def test_a_form_with_its_token_is_as_good(app, read):
    form = BODY | {"access_token": LAB_TOKENS[TokenScope.POST_SERVER_ITEM]}
    client = app.test_client()
    assert client.post("/api/1/deploy/", data=form).status_code == 200
    multipart = {"content_type": "multipart/form-data"}
    assert client.post("/api/1/deploy", data=form, **multipart).status_code == 200
    assert [each["status"] for each in read("deploys")["deploys"]] == ["succeeded"] * 2


def test_deploys_come_in_pages_of_20_the_newest_first(server, read):
    for number in range(22):
        environment = "lab" if number % 2 else "production"
        server.post("/api/1/deploy", json=BODY | {"environment": environment})
    assert [each["id"] for each in read("deploys")["deploys"]] == list(range(22, 2, -1))
    assert [each["id"] for each in read("deploys?page=2")["deploys"]] == [2, 1]
    found = read("deploys?environment=lab&limit=2")["deploys"]
    assert [each["id"] for each in found] == [22, 20]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"revision": "a"}, "environment"),
        ({"environment": "a"}, "revision"),
        (BODY | {"status": "done"}, "status"),
        (BODY | {"comment": 5}, "comment"),
        (BODY | {"revision": "x" * 256}, "revision"),
        (BODY | {"color": "red"}, "color"),
    ],
)
def test_a_deploy_that_cannot_be_is_refused_by_field(body, field, server, read):
    answer = server.post("/api/1/deploy", json=body)
    assert answer.status_code == 422
    assert answer.json["message"].startswith(field)
    assert read("deploys")["deploys"] == []


def test_a_change_that_cannot_be_conflicts(server):
    server.post("/api/1/deploy", json=BODY)
    for body in ({"status": "done"}, {"revision": "b"}, {}):
        assert server.patch("/api/1/deploy/1", json=body).status_code == 409
    assert server.patch("/api/1/deploy/9", json={"comment": "a"}).status_code == 404


def test_deploys_at_once_get_ids_of_their_own(app, read):
    def report():
        client = app.test_client()
        token = {"X-Rollbar-Access-Token": LAB_TOKENS[TokenScope.POST_SERVER_ITEM]}
        client.post("/api/1/deploy", json=BODY, headers=token)

    threads = [threading.Thread(target=report) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [each["id"] for each in read("deploys")["deploys"]] == list(range(8, 0, -1))


def test_deploys_survive_a_restart(server, read, store, tmp_path):
    server.post("/api/1/deploy", json=BODY | {"status": "started"})
    server.patch("/api/1/deploy/1", json={"status": "timed_out"})
    wanted = read("deploy/1")
    store.close()
    with Store.open(tmp_path / "items.duckdb") as again:
        client = create_app(again, RollbarConfig()).test_client()
        headers = {"X-Rollbar-Access-Token": LAB_TOKENS[TokenScope.READ]}
        assert client.get("/api/1/deploy/1", headers=headers).json["result"] == wanted
