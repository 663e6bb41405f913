"""Dataset definitions."""

import pytest

PATH = "/1/dataset_definitions/web"


def test_defaults_are_the_first_candidates_that_exist(api):
    event = {"trace.trace_id": "t", "traceId": "t", "duration_ms": 1, "http.route": "/"}
    api.post("/1/events/web", json=event)
    shown = api.get(PATH).get_json()
    assert len(shown) == 16
    assert shown["trace_id"] == {"name": "trace.trace_id", "column_type": "column"}
    assert shown["route"] == {"name": "http.route", "column_type": "column"}
    assert shown["error"] is None


def test_a_definition_can_be_chosen_and_reset(api):
    api.post("/1/events/web", json={"duration_ms": 1, "took": 2})
    chosen = api.patch(PATH, json={"duration_ms": {"name": "took"}})
    assert chosen.status_code == 200
    assert chosen.get_json()["duration_ms"]["name"] == "took"
    assert api.get(PATH).get_json() == chosen.get_json()
    reset = api.patch(PATH, json={"duration_ms": {"name": ""}}).get_json()
    assert reset["duration_ms"]["name"] == "duration_ms"


def test_a_calculated_field_can_be_a_definition(api):
    api.post("/1/events/web", json={"code": 500})
    field = {"alias": "bad", "expression": "GTE($code, 500)"}
    api.post("/1/derived_columns/__all__", json=field)
    shown = api.patch(PATH, json={"error": {"name": "bad"}}).get_json()
    assert shown["error"] == {"name": "bad", "column_type": "derived_column"}


def test_unknown_columns_are_all_named_and_nothing_changes(api):
    api.post("/1/events/web", json={"took": 1})
    wanted = {name: {"name": name} for name in ("user", "error")}
    answer = api.patch(PATH, json=wanted | {"duration_ms": {"name": "took"}})
    text = "The following columns were not found: error, user"
    assert (answer.status_code, answer.get_json()) == (422, {"error": text})
    assert api.get(PATH).get_json()["duration_ms"] is None


@pytest.mark.parametrize("entry", [5, [], {"name": 5}, {"name": ["a"]}])
def test_a_definition_of_the_wrong_type_is_named(api, entry):
    api.post("/1/events/web", json={"took": 1})
    answer = api.patch(PATH, json={"error": entry})
    assert answer.status_code == 422
    assert answer.get_json()["type_detail"][0]["field"] == "error"


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_definitions_of_an_unknown_dataset_are_not_found(api, method):
    assert api.open(PATH, method=method, json={}).status_code == 404
