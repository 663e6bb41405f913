"""The schedule: which copy goes when, and what becomes of it; times are numbers."""

import pytest

from lab_emulators.forwarding.backoff import Backoff
from lab_emulators.forwarding.model import (
    Copy,
    Delivery,
    DeliveryOutcome,
    Upstream,
)
from lab_emulators.forwarding.outbox import OutboxLimits
from lab_emulators.forwarding.schedule import MAX_SERVER_ERRORS, Schedule

KEY, OTHER = Upstream("https://real", "key"), Upstream("https://real", "other")
ACCEPTED = Delivery(DeliveryOutcome.ACCEPTED)
REFUSED = Delivery(DeliveryOutcome.REFUSED, "HTTP 400: no")
UNKNOWN = Delivery(DeliveryOutcome.KEY_REFUSED, "HTTP 401: unknown API key")
GONE = Delivery(DeliveryOutcome.FAILED, "no connection")
BROKEN = Delivery(DeliveryOutcome.FAILED, "HTTP 500: oops", server_error=True)


@pytest.fixture
def schedule() -> Schedule:
    made = Schedule(KEY, OutboxLimits(copies=3), Backoff(1, 60))
    for name in "ab":
        made.outbox.append(Copy(f"/{name}", {}, b"x", events=10))
    return made


def attempt(
    schedule: Schedule, delivery: Delivery, now: float, upstream: Upstream = KEY
) -> str:
    """Sends the next copy, which must be due, with this result; its path."""
    assert schedule.wait_s(now) == 0
    path = schedule.take().path
    schedule.settle(delivery, upstream, now, jitter=0)
    return path


def counts(schedule: Schedule) -> list[object]:
    names = ("state", "forwarded", "waiting", "dropped", "refused")
    return [schedule.report()[name] for name in names]


def test_what_is_accepted_is_forwarded_and_then_nothing_is_due(schedule) -> None:
    assert [attempt(schedule, ACCEPTED, 0) for _ in "ab"] == ["/a", "/b"]
    assert schedule.wait_s(0) is None
    assert counts(schedule) == ["forwarding", 20, 0, 0, 0]
    assert schedule.report()["last_error"] == ""


def test_a_copy_in_flight_still_waits(schedule) -> None:
    schedule.take()
    assert counts(schedule) == ["forwarding", 0, 20, 0, 0]


def test_the_same_copy_goes_again_after_pauses_that_double(schedule) -> None:
    now, pauses = 100.0, []
    for _ in range(8):
        assert attempt(schedule, GONE, now) == "/a"
        pauses.append(schedule.wait_s(now))
        now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert counts(schedule) == ["retrying", 0, 20, 0, 0]
    assert attempt(schedule, ACCEPTED, now) == "/a"
    assert counts(schedule) == ["forwarding", 10, 10, 0, 0]
    assert schedule.wait_s(now) == 0
    assert attempt(schedule, GONE, now) == "/b"
    assert schedule.wait_s(now) == 1  # the count of failures began anew


@pytest.mark.parametrize(("asked", "pause"), [(30, 30), (0.2, 1)])
def test_retry_after_is_obeyed_and_shortens_no_pause(schedule, asked, pause) -> None:
    busy = Delivery(DeliveryOutcome.FAILED, "HTTP 429: slow down", asked)
    attempt(schedule, busy, 5)
    assert schedule.wait_s(5) == pause
    assert schedule.wait_s(5 + pause) == 0


def test_a_refused_copy_is_counted_and_the_next_one_goes_at_once(schedule) -> None:
    assert attempt(schedule, REFUSED, 0) == "/a"
    assert attempt(schedule, ACCEPTED, 0) == "/b"
    assert counts(schedule) == ["forwarding", 10, 0, 0, 10]
    assert schedule.report()["last_error"] == "HTTP 400: no"


def test_events_that_a_batch_refuses_one_by_one_are_counted(schedule) -> None:
    partly = Delivery(DeliveryOutcome.ACCEPTED, "HTTP 400: too wide", refused=3)
    attempt(schedule, partly, 0)
    assert counts(schedule) == ["forwarding", 7, 10, 0, 3]


def test_a_refused_key_stops_everything_until_there_is_another(schedule) -> None:
    attempt(schedule, UNKNOWN, 0)
    assert schedule.wait_s(1e9) is None
    schedule.change(KEY)
    assert schedule.wait_s(1e9) is None
    assert counts(schedule) == ["key refused", 0, 20, 0, 0]
    schedule.change(OTHER)
    assert attempt(schedule, ACCEPTED, 0, OTHER) == "/a"
    assert counts(schedule) == ["forwarding", 10, 10, 0, 0]


def test_the_answer_to_an_old_key_says_nothing_about_the_new_one(schedule) -> None:
    schedule.take()
    schedule.change(OTHER)
    schedule.settle(UNKNOWN, KEY, 0, 0)
    assert attempt(schedule, ACCEPTED, 0, OTHER) == "/a"


def test_another_key_goes_at_once_whatever_pause_there_was(schedule) -> None:
    attempt(schedule, Delivery(DeliveryOutcome.FAILED, "HTTP 429", 600), 0)
    schedule.change(OTHER)
    assert schedule.wait_s(0) == 0


def test_a_copy_that_breaks_the_service_holds_up_no_other(schedule) -> None:
    assert attempt(schedule, BROKEN, 0) == "/a"
    assert attempt(schedule, ACCEPTED, 1) == "/b"
    assert attempt(schedule, BROKEN, 1) == "/a"
    assert counts(schedule) == ["retrying", 10, 10, 0, 0]


def test_a_copy_that_always_breaks_the_service_is_refused_in_the_end(schedule) -> None:
    attempt(schedule, REFUSED, 0)
    for number in range(MAX_SERVER_ERRORS):
        assert counts(schedule)[-1] == 10
        assert attempt(schedule, BROKEN, number * 60.0) == "/b"
    assert counts(schedule)[-1] == 20
    assert schedule.wait_s(1e9) is None


def test_a_service_that_is_gone_for_long_costs_no_copy(schedule) -> None:
    for number in range(10 * MAX_SERVER_ERRORS):
        attempt(schedule, GONE, number * 60.0)
    assert counts(schedule) == ["retrying", 0, 20, 0, 0]


def test_what_does_not_fit_while_the_service_is_gone_is_dropped(schedule) -> None:
    schedule.take()
    for name in "cdef":
        schedule.outbox.append(Copy(f"/{name}", {}, b"x", events=1))
    schedule.settle(GONE, KEY, 0, 0)
    assert counts(schedule) == ["retrying", 0, 3, 10 + 10 + 1, 0]
