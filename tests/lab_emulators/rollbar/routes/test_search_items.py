"""pyrollbar's own calls, over a real socket."""

import pytest
import requests
import rollbar

from lab_emulators.rollbar.config import LAB_TOKENS, TokenScope


@pytest.fixture
def search(served):
    def ask(title, **fields):
        token = LAB_TOKENS[TokenScope.READ]
        return rollbar.search_items(
            title, access_token=token, endpoint=served, **fields
        )

    return ask


def test_search_items_finds_pages_of_items(search, post, message):
    post(message("disk full"))
    post(message("disk gone", level="error"))
    found = search("disk", return_fields=["counter", "title"], level="error")
    assert (found.page, found.data["items"]) == (
        1,
        [{"counter": 2, "title": "disk gone"}],
    )
    assert found.next_page().data["items"] == []


def test_search_items_raises_what_the_api_refuses(search):
    with pytest.raises(rollbar.ApiError, match="level"):
        search("disk", level="loud")


def test_requests_follows_a_counter_to_its_item(served, post, message):
    post(message("disk full"))
    headers = {"X-Rollbar-Access-Token": LAB_TOKENS[TokenScope.READ]}
    answer = requests.get(f"{served}item_by_counter/1", headers=headers, timeout=10)
    assert answer.json()["result"]["title"] == "disk full"
