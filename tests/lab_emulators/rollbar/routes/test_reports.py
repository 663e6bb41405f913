"""Reports over HTTP."""

import pytest

from lab_emulators.rollbar.config import TokenScope

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def read(api):
    client = api(TokenScope.READ)
    return lambda path: client.get(f"/api/1/reports/{path}")


@pytest.fixture
def noisy(post, message, clock):
    """Warnings thrice, two of them an hour later; an error once in production."""
    post(message("loud", level="warning"))
    clock.advance(HOUR)
    post(message("loud", level="warning"))
    post(message("loud", level="warning"))
    post(message("bad", level="error", environment="production"))


def found(answer):
    return [(each["item"]["title"], each["counts"]) for each in answer.json["result"]]


def test_top_items_come_by_level_and_then_by_count(noisy, read):
    answer = read("top_active_items?hours=3")
    assert found(answer) == [("bad", [0, 0, 1]), ("loud", [0, 1, 2])]
    assert answer.json["result"][0]["item"]["level"] == 40


def test_top_items_may_come_by_count_alone(noisy, read):
    answer = read("top_active_items?sort=occurrences&hours=2")
    assert found(answer) == [("loud", [1, 2]), ("bad", [0, 1])]


def test_top_items_may_be_of_some_environments(noisy, read):
    answer = read("top_active_items?environments=production,staging&hours=1")
    assert found(answer) == [("bad", [1])]
    assert len(read("top_active_items").json["result"][0]["counts"]) == 24


def test_an_item_that_is_not_active_is_no_top_item(noisy, read, api):
    api(TokenScope.WRITE).patch("/api/1/item/800000001", json={"status": "muted"})
    assert found(read("top_active_items?hours=1")) == [("bad", [1])]


def test_there_are_ten_top_items(post, message, read):
    for letter in "abcdefghijklm":
        post(message(letter))
    assert len(read("top_active_items").json["result"]) == 10


def test_occurrences_are_counted_by_the_hour(noisy, read, clock):
    start = clock() // 10**9 // HOUR * HOUR
    assert read("occurrence_counts").json["result"][-2:] == [
        [start - HOUR, 1],
        [start, 3],
    ]
    assert len(read("occurrence_counts").json["result"]) == 24


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("min_level=error", 1),
        ("max_level=warning", 3),
        ("environments=production", 1),
        ("item_id=800000001", 3),
        ("bucket_size=60", 3),
    ],
)
def test_occurrences_counted_may_be_few(query, count, noisy, read):
    counts = read(f"occurrence_counts?{query}").json["result"]
    assert sum(each for _, each in counts) == count


def test_items_are_counted_on_the_day_they_became_active(noisy, read, clock):
    day = clock() // 10**9 // DAY * DAY
    answer = read("activated_counts?buckets=2")
    assert answer.json["result"] == [[day - DAY, 0], [day, 2]]


@pytest.mark.parametrize(
    "path",
    [
        "top_active_items?hours=169",
        "top_active_items?sort=level",
        "occurrence_counts?bucket_size=5",
        "activated_counts?bucket_size=3600",
    ],
)
def test_what_a_report_cannot_be_is_refused(path, read):
    assert read(path).status_code == 422
