"""What visitors do is decided beforehand."""

from __future__ import annotations

import itertools
import math
import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_helpers.app.people import person_of
from lab_helpers.traffic import HABITS, plan


def test_a_seed_gives_one_plan_and_another_seed_another():
    assert plan(20, 10, 7) == plan(20, 10, 7)
    assert plan(20, 10, 7) != plan(20, 10, 8)


@given(st.floats(0.1, 30), st.floats(0.1, 30), st.integers())
def test_arrivals_are_in_order_and_within_the_run(seconds, rate, seed):
    times = [arrival.at for arrival in plan(seconds, rate, seed)]
    assert times == sorted(times)
    assert all(0 < at < seconds for at in times)


def test_gaps_are_those_of_a_poisson_process():
    times = [arrival.at for arrival in plan(400, 20, 1)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert statistics.mean(gaps) == pytest.approx(0.05, rel=0.05)
    assert statistics.stdev(gaps) == pytest.approx(0.05, rel=0.08)


def test_habits_come_in_their_shares():
    arrivals = plan(500, 20, 2)
    seen = Counter(arrival.habit for arrival in arrivals)
    assert sum(habit.share for habit in HABITS) == pytest.approx(1.0)
    for habit in HABITS:
        assert seen[habit.name] / len(arrivals) == pytest.approx(habit.share, abs=0.02)


def test_there_are_at_least_six_habits_and_a_robot_without_a_name():
    assert len(HABITS) >= 6
    robots = [arrival for arrival in plan(60, 20, 3) if not arrival.user]
    assert {(robot.habit, robot.errand.route) for robot in robots} == {
        ("health_robot", "/health")
    }


def test_every_visitor_is_somebody_of_kittiwake():
    users = {user for habit in HABITS for user in habit.handles}
    assert all(person_of(user) for user in users)


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_impossible_numbers_are_refused(value):
    with pytest.raises(ValueError, match=f"'seconds' must be .* above 0, not {value}"):
        plan(value, 5, 1)
    with pytest.raises(ValueError, match=f"'rate' must be .* above 0, not {value}"):
        plan(5, value, 1)
