"""Copies of what was stored: which requests have one, and with which headers."""

import gzip
import json
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from lab_emulators.contract import HONEYCOMB_API_KEY, TEAM_HEADER
from lab_emulators.forwarding import Copy, CopyForwarder, Upstream
from lab_emulators.forwarding.model import Delivery, DeliveryOutcome
from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import HoneycombConfig
from lab_emulators.store import Store


class Recorder:
    """A sender that records what it is to send."""

    def __init__(self) -> None:
        self.copies: list[Copy] = []

    def send(self, upstream: Upstream, copy: Copy) -> Delivery:
        self.copies.append(copy)
        return Delivery(DeliveryOutcome.ACCEPTED)

    def close(self) -> None:
        """Has nothing to close."""


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def forwarder(recorder: Recorder) -> Iterator[CopyForwarder]:
    made = CopyForwarder(lambda: recorder)
    made.connect(Upstream("https://real", "key"))
    yield made
    made.close()


@pytest.fixture
def client(
    store: Store, clock: Callable[[], int], forwarder: CopyForwarder
) -> FlaskClient:
    made = create_app(store, HoneycombConfig(clock=clock), forwarder).test_client()
    made.environ_base["HTTP_X_HONEYCOMB_TEAM"] = HONEYCOMB_API_KEY
    return made


@pytest.fixture
def copies(recorder: Recorder, forwarder: CopyForwarder) -> Callable[[], list[Copy]]:
    """All copies so far, once none waits any more."""

    def drained() -> list[Copy]:
        forwarder.close(drain_s=30)
        return recorder.copies

    return drained


def spans(service: str) -> dict[str, object]:
    name = {"key": "service.name", "value": {"stringValue": service}}
    span = {"traceId": "ab" * 16, "spanId": "cd" * 8, "name": "call"}
    return {
        "resourceSpans": [
            {"resource": {"attributes": [name]}, "scopeSpans": [{"spans": [span] * 3}]}
        ]
    }


def test_a_copy_is_the_body_as_sent_with_the_headers_that_matter(
    client, copies
) -> None:
    body = gzip.compress(json.dumps([{"data": {"n": 1}}, {"data": {"n": 2}}]).encode())
    headers = {
        "Content-Encoding": "gzip",
        "X-Honeycomb-Samplerate": "3",
        "X-Forwarded-For": "1.2.3.4",
        "Cookie": "a=b",
    }
    client.post(
        "/1/batch/Caf%C3%A9%20birds",
        data=body,
        headers=headers,
        content_type="application/json",
    )
    (copy,) = copies()
    assert (copy.path, copy.body, copy.events) == (
        "/1/batch/Caf%C3%A9%20birds",
        body,
        2,
    )
    assert copy.headers.pop("User-Agent")
    assert copy.headers == {
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        "X-Honeycomb-Samplerate": "3",
    }
    assert TEAM_HEADER not in copy.headers


@pytest.mark.parametrize(
    ("sent", "copied"),
    [
        ({}, "2026-01-01T00:00:00.123456Z"),
        ({"X-Honeycomb-Event-Time": "1767225600"}, "1767225600"),
    ],
)
def test_an_event_without_a_time_keeps_that_of_its_arrival(
    client, copies, sent, copied
) -> None:
    client.post("/1/events/birds", json={"n": 1}, headers=sent)
    assert copies()[0].headers["X-Honeycomb-Event-Time"] == copied


@pytest.mark.parametrize(
    ("service", "sent", "dataset"),
    [
        ("birds-api", {}, "birds-api"),
        ("birds-api", {"X-Honeycomb-Dataset": "mine"}, "mine"),
        ("snow ☃", {}, None),
    ],
)
def test_spans_name_a_dataset_as_classic_keys_want_it(
    client, copies, service, sent, dataset
) -> None:
    client.post("/v1/traces", json=spans(service), headers=sent)
    (copy,) = copies()
    assert copy.headers.get("X-Honeycomb-Dataset") == dataset
    assert copy.events == 3


def test_what_was_not_stored_has_no_copy(client, copies) -> None:
    for path, body in {
        "/1/events/birds": b"not JSON",
        "/1/batch/birds": b'[{"data":{}},{}]',
        "/v1/traces": b"{}",
        "/v1/metrics": b"{}",
        "/1/queries/birds": b"{}",
        "/1/datasets": b'{"name":"birds"}',
    }.items():
        client.post(path, data=body, content_type="application/json")
    client.post("/1/events/birds", json={"n": 1}, headers={TEAM_HEADER: "stranger"})
    assert copies() == []


def test_a_batch_that_is_stored_in_part_is_copied_as_it_came(client, copies) -> None:
    body = json.dumps([{"data": {"n": 1}}, {}]).encode()
    client.post("/1/batch/birds", data=body)
    assert [(copy.body, copy.events) for copy in copies()] == [(body, 1)]
