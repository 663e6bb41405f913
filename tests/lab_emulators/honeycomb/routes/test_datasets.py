"""Datasets."""

import pytest

NOW = "2026-01-01T00:00:00.123456Z"
NOT_FOUND = "Dataset not found"


def test_a_created_dataset_has_the_documented_members(api):
    body = {"name": "My Dataset!", "description": "calls", "expand_json_depth": 3}
    answer = api.post("/1/datasets", json=body)
    assert answer.status_code == 201
    assert answer.get_json() == {
        "name": "My Dataset!",
        "slug": "my-dataset-",
        "description": "calls",
        "settings": {"delete_protected": True},
        "expand_json_depth": 3,
        "created_at": NOW,
        "last_written_at": None,
        "regular_columns_count": None,
    }
    assert api.get("/1/datasets/my-dataset-").get_json() == answer.get_json()


@pytest.mark.parametrize("name", ["My Dataset", "MY DATASET", "my-dataset"])
def test_creating_a_dataset_that_exists_returns_it(api, name):
    first = api.post("/1/datasets", json={"name": "My Dataset"}).get_json()
    again = api.post("/1/datasets/", json={"name": name})
    assert (again.status_code, again.get_json()) == (200, first)


def test_writing_shows_in_the_dataset(api):
    api.post("/1/events/web", json={"a": 1, "b": 2})
    shown = api.get("/1/datasets/WEB").get_json()
    assert (shown["last_written_at"], shown["regular_columns_count"]) == (NOW, 2)


@pytest.mark.parametrize(
    ("body", "code", "field", "description"),
    [
        ({}, "missing", "name", "cannot be blank"),
        ({"name": ""}, "missing", "name", "cannot be blank"),
        ({"name": None}, "missing", "name", "cannot be blank"),
        ({"name": 5}, "incorrect_type", "name", "must be a string"),
        ({"name": "x" * 256}, "invalid", "name", "must be at most 255 characters"),
        ({"name": "__all__"}, "invalid", "name", "__all__ is reserved"),
        ({"name": "__ALL__"}, "invalid", "name", "__all__ is reserved"),
        (
            {"name": "d", "description": "x" * 1025},
            "invalid",
            "description",
            "must be at most 1024 characters",
        ),
        (
            {"name": "d", "expand_json_depth": 11},
            "invalid",
            "expand_json_depth",
            "must be between 0 and 10",
        ),
        (
            {"name": "d", "expand_json_depth": True},
            "incorrect_type",
            "expand_json_depth",
            "must be an integer",
        ),
    ],
)
def test_what_is_wrong_with_a_dataset_is_named(api, body, code, field, description):
    answer = api.post("/1/datasets", json=body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    problem = answer.get_json()
    assert problem["error"] == "The provided input is invalid."
    detail = {"field": field, "code": code, "description": description}
    assert problem["type_detail"] == [detail]
    assert api.get("/1/datasets").get_json() == []


def test_updating_replaces_description_and_depth_but_keeps_protection(api):
    api.post("/1/datasets", json={"name": "d", "description": "old"})
    opened = {"settings": {"delete_protected": False}, "description": "new"}
    assert api.put("/1/datasets/d", json=opened).status_code == 200
    shown = api.put("/1/datasets/d", json={"expand_json_depth": 1}).get_json()
    assert (shown["description"], shown["expand_json_depth"]) == ("", 1)
    assert shown["settings"] == {"delete_protected": False}


def test_a_protected_dataset_cannot_be_deleted(api):
    api.post("/1/datasets", json={"name": "d"})
    answer = api.delete("/1/datasets/d")
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "http://localhost/problems/conflict"
    assert api.get("/1/datasets/d").status_code == 200


def test_deleting_a_dataset_takes_what_was_kept_for_it(api, rows):
    api.post("/1/events/d", json={"a": 1})
    field = {"alias": "twice", "expression": "MUL($a, 2)"}
    assert api.post("/1/derived_columns/d", json=field).status_code == 201
    api.put("/1/datasets/d", json={"settings": {"delete_protected": False}})
    assert api.delete("/1/datasets/d").status_code == 202
    assert api.get("/1/datasets/d").status_code == 404
    api.post("/1/events/d", json={"b": 1})
    assert api.get("/1/derived_columns/d").get_json() == []
    assert [sorted(row) for row in rows("d")] == [["_rate", "_time", "b"]]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("name", ["none", "__all__", "ü%00", "a b"])
def test_an_unknown_dataset_is_a_problem_of_its_own_kind(api, method, name):
    answer = api.open(f"/1/datasets/{name}", method=method, json={})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.get_json() == {
        "status": 404,
        "type": "http://localhost/problems/not-found",
        "title": "The requested resource cannot be found.",
        "error": NOT_FOUND,
        "detail": NOT_FOUND,
    }
