"""Items read and changed over HTTP."""

import pytest

from lab_emulators.rollbar.app import create_app
from lab_emulators.rollbar.config import LAB_TOKENS, RollbarConfig, TokenScope
from lab_emulators.store import Store


@pytest.fixture
def read(api):
    """The status and result, or message, of a GET."""
    client = api(TokenScope.READ)

    def get(path):
        answer = client.get(f"/api/1/{path}")
        return answer.status_code, answer.json.get("result", answer.json.get("message"))

    return get


@pytest.fixture
def change(api):
    """The status and result, or message, of a PATCH of the first item."""
    client = api(TokenScope.WRITE)

    def patch(**body):
        answer = client.patch("/api/1/item/800000001", json=body)
        return answer.status_code, answer.json.get("result", answer.json.get("message"))

    return patch


@pytest.fixture
def three(post, exception, message, clock):
    """Three items, a second apart; the first occurs once more in the end."""
    for data in (
        exception("TypeError", "can't subtract", framework="flask"),
        exception("KeyError", "'ann'", environment="production"),
        message("almost full", level="warning"),
        exception("TypeError", "can't subtract", framework="flask"),
    ):
        clock.advance(1)
        assert post(data).status_code == 200


def titles(result):
    return [item["title"].split()[0] for item in result["items"]]


def test_items_come_with_the_newest_activity_first(three, read):
    status, found = read("items/")
    assert status == 200
    assert titles(found) == ["TypeError:", "almost", "KeyError:"]
    assert (found["page"], found["total_count"]) == (1, 3)
    assert found["items"][0]["total_occurrences"] == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=warning", ["almost"]),
        ("level=warning&level=error&environment=lab", ["TypeError:", "almost"]),
        ("level[]=warning", ["almost"]),
        ("environment=production", ["KeyError:"]),
        ("framework=flask", ["TypeError:"]),
        ("framework=unknown", ["almost", "KeyError:"]),
        ("status=active&status=muted", ["TypeError:", "almost", "KeyError:"]),
        ("status=archived", []),
        ("ids=800000001,800000003", ["TypeError:", "almost"]),
        ("query=SUBTRACT%20typeerror", ["TypeError:"]),
        ("query=TypeError:%20can't", ["TypeError:"]),
        ("assigned_user=unassigned", ["TypeError:", "almost", "KeyError:"]),
        ("assigned_user=assigned", []),
        ("is_snoozed=true", []),
        ("date_from=1767225603&date_to=1767225603", ["almost"]),
        ("limit=1&page=2", ["almost"]),
        ("level=&status=", ["TypeError:", "almost", "KeyError:"]),
    ],
)
def test_items_are_filtered(query, found, three, read):
    assert titles(read(f"items/?{query}")[1]) == found


@pytest.mark.parametrize(
    "query",
    [
        "level=bad",
        "status=x",
        "page=0",
        "limit=5001",
        "limit=a",
        "ids=x",
        "sort=level",
        "is_snoozed=maybe",
        "assigned_user=ann",
        "query=status:active",
        "assigned_team=a",
    ],
)
def test_a_filter_that_cannot_be_applied_is_refused_by_name(query, three, read):
    status, message = read(f"items?{query}")
    assert status == 422
    assert message.startswith(query.split("=")[0])


def test_there_are_a_hundred_items_on_a_page(post, message, read):
    for number in range(102):
        post(message(f"{'abcdefghij'[number % 10] * (number + 1)}"))
    assert len(read("items")[1]["items"]) == 100
    assert len(read("items?page=2")[1]["items"]) == 2
    assert read("items?page=3")[1]["items"] == []


def test_an_item_is_found_by_id_counter_and_uuid(post, message, read):
    post(message("one"))
    post(message("two", uuid="abc"))
    two = read("item/800000002")[1]
    assert (two["title"], two["counter"]) == ("two", 2)
    assert read("item/800000002/")[1] == two
    assert read("item?counter=2")[1] == two
    assert read("item/?uuid=abc")[1] == two


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("item/5", 404),
        ("item/x", 404),
        ("item?counter=9", 404),
        ("item?uuid=none", 404),
        ("item_by_counter/9", 404),
        ("item", 400),
        ("item?counter=1&uuid=a", 400),
        ("item?counter=a", 422),
    ],
)
def test_an_item_that_is_not_there_is_not_found(path, status, three, read):
    assert read(path)[0] == status


