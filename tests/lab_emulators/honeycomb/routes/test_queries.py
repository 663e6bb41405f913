"""Saved queries on the wire; what they mean is tested with the query language."""

import pytest

SPEC = {
    "calculations": [{"op": "P95", "column": "ms"}],
    "breakdowns": ["path"],
    "filters": [{"column": "ok", "op": "=", "value": True}],
    "orders": [{"op": "P95", "column": "ms", "order": "descending"}],
    "time_range": 3600,
}


@pytest.fixture
def web(api):
    api.post("/1/events/web", json={"path": "/", "ms": 12.5, "ok": True})
    return api


def test_a_query_is_echoed_with_an_id_and_can_be_read_back(web):
    made = web.post("/1/queries/web", json=SPEC)
    shown = made.get_json()
    assert made.status_code == 200
    assert shown == {**SPEC, "id": shown["id"]}
    assert web.get(f"/1/queries/web/{shown['id']}").get_json() == shown


def test_the_same_query_has_the_same_id_in_its_dataset_only(web):
    first, second = (web.post("/1/queries/web", json=SPEC) for _ in range(2))
    everywhere = web.post("/1/queries/__all__", json=SPEC).get_json()["id"]
    assert first.get_json() == second.get_json()
    assert everywhere != first.get_json()["id"]
    assert web.get(f"/1/queries/web/{everywhere}").status_code == 404
    assert web.get(f"/1/queries/__all__/{everywhere}").status_code == 200


def test_an_empty_specification_counts_the_last_two_hours(web):
    shown = web.post("/1/queries/web", json={}).get_json()
    del shown["id"]
    assert shown == {"calculations": [{"op": "COUNT"}], "time_range": 7200}


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({"breakdowns": ["nope"]}, "unknown column: nope"),
        ({"calculations": [{"op": "AVG"}]}, "AVG requires a column"),
        (
            {"time_range": 60, "granularity": 61},
            "granularity can not be greater than time_range",
        ),
        ([], "invalid Query data"),
        ("text", "invalid Query data"),
    ],
)
def test_a_bad_query_is_told_why(web, spec, text):
    answer = web.post("/1/queries/web", json=spec)
    assert (answer.status_code, answer.get_json()) == (400, {"error": text})


@pytest.mark.parametrize(
    "spec",
    [
        {"breakdowns": "path"},
        {"calculations": [{"op": "MEDIAN", "column": "ms"}]},
        {"filters": [{"column": "ms", "op": "in", "value": 5}]},
        {"breakdowns": ["path"] * 101},
    ],
)
def test_a_query_that_breaks_the_schema_is_a_validation_problem(web, spec):
    answer = web.post("/1/queries/web", json=spec)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json()["error"] == "The provided input is invalid."
    assert set(answer.get_json()["type_detail"][0]) == {"field", "code", "description"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"limit":NaN}'])
def test_a_query_that_is_not_json_is_unparseable(web, body):
    answer = web.post("/1/queries/web", data=body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["error"] == "could not parse request body"


def test_calculated_fields_of_dataset_and_environment_can_be_queried(web):
    for place, alias in (("web", "own"), ("__all__", "everyones")):
        field = {"alias": alias, "expression": "MUL($ms, 2)"}
        assert web.post(f"/1/derived_columns/{place}", json=field).status_code == 201
    both = web.post("/1/queries/web", json={"breakdowns": ["own", "everyones"]})
    assert both.status_code == 200
    everywhere = web.post("/1/queries/__all__", json={"breakdowns": ["own"]})
    assert everywhere.get_json() == {"error": "unknown column: own"}


def test_a_column_created_but_never_written_can_be_queried(web):
    web.post("/1/columns/web", json={"key_name": "later"})
    assert web.post("/1/queries/web", json={"breakdowns": ["later"]}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_queries_of_an_unknown_dataset_are_not_found(api, method):
    path = "/1/queries/none" + ("/x" if method == "GET" else "")
    answer = api.open(path, method=method, json={})
    assert (answer.status_code, answer.get_json()["error"]) == (
        404,
        "Dataset not found",
    )


def test_saved_queries_cannot_be_changed_or_deleted(web):
    path = f"/1/queries/web/{web.post('/1/queries/web', json=SPEC).get_json()['id']}"
    assert web.put(path, json={}).status_code == 405
    assert web.delete(path).status_code == 405
