"""When an event happened."""

import pytest

from lab_emulators.honeycomb.timestamps import event_time, rfc3339

NOW = 7


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2026-01-01T00:00:00Z", 1_767_225_600_000_000_000),
        ("2026-01-01t00:00:00z", 1_767_225_600_000_000_000),
        ("2026-01-01T01:00:00.123456789+01:00", 1_767_225_600_123_456_789),
        ("2026-01-01T00:00:00.5Z", 1_767_225_600_500_000_000),
        ("1767225600", 1_767_225_600_000_000_000),
        ("1767225600123", 1_767_225_600_123_000_000),
        ("1767225600123456", 1_767_225_600_123_456_000),
        ("1767225600123456789", 1_767_225_600_123_456_789),
        ("1767225600.5", 1_767_225_600_500_000_000),
        ("12.5", 12_500_000_000),
    ],
)
def test_every_documented_form_of_a_time_is_read(text, nanoseconds):
    assert event_time(text, NOW) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "nan",
        "inf",
        "1e300",
        "2026-13-01T00:00:00Z",
        "9" * 40,
        "\u0663" * 10,
    ],
)
def test_what_is_no_time_means_now(text):
    assert event_time(text, NOW) == NOW


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (1_767_225_600_000_000_000, "2026-01-01T00:00:00Z"),
        (1_767_225_600_120_000_000, "2026-01-01T00:00:00.12Z"),
        (1_767_225_600_123_456_789, "2026-01-01T00:00:00.123456Z"),
    ],
)
def test_resources_tell_times_in_utc(nanoseconds, text):
    assert rfc3339(nanoseconds) == text
