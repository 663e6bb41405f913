"""Who comes when, and for what."""

from collections import Counter
from itertools import pairwise

import pytest

from lab_helpers.history.arrivals import (
    RETRY_MS,
    SESSION,
    apportion,
    plan,
    second_attempt,
)
from lab_helpers.history.rhythm import DAY_US
from lab_helpers.traffic import HABITS

COUNT = 5000


@pytest.fixture(scope="module")
def requests():
    return plan(7, COUNT)


def test_the_day_has_as_many_requests_as_asked_for_in_order(requests):
    assert len(requests) == COUNT
    moments = [request.at_us for request in requests]
    assert moments == sorted(moments)
    assert moments[0] >= 0 and moments[-1] < DAY_US
    assert {request.number for request in requests} == set(range(COUNT))


def test_habits_and_their_people_have_equal_parts_of_their_share(requests):
    habits = Counter(request.habit for request in requests)
    people = Counter((request.habit, request.user) for request in requests)
    for habit in HABITS:
        assert habits[habit.name] == pytest.approx(habit.share * COUNT, abs=1)
        for handle in habit.handles:
            part = habits[habit.name] / len(habit.handles)
            assert people[habit.name, handle] == pytest.approx(part, abs=1)


def test_a_robot_comes_at_equal_distances(requests):
    moments = [each.at_us for each in requests if each.habit == "health_robot"]
    gaps = {after - before for before, after in pairwise(moments)}
    assert max(gaps) - min(gaps) <= 1
    assert min(gaps) == DAY_US // (COUNT // 10)


def test_people_come_in_sessions_with_pauses_of_seconds(requests):
    """Most requests of a person follow another one within half a minute."""
    moments = [each.at_us for each in requests if each.user == "ximena"]
    gaps = [after - before for before, after in pairwise(moments)]
    short = sum(gap < 30_000_000 for gap in gaps) / len(gaps)
    mean = sum(SESSION) / 2
    assert short == pytest.approx(1 - 1 / mean, abs=0.07)
    assert 2_000_000 < sorted(gaps)[len(gaps) // 2] < 5_000_000


def test_a_plan_depends_on_its_seed_and_nothing_else(requests):
    assert plan(7, COUNT) == requests
    assert plan(8, COUNT) != requests


def test_a_second_attempt_is_the_same_request_a_second_or_two_later(requests):
    for request in requests[:50]:
        again = second_attempt(7, request)
        assert (again.user, again.errand) == (request.user, request.errand)
        assert RETRY_MS[0] <= (again.at_us - request.at_us) / 1000 <= RETRY_MS[1]
        assert again.attempt == 2 and again.number >= COUNT


@pytest.mark.parametrize("total", [0, 1, 2, 7, 100, 20_000])
def test_parts_add_up_to_their_total(total):
    shares = [habit.share for habit in HABITS]
    parts = apportion(total, shares)
    assert sum(parts) == total
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - total * share) <= 1
