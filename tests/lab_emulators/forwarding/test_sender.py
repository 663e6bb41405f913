"""One copy over HTTP: as it came, with the real key; and what answers mean."""

import json
import logging
import socket
import threading

import pytest

from lab_emulators.forwarding.model import Copy, DeliveryOutcome, Upstream
from lab_emulators.forwarding.sender import CopySender

KEY = "hcaik-the-real-key"
COPY = Copy(
    "/1/batch/My%20Birds",
    {"Content-Type": "application/json", "Content-Encoding": "gzip", "User-Agent": "u"},
    b"\x1f\x8bbytes",
    events=2,
)


@pytest.fixture
def sender():
    made = CopySender("X-Honeycomb-Team", clock=lambda: 0.0)
    yield made
    made.close()


@pytest.fixture
def send(sender, service):
    return lambda: sender.send(Upstream(service.url, KEY), COPY)


def test_a_copy_goes_as_it_came_with_the_real_key(send, service) -> None:
    assert send().outcome is DeliveryOutcome.ACCEPTED
    (request,) = service.requests
    assert (request.path, request.body) == (COPY.path, COPY.body)
    assert request.headers.pop("X-Honeycomb-Team") == KEY
    expected = {"Content-Length": "7", "Accept-Encoding": "identity"}
    assert request.headers.pop("Host") in service.url
    assert request.headers == {**COPY.headers, **expected}


def test_copies_share_one_connection(send, service) -> None:
    for _ in range(5):
        send()
    assert (len(service.requests), service.connections) == (5, 1)


@pytest.mark.parametrize(
    ("status", "outcome", "server_error"),
    [
        (202, DeliveryOutcome.ACCEPTED, False),
        (301, DeliveryOutcome.REFUSED, False),
        (400, DeliveryOutcome.REFUSED, False),
        (401, DeliveryOutcome.KEY_REFUSED, False),
        (403, DeliveryOutcome.REFUSED, False),
        (404, DeliveryOutcome.REFUSED, False),
        (413, DeliveryOutcome.REFUSED, False),
        (408, DeliveryOutcome.FAILED, False),
        (429, DeliveryOutcome.FAILED, False),
        (500, DeliveryOutcome.FAILED, True),
        (503, DeliveryOutcome.FAILED, True),
    ],
)
def test_a_status_decides(send, service, status, outcome, server_error) -> None:
    service.answers(status, Location=f"{service.url}/elsewhere")
    delivery = send()
    assert (delivery.outcome, delivery.server_error) == (outcome, server_error)
    assert len(service.requests) == 1  # no redirect is followed, nothing is tried again


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"error":"unknown API key"}', "HTTP 400: unknown API key"),
        (b'{"err":1,"message":"invalid access token"}', "HTTP 400: invalid access tok"),
        (b"\xffplain\ntext", "HTTP 400: \ufffdplain text"),
        (b"", "HTTP 400: Bad Request"),
        (b'{"error":"' + KEY.encode() + b' is unknown"}', "HTTP 400: *** is unknown"),
        (b"[" * 5000, "HTTP 400: " + "[" * 200),
    ],
)
def test_the_error_is_the_services_own_text_and_never_the_key(
    send, service, body, error
) -> None:
    service.answers(400, body)
    assert send().error.startswith(error)
    assert KEY not in send().error


def test_retry_after_is_read(send, service) -> None:
    service.answers(429, Retry_After="7")
    assert send().retry_after_s == 7


def test_the_events_that_a_batch_refuses_are_counted(send, service) -> None:
    items = [{"status": 202}, {"status": 400, "error": "Event has too many columns."}]
    service.answers(200, json.dumps(items).encode())
    delivery = send()
    assert (delivery.outcome, delivery.refused) == (DeliveryOutcome.ACCEPTED, 1)
    assert delivery.error == "HTTP 400: Event has too many columns."


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[1]", b'[{"status":"x"}]', b"["])
def test_any_other_body_of_a_success_refuses_nothing(send, service, body) -> None:
    service.answers(200, body)
    assert (send().outcome, send().refused) == (DeliveryOutcome.ACCEPTED, 0)


def test_a_service_that_hangs_is_given_up(service) -> None:
    released = threading.Event()
    service.answer = lambda _: (released.wait(30), (200, {}, b""))[1]
    sender = CopySender("X-Honeycomb-Team", timeout_s=0.3)
    delivery = sender.send(Upstream(service.url, KEY), COPY)
    released.set()
    sender.close()
    assert delivery.outcome is DeliveryOutcome.FAILED
    assert delivery.error == "no answer within 0.3 s"


def test_a_service_that_is_gone_is_a_failure(sender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = sender.send(Upstream(f"http://127.0.0.1:{port}", KEY), COPY)
    assert gone.outcome is DeliveryOutcome.FAILED
    assert gone.error == "no connection (ConnectionError)"
    assert not gone.server_error


def test_a_proxy_of_the_environment_is_used(sender, service, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", service.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    delivery = sender.send(Upstream("http://api.example", KEY), COPY)
    assert delivery.outcome is DeliveryOutcome.ACCEPTED
    (request,) = service.requests
    assert request.path == "http://api.example/1/batch/My%20Birds"


def test_an_accepted_copy_whose_answer_breaks_off_is_accepted(sender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            wire, _ = listening.accept()
            with wire:
                wire.recv(65_536)
                wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        delivery = sender.send(Upstream(url, KEY), COPY)
        thread.join()
    assert delivery.outcome is DeliveryOutcome.ACCEPTED


def test_nothing_that_is_logged_or_shown_names_the_key(send, service, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        service.answers(500)
        send()
    assert KEY not in caplog.text
    assert KEY not in repr(Upstream(service.url, KEY))
