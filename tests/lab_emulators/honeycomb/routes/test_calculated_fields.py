"""Calculated fields."""

import pytest

NOW = "2026-01-01T00:00:00.123456Z"
FIELD = {"alias": "slow", "expression": "GT($ms, 100)", "description": "over 100 ms"}


@pytest.fixture
def web(api):
    api.post("/1/events/web", json={"ms": 120})
    return api


def test_a_field_has_the_documented_members_and_can_be_found(web):
    answer = web.post("/1/derived_columns/web", json=FIELD)
    shown = answer.get_json()
    assert answer.status_code == 201
    assert shown == {"id": shown["id"], **FIELD, "created_at": NOW, "updated_at": NOW}
    assert web.get(f"/1/derived_columns/web/{shown['id']}").get_json() == shown
    assert web.get("/1/derived_columns/web?alias=slow").get_json() == shown
    assert web.get("/1/derived_columns/web").get_json() == [shown]


@pytest.mark.parametrize("place", ["web", "__all__"])
def test_a_taken_alias_is_a_conflict(web, place):
    assert web.post(f"/1/derived_columns/{place}", json=FIELD).status_code == 201
    assert web.post(f"/1/derived_columns/{place}", json=FIELD).status_code == 409
    column = FIELD | {"alias": "ms"}
    assert web.post(f"/1/derived_columns/{place}", json=column).status_code == 409


@pytest.mark.parametrize("expression", ["GT(", "foo", "-$a", "NOPE($a)", "(" * 2000])
def test_an_expression_that_does_not_parse_is_refused(web, expression):
    answer = web.post("/1/derived_columns/web", json=FIELD | {"expression": expression})
    assert answer.status_code == 400
    assert answer.get_json()["error"]
    assert web.get("/1/derived_columns/web").get_json() == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"alias": ""}, "alias", "missing"),
        ({"alias": "x" * 256}, "alias", "invalid"),
        ({"expression": None}, "expression", "missing"),
        ({"expression": "1" * 4096}, "expression", "invalid"),
        ({"expression": 1}, "expression", "incorrect_type"),
        ({"description": "x" * 256}, "description", "invalid"),
    ],
)
def test_what_is_wrong_with_a_field_is_named(web, change, field, code):
    answer = web.post("/1/derived_columns/web", json=FIELD | change)
    assert answer.status_code == 422
    (detail,) = answer.get_json()["type_detail"]
    assert (detail["field"], detail["code"]) == (field, code)


def test_a_field_can_be_changed_and_deleted(web):
    shown = web.post("/1/derived_columns/web", json=FIELD).get_json()
    path = f"/1/derived_columns/web/{shown['id']}"
    changed = web.put(path, json={"alias": "slow", "expression": "GT($ms, 5)"})
    assert changed.status_code == 200
    assert changed.get_json()["expression"] == "GT($ms, 5)"
    assert changed.get_json()["description"] == ""
    assert web.delete(path).status_code == 204
    for method in ("GET", "PUT", "DELETE"):
        assert web.open(path, method=method, json=FIELD).status_code == 404


def test_an_alias_cannot_be_changed_to_a_taken_one(web):
    web.post("/1/derived_columns/web", json=FIELD)
    other = web.post("/1/derived_columns/web", json=FIELD | {"alias": "other"})
    path = f"/1/derived_columns/web/{other.get_json()['id']}"
    assert web.put(path, json=FIELD).status_code == 409


def test_fields_belong_to_their_dataset(web):
    web.post("/1/events/other", json={"a": 1})
    shown = web.post("/1/derived_columns/web", json=FIELD).get_json()
    assert web.get(f"/1/derived_columns/other/{shown['id']}").status_code == 404
    assert web.get("/1/derived_columns/none").status_code == 404
    assert web.get("/1/derived_columns/web?alias=none").status_code == 404
