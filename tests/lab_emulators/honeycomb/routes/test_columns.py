"""Columns."""

import pytest

NOW = "2026-01-01T00:00:00.123456Z"
TAKEN = "A resource by that name already exists."


@pytest.fixture
def web(api):
    """A dataset with one written column of each type."""
    api.post("/1/events/web", json={"text": "x", "whole": 1, "part": 1.5, "yes": True})
    return api


def column(api, key):
    return api.get("/1/columns/web", query_string={"key_name": key}).get_json()


def test_writing_makes_columns_of_the_guessed_types(web):
    listed = web.get("/1/columns/web").get_json()
    types = {entry["key_name"]: entry["type"] for entry in listed}
    assert types == {
        "text": "string",
        "whole": "integer",
        "part": "float",
        "yes": "boolean",
    }


def test_a_created_column_has_the_documented_members(web):
    body = {"key_name": "tier", "description": "plan", "hidden": True, "type": "float"}
    answer = web.post("/1/columns/web", json=body)
    shown = answer.get_json()
    assert answer.status_code == 201
    times = dict.fromkeys(("last_written", "created_at", "updated_at"), NOW)
    assert shown == {"id": shown["id"], **body, **times}
    assert web.get(f"/1/columns/web/{shown['id']}").get_json() == shown


def test_asking_by_key_answers_one_object(web):
    assert column(web, "text")["type"] == "string"
    assert web.get("/1/columns/web?key_name=TEXT").status_code == 404


def test_all_lists_each_key_once(web):
    web.post("/1/events/other", json={"text": "x", "more": 1})
    listed = web.get("/1/columns/__all__").get_json()
    keys = [entry["key_name"] for entry in listed]
    assert sorted(keys) == ["more", "part", "text", "whole", "yes"]


@pytest.mark.parametrize("body", [{}, {"key_name": ""}, {"key_name": None}])
def test_a_blank_key_has_a_text_of_its_own(web, body):
    answer = web.post("/1/columns/web", json=body)
    assert answer.status_code == 400
    assert answer.get_json() == {"error": "Key name cannot be blank"}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"key_name": 1}, "key_name", "incorrect_type"),
        ({"key_name": "x" * 256}, "key_name", "invalid"),
        ({"key_name": "n", "type": "text"}, "type", "invalid"),
        ({"key_name": "n", "type": ["float"]}, "type", "incorrect_type"),
        ({"key_name": "n", "description": {}}, "description", "incorrect_type"),
        ({"key_name": "n", "hidden": "no"}, "hidden", "incorrect_type"),
    ],
)
def test_what_is_wrong_with_a_column_is_named(web, body, field, code):
    answer = web.post("/1/columns/web", json=body)
    assert answer.status_code == 422
    (detail,) = answer.get_json()["type_detail"]
    assert (detail["field"], detail["code"]) == (field, code)
    assert len(web.get("/1/columns/web").get_json()) == 4


def test_a_key_that_exists_is_a_conflict(web):
    answer = web.post("/1/columns/web", json={"key_name": "text"})
    assert (answer.status_code, answer.get_json()["error"]) == (409, TAKEN)


def test_a_type_can_be_changed_and_the_values_follow(web, rows):
    path = f"/1/columns/web/{column(web, 'whole')['id']}"
    answer = web.put(path, json={"type": "string", "description": "d"})
    assert (answer.status_code, answer.get_json()["type"]) == (200, "string")
    assert column(web, "whole")["description"] == "d"
    assert rows("web")[0]["whole"] == "1"


def test_a_key_cannot_be_changed(web):
    path = f"/1/columns/web/{column(web, 'whole')['id']}"
    assert web.put(path, json={"key_name": "whole", "hidden": True}).status_code == 200
    assert web.put(path, json={"key_name": "other"}).status_code == 422
    assert column(web, "whole")["hidden"] is True


def test_a_deleted_column_is_gone(web):
    path = f"/1/columns/web/{column(web, 'part')['id']}"
    assert web.delete(path).status_code == 204
    assert web.get(path).status_code == 404
    assert web.delete(path).status_code == 404
    assert web.put(path, json={}).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"breakdowns": ["whole"]},
        {"calculations": [{"op": "MAX", "column": "whole"}]},
        {"filters": [{"column": "whole", "op": "exists"}]},
    ],
)
@pytest.mark.parametrize("place", ["web", "__all__"])
def test_a_column_that_a_query_names_cannot_be_deleted(web, query, place):
    assert web.post(f"/1/queries/{place}", json=query).status_code == 200
    assert web.delete(f"/1/columns/web/{column(web, 'whole')['id']}").status_code == 409
    assert web.delete(f"/1/columns/web/{column(web, 'part')['id']}").status_code == 204


def test_a_column_that_a_definition_names_cannot_be_deleted(web):
    web.patch("/1/dataset_definitions/web", json={"user": {"name": "text"}})
    assert web.delete(f"/1/columns/web/{column(web, 'text')['id']}").status_code == 409


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_columns_of_an_unknown_dataset_are_not_found(api, method):
    answer = api.open("/1/columns/none", method=method, json={"key_name": "a"})
    assert (answer.status_code, answer.get_json()["error"]) == (
        404,
        "Dataset not found",
    )
