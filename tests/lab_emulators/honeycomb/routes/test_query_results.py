"""Query results on the wire."""

from email.utils import parsedate_to_datetime

import pytest

from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import LAB_KEY, RATE_LIMITED_KEY, HoneycombConfig
from lab_emulators.store import QueryMemoryError, Reader

RANGE = {"time_range": 600}


@pytest.fixture
def web(api):
    times = [{"time": 1_767_225_600 - 60 * n, "data": {"n": n}} for n in range(5)]
    api.post("/1/batch/web", json=times)
    return api


def create(client, spec, dataset="web", **options):
    query = client.post(f"/1/queries/{dataset}", json=RANGE | spec).get_json()
    body = {"query_id": query["id"], **options}
    return client.post(f"/1/query_results/{dataset}", json=body)


def poll(client, made):
    return client.get(made.headers["Location"].removeprefix("http://localhost"))


def data(client, spec, dataset="web", **options):
    return poll(client, create(client, spec, dataset, **options)).get_json()["data"]


def test_a_created_result_tells_where_to_poll_but_no_data(web):
    made = create(web, {"breakdowns": ["n"]})
    body = made.get_json()
    assert made.status_code == 201
    where = f"http://localhost/1/query_results/web/{body['id']}"
    assert made.headers["Location"] == where
    assert body["complete"] is False
    assert "data" not in body
    assert body["query"]["breakdowns"] == ["n"]
    assert body["links"]["query_url"].endswith(f"/datasets/web/result/{body['id']}")
    assert body["links"]["graph_image_url"] == body["links"]["query_url"] + "/snapshot"


def test_the_first_poll_finds_it_complete_and_cacheable(web):
    answer = poll(web, create(web, {}))
    body = answer.get_json()
    assert (answer.status_code, body["complete"]) == (200, True)
    assert body["data"]["results"] == [{"data": {"COUNT": 5}}]
    assert answer.headers["Cache-Control"] == "private, max-age=86400"
    modified = parsedate_to_datetime(answer.headers["Last-Modified"])
    assert modified.timestamp() == 1_767_225_600


def test_a_result_does_not_change_when_events_arrive(web):
    made = create(web, {})
    web.post("/1/batch/web", json=[{"time": 1_767_225_500, "data": {"n": 9}}])
    assert poll(web, made).get_json()["data"]["results"][0]["data"]["COUNT"] == 5
    assert data(web, {})["results"][0]["data"]["COUNT"] == 6


def test_a_result_survives_a_new_process(web, store):
    made = create(web, {})
    again = create_app(store, HoneycombConfig()).test_client()
    again.environ_base["HTTP_X_HONEYCOMB_TEAM"] = LAB_KEY
    assert poll(again, made).get_json() == poll(web, made).get_json()


def test_series_can_be_left_out_and_totals_asked_for(web):
    plain = data(web, {"breakdowns": ["n"]})
    assert len(plain["series"]) > 0
    assert "total_by_aggregate" not in plain
    lean = data(web, {}, disable_series=True, disable_total_by_aggregate=False)
    assert lean["series"] == []
    assert lean["total_by_aggregate"] == {"data": {"COUNT": 5}}


def test_the_limit_counts_only_without_series(web):
    spec = {"breakdowns": ["n"]}
    ignored = poll(web, create(web, spec, limit=2)).get_json()
    assert (len(ignored["data"]["results"]), ignored["query"]["limit"]) == (5, 1000)
    lean = poll(web, create(web, spec, limit=2, disable_series=True)).get_json()
    assert (len(lean["data"]["results"]), lean["query"]["limit"]) == (2, 2)


def test_all_datasets_are_queried_together(web):
    web.post("/1/batch/other", json=[{"time": 1_767_225_500, "data": {"n": 9}}])
    total = data(web, {}, dataset="__all__")
    assert total["results"] == [{"data": {"COUNT": 6}}]


def test_without_any_dataset_everything_is_empty(api):
    assert data(api, {}, dataset="__all__")["results"] == [{"data": {"COUNT": 0}}]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "query_id", "missing"),
        ({"query_id": 5}, "query_id", "incorrect_type"),
        ({"disable_series": "yes"}, "disable_series", "incorrect_type"),
        ({"limit": 0}, "limit", "invalid"),
        ({"limit": 10_001}, "limit", "invalid"),
        ({"limit": "many"}, "limit", "incorrect_type"),
    ],
)
def test_what_is_wrong_with_a_result_is_named(web, body, field, code):
    if "query_id" not in body and field != "query_id":
        body = {
            "query_id": web.post("/1/queries/web", json={}).get_json()["id"],
            **body,
        }
    answer = web.post("/1/query_results/web", json=body)
    assert answer.status_code == 422
    (detail,) = answer.get_json()["type_detail"]
    assert (detail["field"], detail["code"]) == (field, code)


def test_more_than_seven_days_cannot_be_queried(web):
    answer = create(web, {"time_range": 8 * 86_400})
    assert answer.status_code == 400
    assert answer.get_json()["error"]


def test_a_query_that_takes_too_much_memory_is_told_so(web, monkeypatch):
    def execute(*_):
        raise QueryMemoryError

    monkeypatch.setattr(Reader, "execute", execute)
    refused = create(web, {"breakdowns": ["n"]})
    assert refused.status_code == 400
    assert "ask for fewer calculations" in refused.get_json()["error"]


def test_a_query_whose_column_is_gone_is_told_so(web, store):
    web.post("/1/columns/web", json={"key_name": "gone"})
    query = web.post("/1/queries/web", json={"breakdowns": ["gone"]}).get_json()
    store.delete_column("web", store.table("web").columns["gone"].id)
    answer = web.post("/1/query_results/web", json={"query_id": query["id"]})
    assert (answer.status_code, answer.get_json()) == (
        400,
        {"error": "unknown column: gone"},
    )


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("POST", "none", "Dataset not found"),
        ("POST", "web", "Query not found"),
        ("GET", "web/x", "Query result not found"),
        ("GET", "none/x", "Dataset not found"),
    ],
)
def test_what_is_unknown_is_named(web, method, path, text):
    answer = web.open(f"/1/query_results/{path}", method=method, json={"query_id": "x"})
    assert (answer.status_code, answer.get_json()["error"]) == (404, text)


@pytest.mark.parametrize(
    ("spec", "limit"),
    [({"breakdowns": ["n"]}, 10), ({"breakdowns": ["root.n"]}, 1)],
)
def test_creating_results_has_limits_of_its_own(web, spec, limit):
    answers = []
    for _ in range(limit + 1):
        web.environ_base["HTTP_X_HONEYCOMB_TEAM"] = LAB_KEY
        query = web.post("/1/queries/web", json=RANGE | spec).get_json()["id"]
        headers = {"X-Honeycomb-Team": RATE_LIMITED_KEY}
        body = {"query_id": query}
        answers.append(web.post("/1/query_results/web", json=body, headers=headers))
    assert [answer.status_code for answer in answers] == [201] * limit + [429]
    assert answers[-1].headers["RateLimit-Policy"] == f"{limit};w=60"
    told = f"This endpoint allows {limit} requests per minute."
    assert answers[-1].get_json()["detail"] == told
