"""The forwarder: nothing waits for the real service, and nothing is lost in silence."""

import threading

import pytest

from lab_emulators.forwarding import (
    Backoff,
    Copy,
    CopyForwarder,
    OutboxLimits,
    Upstream,
)
from lab_emulators.forwarding.model import Delivery, DeliveryOutcome
from lab_emulators.forwarding.sender import CopySender

FAST = Backoff(first_s=0.01, longest_s=0.02)


@pytest.fixture
def forwarder():
    """A forwarder with short pauses."""
    made = CopyForwarder(lambda: CopySender("X-Key"), backoff=FAST)
    yield made
    made.close(drain_s=0)


def copy(number, events=1):
    return Copy(f"/{number}", {}, b"body", events)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "copies"]


class Gate:
    """A sender whose deliveries wait until the test opens it."""

    def __init__(self):
        self.open, self.sent, self.closed = threading.Event(), [], False

    def send(self, upstream, copy):
        self.sent.append((upstream.key, copy.path))
        self.open.wait(30)
        return Delivery(DeliveryOutcome.ACCEPTED)

    def close(self):
        self.closed = True


def test_without_an_upstream_there_is_no_thread_and_nothing_waits(forwarder) -> None:
    forwarder.submit(copy(1))
    assert forwarder.report() is None
    assert not forwarder.active
    assert threads() == []


def test_every_copy_arrives_in_order(forwarder, service, wait_until) -> None:
    forwarder.connect(Upstream(service.url, "k"))
    for number in range(100):
        forwarder.submit(copy(number, events=3))
    wait_until(lambda: forwarder.report()["forwarded"] == 300)
    assert [r.path for r in service.requests] == [f"/{n}" for n in range(100)]
    assert forwarder.report() == {
        "endpoint": service.url,
        "state": "forwarding",
        "forwarded": 300,
        "waiting": 0,
        "dropped": 0,
        "refused": 0,
        "last_error": "",
    }


def test_a_submit_returns_while_the_service_hangs(wait_until) -> None:
    gate = Gate()
    limits = OutboxLimits(copies=10)
    forwarder = CopyForwarder(lambda: gate, limits=limits)
    forwarder.connect(Upstream("https://real", "k"))
    forwarder.submit(copy("first"))
    wait_until(lambda: gate.sent)
    for number in range(1000):
        forwarder.submit(copy(number))
    report = forwarder.report()
    assert (report["waiting"], report["dropped"]) == (1 + 10, 990)
    gate.open.set()
    wait_until(lambda: forwarder.report()["forwarded"] == 11)
    forwarder.close()
    assert [path for _, path in gate.sent[1:]] == [f"/{n}" for n in range(990, 1000)]


@pytest.mark.parametrize(
    ("status", "headers"), [(500, {}), (503, {}), (429, {"Retry_After": "0"})]
)
def test_what_failed_arrives_once_the_service_is_back(
    forwarder, service, wait_until, status, headers
) -> None:
    service.answers(status, b'{"error":"not now"}', **headers)
    forwarder.connect(Upstream(service.url, "k"))
    for number in range(5):
        forwarder.submit(copy(number))
    wait_until(lambda: len(service.requests) > 3)
    assert forwarder.report()["state"] == "retrying"
    assert forwarder.report()["last_error"] == f"HTTP {status}: not now"
    service.requests.clear()
    service.answers(200)
    wait_until(lambda: forwarder.report()["forwarded"] == 5)
    assert {f"/{n}" for n in range(5)} <= {r.path for r in service.requests}
    assert forwarder.report()["state"] == "forwarding"


def test_another_key_lets_what_waits_go(forwarder, service, wait_until) -> None:
    right = lambda r: (200 if r.headers["X-Key"] == "right" else 401, {}, b"")  # noqa: E731
    service.answer = right
    forwarder.connect(Upstream(service.url, "wrong"))
    forwarder.submit(copy(1))
    wait_until(lambda: forwarder.report()["state"] == "key refused")
    forwarder.submit(copy(2))
    forwarder.connect(Upstream(service.url, "wrong"))
    forwarder.connect(Upstream(service.url, "right"))
    wait_until(lambda: forwarder.report()["forwarded"] == 2)
    assert [r.headers["X-Key"] for r in service.requests] == ["wrong", *["right"] * 2]
    assert len(threads()) == 1


def test_without_an_upstream_any_more_the_thread_ends(service, wait_until) -> None:
    gate = Gate()
    forwarder = CopyForwarder(lambda: gate)
    forwarder.connect(Upstream(service.url, "k"))
    forwarder.submit(copy(1))
    forwarder.submit(copy(2))
    wait_until(lambda: gate.sent)
    forwarder.connect(None)
    assert forwarder.report() is None
    gate.open.set()
    wait_until(lambda: gate.closed)
    wait_until(lambda: not threads())
    assert [path for _, path in gate.sent] == ["/1"]


def test_a_forwarder_that_closes_lets_what_waits_go_if_it_is_taken(service) -> None:
    forwarder = CopyForwarder(lambda: CopySender("X-Key"))
    forwarder.connect(Upstream(service.url, "k"))
    for number in range(20):
        forwarder.submit(copy(number))
    forwarder.close(drain_s=30)
    assert len(service.requests) == 20


def test_a_forwarder_that_closes_waits_for_no_service_that_fails(
    service, wait_until
) -> None:
    service.answers(500)
    slow = Backoff(first_s=1000, longest_s=1000)
    forwarder = CopyForwarder(lambda: CopySender("X-Key"), backoff=slow)
    forwarder.connect(Upstream(service.url, "k"))
    forwarder.submit(copy(1))
    wait_until(lambda: forwarder.report()["state"] == "retrying")
    forwarder.close(drain_s=1000)
    assert (len(service.requests), threads()) == (1, [])


def test_a_defect_of_the_sender_costs_one_copy_and_shows_no_key(wait_until) -> None:
    class Defective(Gate):
        def send(self, upstream, copy):
            if copy.path == "/1":
                raise LookupError(upstream.key)
            return super().send(upstream, copy)

    gate = Defective()
    gate.open.set()
    forwarder = CopyForwarder(lambda: gate)
    forwarder.connect(Upstream("https://real", "secret"))
    forwarder.submit(copy(1, events=3))
    forwarder.submit(copy(2))
    wait_until(lambda: forwarder.report()["forwarded"] == 1)
    report = forwarder.report()
    forwarder.close()
    assert (report["refused"], report["last_error"]) == (3, "not sent (LookupError)")