def test_a_counter_redirects_to_the_item_with_the_token_in_the_query(three, app):
    token = f"access_token={LAB_TOKENS[TokenScope.READ]}"
    client = app.test_client()
    answer = client.get(f"/api/1/item_by_counter/2?{token}")
    assert answer.status_code == 301
    uri = f"/api/1/item/800000002?{token}"
    assert answer.json["result"] == {
        "itemId": 800000002,
        "path": "/item/800000002",
        "uri": uri,
    }
    assert client.get(answer.headers["Location"]).json["result"]["counter"] == 2


def test_a_resolved_item_says_when_and_in_which_version(three, change, clock):
    clock.advance(60)
    status, item = change(status="resolved", resolved_in_version="1.1")
    assert status == 200
    assert (item["status"], item["resolved_in_version"]) == ("resolved", "1.1")
    assert item["last_resolved_timestamp"] == 1767225664


def test_an_occurrence_after_the_fix_makes_the_item_active_again(
    three, change, post, exception, read
):
    change(status="resolved")
    post(exception("TypeError", "can't subtract"))
    item = read("item/800000001")[1]
    assert item["status"] == "active"
    assert item["activating_occurrence_id"] == item["last_occurrence_id"]


def test_what_people_set_is_locked(three, change, read):
    change(level="critical", title="Half a day off", assigned_user_id=7)
    item = read("item/800000001")[1]
    assert (item["level"], item["level_lock"]) == ("critical", 1)
    assert (item["title"], item["title_lock"]) == ("Half a day off", 1)
    assert read("items?assigned_user=assigned&level=critical")[1]["total_count"] == 1
    assert change(assigned_user_id=None)[1]["assigned_user_id"] is None


def test_a_snooze_is_over_after_its_time(three, change, read, clock):
    change(snooze_enabled=True, snooze_expiration_in_seconds=60)
    assert read("items?is_snoozed=true")[1]["total_count"] == 1
    clock.advance(61)
    assert read("items?is_snoozed=true")[1]["total_count"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"status": "archived"},
        {"status": 1},
        {"level": "bad"},
        {"level": True},
        {"title": ""},
        {"title": "x" * 256},
        {"assigned_user_id": "ann"},
        {"assigned_user_id": 0},
        {"resolved_in_version": "1.0"},
        {"snooze_enabled": "yes"},
        {"snooze_expiration_in_seconds": -1},
        {"hash": "x"},
    ],
)
def test_a_change_that_cannot_be_is_refused_by_field(body, three, change, read):
    before = read("item/800000001")
    status, message = change(**body)
    assert status == 422
    assert message.startswith(next(iter(body)))
    assert read("item/800000001") == before


@pytest.mark.parametrize("body", [b"nope", b"[1]", b"", b"\xff"])
def test_a_change_must_be_a_json_object(body, three, api):
    answer = api(TokenScope.WRITE).patch("/api/1/item/800000001", data=body)
    assert answer.status_code == 400
    assert answer.json["err"] == 1


def test_curl_may_call_its_json_a_form(three, api):
    answer = api(TokenScope.WRITE).patch(
        "/api/1/item/800000001",
        data='{"status": "muted"}',
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.json["result"]["status"] == "muted"


def test_changes_survive_a_restart(three, change, store, tmp_path, read):
    change(status="muted", title="Known")
    wanted = read("item/800000001")[1]
    store.close()
    with Store.open(tmp_path / "items.duckdb") as again:
        client = create_app(again, RollbarConfig()).test_client()
        headers = {"X-Rollbar-Access-Token": LAB_TOKENS[TokenScope.READ]}
        found = client.get("/api/1/item/800000001", headers=headers)
    assert found.json["result"] == wanted


def test_a_search_answers_with_the_fields_it_was_asked_for(three, read):
    found = read("search/?title=TYPEerror&fields=id&fields=status&status=active")[1]
    assert found["items"] == [{"id": 800000001, "status": "active"}]
    assert read("search?title=x&level=warning")[1]["items"] == []
    assert read("search?title=e&fields=color")[0] == 422
