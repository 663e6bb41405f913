"""Occurrences read over HTTP."""

import pytest

from lab_emulators.rollbar.config import TokenScope


@pytest.fixture
def read(api):
    client = api(TokenScope.READ)
    return lambda path: client.get(f"/api/1/{path}")


@pytest.fixture
def many(post, message):
    for number in range(25):
        assert post(message("even" if number % 2 == 0 else "odd")).status_code == 200


def numbers(answer):
    return [each["id"] - 300_000_000_000 for each in answer.json["result"]["instances"]]


def test_occurrences_come_in_pages_of_20_the_newest_first(many, read):
    assert numbers(read("instances/")) == list(range(25, 5, -1))
    assert numbers(read("instances?page=2")) == [5, 4, 3, 2, 1]
    assert numbers(read("instances?page=3")) == []


def test_a_page_may_begin_after_an_occurrence(many, read):
    assert numbers(read("instances?lastId=300000000003&page=9")) == [2, 1]
    assert numbers(read("instances?last_id=300000000020&limit=2")) == [19, 18]


def test_an_item_has_its_own_occurrences(many, read):
    assert numbers(read("item/800000002/instances?limit=3")) == [24, 22, 20]
    assert read("item/800000009/instances").status_code == 404


def test_an_occurrence_has_its_payload_as_it_was_sent(post, exception, read):
    sent = exception(custom={"ünï": [1, None, {"a": "b"}]}, uuid="u-1")
    post(sent)
    found = read("instance/300000000001").json["result"]
    assert found["data"] == sent
    assert (found["item_id"], found["version"]) == (800000001, 2)
    assert found["timestamp"] == 1767225600


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("instance/7", 404),
        ("instances?limit=101", 422),
        ("instances?page=x", 422),
        ("instances?color=red", 422),
    ],
)
def test_what_is_not_there_or_cannot_be_is_refused(path, status, read):
    assert read(path).status_code == status
