import pytest

from lab_helpers.analysis import whole_minutes

NOON = 1_767_268_800  # 2026-01-01T12:00:00Z
HOUR = 3600


@pytest.mark.parametrize(
    "start, end, expected",
    [
        (12.4, 20.9, (0, 60)),
        (59.9, 60.1, (0, 120)),
        (60, 120, (60, 120)),
        (-1, 6 * HOUR - 61, (-60, 6 * HOUR - 60)),
        (0, 6 * HOUR, (0, 6 * HOUR)),
        (-1, 6 * HOUR, (-300, 6 * HOUR)),
        (1, 2 * 24 * HOUR + 1, (0, 2 * 24 * HOUR + 1800)),
    ],
)
def test_a_window_is_widened_to_the_steps_that_its_length_calls_for(
    start, end, expected
):
    window = whole_minutes(NOON + start, NOON + end)
    assert window == (NOON + expected[0], NOON + expected[1])


def test_a_window_of_whole_steps_stays_as_it_is():
    once = whole_minutes(NOON - 7.5 * HOUR, NOON + 12.3)
    assert whole_minutes(*once) == once


def test_a_window_is_whole_numbers_of_seconds():
    assert [type(end) for end in whole_minutes(NOON + 0.5, NOON + 1.5)] == [int, int]
