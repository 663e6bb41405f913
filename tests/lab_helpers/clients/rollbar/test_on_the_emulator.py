"""The client against the emulated Rollbar, over HTTP like anyone else."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from lab_emulators.rollbar.app import create_app
from lab_emulators.rollbar.config import LAB_TOKENS, RollbarConfig, TokenScope
from lab_emulators.store import Store
from lab_emulators.web.server import Server, bind
from lab_helpers.clients import RollbarClient, RollbarError, RollbarTimeoutError

Report = Callable[..., None]
FRAME = {"filename": "app.py", "lineno": 7, "method": "home", "code": "return 1 / 0"}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulated Rollbar with nothing in it."""
    store = Store.open(tmp_path_factory.mktemp("rollbar") / "items.duckdb")
    server = Server("rollbar", create_app(store, RollbarConfig()), bind(0)[0])
    yield f"{server.url}/api/1/"
    server.stop()
    store.close()


@pytest.fixture
def live(endpoint: str) -> Iterator[RollbarClient]:
    """A client that reads and writes."""
    tokens = LAB_TOKENS[TokenScope.READ], LAB_TOKENS[TokenScope.WRITE]
    with RollbarClient(tokens[0], endpoint, write_token=tokens[1]) as client:
        yield client


def _post(endpoint: str, path: str, body: dict[str, Any]) -> None:
    token = {"X-Rollbar-Access-Token": LAB_TOKENS[TokenScope.POST_SERVER_ITEM]}
    url = endpoint + path
    requests.post(url, json=body, headers=token, timeout=30).raise_for_status()


@pytest.fixture
def report(endpoint: str, request: pytest.FixtureRequest) -> Report:
    """Sends an exception to the test's own environment, with changes to its data."""

    def send(name: str = "KeyError", **changes: Any) -> None:
        trace = {"frames": [FRAME], "exception": {"class": name, "message": "x"}}
        data = {"environment": request.node.name, "body": {"trace": trace}}
        _post(endpoint, "item/", {"data": {"level": "error", **data, **changes}})

    return send


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str:
    """The test's own environment."""
    return str(request.node.name)


def test_occurrences_of_a_bug_are_one_item(
    live: RollbarClient, report: Report, place: str
) -> None:
    for person in ("marisol", "yuki_s", "marisol"):
        report(person={"id": person}, code_version="1.4")
    (item,) = (row for _, row in live.items(environment=place).iterrows())
    assert (item["title"], item["level"], item["status"]) == (
        "KeyError: x",
        "error",
        "active",
    )
    assert (item["occurrences"], item["people"]) == (3, 2)
    frame = live.occurrences(int(item["counter"]))
    assert list(frame["person"]) == ["marisol", "yuki_s", "marisol"]
    assert set(frame["version"]) == {"1.4"}


def test_filters_and_search_go_to_rollbar(
    live: RollbarClient, report: Report, place: str
) -> None:
    report("KeyError")
    report("OSError", level="warning")
    assert list(live.items(environment=place, level="warning")["title"]) == [
        "OSError: x"
    ]
    assert len(live.items(environment=place, level=["warning", "error"])) == 2
    assert len(live.items(environment=place, query="OSError")) == 1
    assert live.items(environment=place, status="resolved").empty


def test_an_item_by_its_counter_and_by_its_row_is_the_same(
    live: RollbarClient, report: Report, place: str
) -> None:
    report()
    row = live.items(environment=place).iloc[0]
    assert live.item(int(row["counter"])).equals(live.item(row))


def test_a_resolved_item_that_occurs_again_is_active_and_says_so(
    live: RollbarClient, report: Report, place: str
) -> None:
    report()
    row = live.items(environment=place).iloc[0]
    resolved = live.resolve(row, version="1.5")
    assert (resolved["status"], resolved["resolved_in"]) == ("resolved", "1.5")
    report()
    again = live.item(row)
    assert again["status"] == "active"
    assert again["activated"] >= again["resolved"]


def test_more_occurrences_than_a_page_holds_all_come(
    live: RollbarClient, report: Report, place: str
) -> None:
    for _ in range(103):
        report()
    assert len(live.occurrences(live.items(environment=place).iloc[0])) == 103


def test_deploys_come_oldest_first_and_of_one_environment(
    live: RollbarClient, endpoint: str, place: str
) -> None:
    for where, revision in ((place, "1.4"), ("elsewhere", "9"), (place, "1.5")):
        _post(endpoint, "deploy/", {"environment": where, "revision": revision})
    assert list(live.deploys(place)["revision"]) == ["1.4", "1.5"]
    assert len(live.deploys()) == 3


def test_rql_counts_and_a_query_asked_twice_is_answered_anew(
    live: RollbarClient, report: Report, place: str
) -> None:
    query = f"""SELECT person.id, count(*) AS n FROM item_occurrence
        WHERE item.environment = '{place}' GROUP BY person.id ORDER BY n DESC"""
    report(person={"id": "marisol"})
    assert live.rql(query)["n"].tolist() == [1]
    report(person={"id": "marisol"})
    report(person={"id": "yuki_s"})
    frame = live.rql(query)
    assert frame.to_numpy().tolist() == [["marisol", 2], ["yuki_s", 1]]


def test_a_query_rollbar_cannot_read_is_refused_in_its_words(
    live: RollbarClient,
) -> None:
    with pytest.raises(RollbarError, match="answered 422: query_string"):
        live.rql("SELECT FROM nowhere")


def test_a_page_has_the_latest_stack_and_everybody(
    live: RollbarClient, report: Report, place: str
) -> None:
    for person in ("marisol", "yuki_s"):
        report(person={"id": person}, custom={"trace_id": "4bf9"})
    page = live.page(live.items(environment=place).iloc[0])
    assert page.people == ["marisol", "yuki_s"]
    assert page.trace_id == "4bf9"
    assert "return 1 / 0" in page._repr_html_()


def test_the_payload_is_as_it_was_sent(
    live: RollbarClient, report: Report, place: str
) -> None:
    report(custom={"gauge": "pier 9"})
    payload = live.payload(live.items(environment=place).iloc[0])
    assert payload["body"]["trace"]["frames"] == [FRAME]
    assert payload["custom"] == {"gauge": "pier 9"}


def test_the_wrong_token_is_told_what_it_lacks(endpoint: str) -> None:
    token = LAB_TOKENS[TokenScope.POST_SERVER_ITEM]
    with (
        RollbarClient(token, endpoint, write_token="") as client,
        pytest.raises(RollbarError, match="answered 403") as caught,
    ):
        client.items()
    assert "ROLLBAR_READ_TOKEN" in caught.value.advice


def test_an_item_that_is_not_there_is_an_error(live: RollbarClient) -> None:
    with pytest.raises(RollbarError, match="answered 404"):
        live.item(987_654)


def test_waiting_ends_with_the_items_or_with_advice(
    live: RollbarClient, report: Report, place: str
) -> None:
    report()
    assert len(live.wait_for(environment=place)) == 1
    begin = time.monotonic()
    with pytest.raises(RollbarTimeoutError, match="1 items with 1 occurrences"):
        live.wait_for(environment=place, occurrences=2, timeout_s=0.3)
    assert time.monotonic() - begin < 60
