from email.utils import formatdate

import pytest

from lab_helpers.clients.transport.ratelimit import (
    LONGEST_S,
    remaining_seconds,
    reset,
    retry_after,
)

NOW = 1_772_445_600.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        (formatdate(NOW + 30, usegmt=True), 30),
        (formatdate(NOW - 30, usegmt=True), 0),
        ("999999", LONGEST_S),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, NOW) == seconds


def test_only_a_spent_allowance_makes_one_wait() -> None:
    assert reset({"RateLimit": "limit=10, remaining=0, reset=42"}) == 42
    assert reset({"RateLimit": "limit=10, remaining=1, reset=42"}) is None
    assert reset({}) is None


@pytest.mark.parametrize(
    ("value", "seconds"), [("12", 12.0), ("99999", 300.0), ("", None), ("soon", None)]
)
def test_rollbars_remaining_seconds_are_read_and_bounded(value, seconds):
    headers = {"X-Rate-Limit-Remaining-Seconds": value}
    assert remaining_seconds(headers) == seconds
