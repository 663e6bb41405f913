"""When more arrives than can be written: 429, nothing dropped in silence."""

from concurrent.futures import ThreadPoolExecutor, wait
from email.utils import parsedate_to_datetime

import pytest

from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import LAB_KEY
from lab_emulators.store import Limits, Store

DROPPED = "Request dropped due to rate limiting."


@pytest.fixture
def store(tmp_path):
    """A store in which one append may wait."""
    limits = Limits(pending_appends=1)
    with Store.open(tmp_path / "events.duckdb", limits=limits) as opened:
        yield opened


@pytest.fixture
def client(store):
    client = create_app(store).test_client()
    client.environ_base["HTTP_X_HONEYCOMB_TEAM"] = LAB_KEY
    return client


@pytest.fixture
def crowded(store, client):
    """While the writer is held, with one event waiting for it."""

    def send():
        return client.application.test_client().post(
            "/1/events/d", json={"a": 1}, headers={"X-Honeycomb-Team": LAB_KEY}
        )

    with ThreadPoolExecutor(1) as pool:
        with store.paused():
            waiting = pool.submit(send)
            assert not wait([waiting], timeout=0.3).done
            yield waiting
        assert waiting.result(10).status_code == 200


def test_events_are_told_when_to_come_back(crowded, client):
    answer = client.post("/1/events/d", json={"a": 2})
    assert (answer.status_code, answer.get_json()["error"]) == (429, DROPPED)
    assert answer.get_json()["type"].endswith("/problems/rate-limited")
    assert parsedate_to_datetime(answer.headers["Retry-After"])


def test_exporters_are_told_in_seconds(crowded, client):
    body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}'
    answer = client.post("/v1/traces", data=body, content_type="application/json")
    assert answer.status_code == 429
    assert answer.get_json() == {"code": 8, "message": DROPPED}
    assert int(answer.headers["Retry-After"]) >= 1


def test_what_was_refused_was_not_stored(crowded, client, store, rows):
    refused = client.post("/1/batch/d", json=[{"data": {"a": 2}}])
    assert refused.status_code == 429
    assert not crowded.done()
    assert store.table("d") is None
