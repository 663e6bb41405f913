"""The time window, its truncation, and automatic steps."""

from typing import Any

import pytest

from lab_emulators.honeycomb.query import Schema, SpecError, parse_spec
from lab_emulators.honeycomb.query.window import NS, QueryWindow, steps_of, window_of

DAY = 86_400
# 2026-01-01T05:28:12Z, the time of the documentation's example
NOW = 1_767_245_292


def window(*, truncate: bool = False, **times: int) -> tuple[int, int]:
    """Seconds relative to NOW."""
    found = window_of(parse_spec(times, Schema({})), NOW * NS, truncate=truncate)
    return found.start_ns // NS - NOW, found.end_ns // NS - NOW


@pytest.mark.parametrize(
    "times, expected",
    [
        ({}, (-7200, 0)),
        ({"time_range": 60}, (-60, 0)),
        ({"start_time": NOW - 5, "end_time": NOW + 5}, (-5, 5)),
        ({"start_time": NOW, "time_range": 60}, (0, 60)),
        ({"end_time": NOW, "time_range": 60}, (-60, 0)),
        ({"start_time": NOW}, (0, 7200)),
        ({"end_time": NOW}, (-7200, 0)),
    ],
)
def test_a_window_is_given_by_two_of_three(
    times: dict[str, int], expected: tuple[int, int]
) -> None:
    assert window(**times) == expected


@pytest.mark.parametrize(
    "length, expected",
    [(7200, -12), (6 * 3600, -12), (6 * 3600 + 1, -192), (2 * DAY + 1, -1692)],
)
def test_truncation_rounds_the_end_down(length: int, expected: int) -> None:
    assert window(time_range=length, truncate=True)[1] == expected


def test_a_window_of_more_than_seven_days_is_refused() -> None:
    assert window(time_range=7 * DAY) == (-7 * DAY, 0)
    with pytest.raises(SpecError, match="longer than 7 days") as caught:
        window(time_range=7 * DAY + 1)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "seconds, width",
    [(60, 1), (600, 5), (7200, 60), (7201, 120), (DAY, 900), (7 * DAY, 7200)],
)
def test_automatic_steps_are_about_a_120th(seconds: int, width: int) -> None:
    steps = steps_of(QueryWindow(NOW * NS, (NOW + seconds) * NS), 0)
    assert steps.width_ns == width * NS and steps.first_ns % steps.width_ns == 0
    assert steps.first_ns <= NOW * NS
    last = steps.first_ns + steps.count * steps.width_ns
    assert 0 <= last - (NOW + seconds) * NS < steps.width_ns


def test_the_window_excludes_its_end(lab: Any) -> None:
    name = lab.write({"at": -0.001}, {"at": 0}, {"at": 59.999}, {"at": 60})
    assert lab.rows({}, name) == [{"COUNT": 2}]


def test_now_ends_the_default_window(lab: Any) -> None:
    name = lab.write({"at": 0}, {"at": 100})
    now = (1_700_000_040 + 50) * NS
    assert lab.rows({"time_range": 60}, name, now_ns=now) == [{"COUNT": 1}]
    hidden = {"now_ns": now - 30 * NS, "truncate_window": True}
    assert lab.rows({"time_range": 10}, name, **hidden) == [{"COUNT": 0}]
