"""Versions of the code over HTTP, and what happened in them."""

import pytest

from lab_emulators.rollbar.config import TokenScope


@pytest.fixture
def read(api):
    client = api(TokenScope.READ)
    return lambda path: client.get(f"/api/1/{path}")


@pytest.fixture
def releases(post, exception, api, clock):
    """TypeError in 1 and, though resolved in 2, in 2; KeyError is new in 2."""
    write = api(TokenScope.WRITE)
    post(exception("TypeError", code_version="1"))
    post(exception("OSError", code_version="1"))
    write.patch(
        "/api/1/item/800000001", json={"status": "resolved", "resolved_in_version": "2"}
    )
    deploy = {"environment": "lab", "revision": "2", "local_username": "ann"}
    api(TokenScope.POST_SERVER_ITEM).post("/api/1/deploy", json=deploy)
    clock.advance(10)
    for kind in ("TypeError", "KeyError", "OSError", "KeyError"):
        post(exception(kind, code_version="2"))


def test_a_version_tells_new_items_from_those_that_came_back(releases, read):
    found = read("versions/2?environment=lab").json["result"]
    counts = {event: each["error"] for event, each in found["item_stats"].items()}
    assert counts == {"new": 1, "reactivated": 1, "repeated": 1, "resolved": 0}
    assert (found["deployed_by"], found["last_deploy_timestamp"]) == ("ann", 1767225600)
    assert found["first_occurrence_id"] == 300_000_000_003
    assert found["last_occurrence_id"] == 300_000_000_006
    assert found["first_occurrence_timestamp"] == 1767225610


def test_the_items_of_a_version_are_listed_by_what_happened(releases, read):
    def titles(event):
        answer = read(f"versions/2/items?environment=lab&event={event}")
        return [item["title"] for item in answer.json["result"]["items"]]

    assert titles("new") == ["KeyError: no"]
    assert titles("reactivated") == ["TypeError: no"]
    assert titles("repeated") == ["OSError: no"]


def test_an_item_resolved_in_a_version_counts_there(post, exception, api, read):
    post(exception("TypeError", code_version="1"))
    change = {"status": "resolved", "resolved_in_version": "1"}
    api(TokenScope.WRITE).patch("/api/1/item/800000001", json=change)
    found = read("versions/1?environment=lab").json["result"]
    assert found["item_stats"]["resolved"]["error"] == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("versions/3?environment=lab", 404),
        ("versions/2?environment=production", 404),
        ("versions/2", 422),
        ("versions/2/items?environment=lab", 422),
        ("versions/2/items?environment=lab&event=odd", 422),
    ],
)
def test_a_version_nobody_saw_is_not_found(path, status, releases, read):
    assert read(path).status_code == status
