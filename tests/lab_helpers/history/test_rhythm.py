"""The daily rhythm of each region."""

from collections import Counter

import pytest

from lab_helpers.app.people import PEOPLE
from lab_helpers.history.rhythm import (
    ACTIVITY,
    AHEAD,
    DAY_US,
    HOUR_US,
    moment_of_day,
)


def hours(handle):
    """How many of 10,000 equal shares fall into each hour from midnight UTC."""
    moments = [moment_of_day(handle, share / 10_000) for share in range(10_000)]
    assert moments == sorted(moments)
    assert moments[0] >= 0 and moments[-1] < DAY_US
    return Counter(moment // HOUR_US for moment in moments)


def test_every_region_has_a_clock():
    assert {person.region for person in PEOPLE} == AHEAD.keys()


@pytest.mark.parametrize(
    ("handle", "peak"), [("marisol", 20), ("aroha_t", 7), ("delphine", 1)]
)
def test_everybody_is_busiest_in_the_evening_of_their_own_region(handle, peak):
    assert hours(handle).most_common(1)[0][0] == peak


def test_an_hour_has_its_part_of_the_day():
    counted = hours("marisol")
    for hour, part in enumerate(ACTIVITY):
        assert counted[hour] == pytest.approx(10_000 * part / sum(ACTIVITY), abs=1)


def test_a_share_is_below_one():
    with pytest.raises(ValueError, match=r"at least 0 and below 1, not 1\.5"):
        moment_of_day("marisol", 1.5)
