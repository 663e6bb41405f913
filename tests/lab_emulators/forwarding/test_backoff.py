"""Pauses between tries."""

import pytest

from lab_emulators.forwarding.backoff import Backoff, retry_after_s

NOW = 1_767_225_600.0  # Thu, 01 Jan 2026 00:00:00 GMT


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [Backoff(1, 60).pause_s(n, jitter=0) for n in (1, 2, 3, 6, 7, 10_000)]
    assert pauses == [1, 2, 4, 32, 60, 60]


def test_jitter_takes_away_up_to_half() -> None:
    assert Backoff(1, 60).pause_s(3, jitter=1) == 2
    assert Backoff(1, 60).pause_s(3, jitter=0.5) == 3


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("999999999999", 3600),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0),
        ("Fri, 02 Jan 2026 00:00:00 GMT", 3600),
        (None, 0),
        ("", 0),
        ("soon", 0),
        ("-3", 0),
        ("1.5", 0),
        ("٣", 0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 0),
        ("Thu, 01 Jan 2026 00:00:30 +99999999999999999999", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nothing_else(
    header: str | None, seconds: float
) -> None:
    assert retry_after_s(header, NOW) == seconds
