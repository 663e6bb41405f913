"""RQL jobs over HTTP."""

import pytest

from lab_emulators.rollbar.app import create_app
from lab_emulators.rollbar.config import LAB_TOKENS, RollbarConfig, TokenScope
from lab_emulators.store import Store

COUNT = "SELECT item.title, count(*) FROM item_occurrence GROUP BY 1"


@pytest.fixture
def client(api):
    return api(TokenScope.READ)


@pytest.fixture
def create(client):
    def post(query, **more):
        body = {"query_string": query, **more}
        return client.post("/api/1/rql/jobs", json=body).json["result"]

    return post


@pytest.fixture
def result(client):
    def get(job, path="/result"):
        return client.get(f"/api/1/rql/job/{job['id']}{path}").json["result"]

    return get


def test_a_job_is_new_and_then_has_succeeded(create, result, post, message):
    post(message("hello"))
    job = create(COUNT)
    assert job["status"] == "new"
    assert result(job, "") == job | {"status": "success"}
    found = result(job)
    assert found["job_id"] == job["id"]
    assert found["result"]["rows"] == [["hello", 1]]
    assert found["result"]["columns"] == ["item.title", "count(*)"]
    assert found["result"]["rowcount"] == 1
    assert found["result"]["errors"] == []


def test_a_job_and_its_result_may_come_together(create, result):
    job = create(COUNT)
    assert result(job, "?expand=result")["result"] == result(job)["result"]
    assert result(job, "/result?expand=job")["job"] == result(job, "")


def test_the_same_query_is_the_same_job_unless_refreshed(create, result, post, message):
    job = create(COUNT)
    post(message("late"))
    assert create(f" {COUNT} ")["id"] == job["id"]
    assert result(job)["result"]["rows"] == []
    fresh = create(COUNT, force_refresh=True)
    assert fresh["id"] != job["id"]
    assert fresh["job_hash"] == job["job_hash"]
    assert result(fresh)["result"]["rows"] == [["late", 1]]
    assert create(COUNT)["id"] == fresh["id"]


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_query_may_come_in_a_form(kind, client):
    form = {"query_string": COUNT, "force_refresh": "false"}
    answer = client.post("/api/1/rql/jobs/", data=form, content_type=kind)
    assert answer.json["result"]["query_string"] == COUNT


def test_a_query_that_is_none_is_refused_with_its_place(client):
    body = {"query_string": "SELECT DISTINCT a FROM item_occurrence"}
    answer = client.post("/api/1/rql/jobs", json=body)
    assert answer.status_code == 422
    assert "DISTINCT is not supported" in answer.json["message"]
    assert answer.json["message"].endswith("at line 1, column 8")
    assert client.get("/api/1/rql/jobs").json["result"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"query_string": ""}, 422),
        ({"query_string": 5}, 422),
        ({"query_string": COUNT, "force_refresh": "maybe"}, 422),
        ({"query_string": COUNT, "limit": 5}, 422),
        ([], 400),
    ],
)
def test_a_job_that_cannot_be_is_refused(body, status, client):
    assert client.post("/api/1/rql/jobs", json=body).status_code == status


def test_jobs_are_listed_the_newest_first(create, client):
    made = [create(f"{COUNT} LIMIT {number}")["id"] for number in range(1, 23)]
    listed = client.get("/api/1/rql/jobs/").json["result"]
    assert [job["id"] for job in listed] == made[:1:-1]
    assert len(client.get("/api/1/rql/jobs?page=2").json["result"]) == 2


def test_cancelling_a_finished_job_changes_nothing(create, client, result):
    job = create(COUNT)
    answer = client.post(f"/api/1/rql/job/{job['id']}/cancel")
    assert answer.json["result"] == result(job, "")
    assert client.post("/api/1/rql/job/5/cancel").status_code == 404


def test_rql_sees_what_people_decided(create, result, post, message, api):
    post(message("hello"))
    change = {"status": "resolved", "level": "critical"}
    api(TokenScope.WRITE).patch("/api/1/item/800000001", json=change)
    query = "SELECT item.status, item.level, item.last_resolved_timestamp"
    found = result(create(f"{query} FROM item_occurrence"))["result"]
    assert found["rows"][0][:3] == [2, 50, 1767225600]


def test_rql_reads_deploys_as_they_stand(create, result, api):
    server = api(TokenScope.POST_SERVER_ITEM)
    for revision in ("1", "2"):
        body = {"environment": "lab", "revision": revision, "comment": "x"}
        server.post("/api/1/deploy", json=body)
    server.patch("/api/1/deploy/1", json={"comment": "bad"})
    query = "SELECT revision, comment, timestamp, project_slug FROM deploy ORDER BY id"
    assert result(create(query))["result"]["rows"] == [
        ["1", "bad", 1767225600, "kittiwake"],
        ["2", "x", 1767225600, "kittiwake"],
    ]
    counted = create("SELECT environment, count(*) FROM deploy GROUP BY 1")
    assert result(counted)["result"]["rows"] == [["lab", 2]]


def test_jobs_survive_a_restart(create, result, store, tmp_path, post, message):
    post(message("hello"))
    job = create(COUNT)
    wanted = result(job)
    store.close()
    with Store.open(tmp_path / "items.duckdb") as again:
        client = create_app(again, RollbarConfig()).test_client()
        headers = {"X-Rollbar-Access-Token": LAB_TOKENS[TokenScope.READ]}
        path = f"/api/1/rql/job/{job['id']}/result"
        assert client.get(path, headers=headers).json["result"] == wanted


def test_half_a_character_in_a_query_or_a_title_harms_nothing(
    create, client, api, post
):
    post({"environment": "lab", "body": {"message": {"body": "hello"}}})
    body = b'{"title": "\\ud800 odd"}'
    answer = api(TokenScope.WRITE).patch("/api/1/item/800000001", data=body)
    assert answer.status_code == 200
    query = b'{"query_string": "SELECT item.title, \'\\ud800\' FROM item_occurrence"}'
    assert client.post("/api/1/rql/jobs", data=query).status_code == 200
