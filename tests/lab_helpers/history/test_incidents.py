"""What a day's incidents and deploys may be."""

from datetime import time

import pytest

from lab_helpers import history, traffic
from lab_helpers.history.incidents import version_at
from lab_helpers.history.rhythm import HOUR_US


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("14:00", "15:30", "n_plus_one from 14:00 to 15:30"),
        (9.5, 24, "n_plus_one from 09:30 to 24:00"),
        ("0:05", 12.51, "n_plus_one from 00:05 to 12:30:36"),
    ],
)
def test_an_incident_is_from_one_time_of_day_to_another(start, end, text):
    assert repr(history.Incident("n_plus_one", start, end)) == text


def test_an_incident_says_whom_it_spares():
    incident = history.Incident("naive_times", 9, 10, share=0.25)
    assert repr(incident).endswith("10:00, 25% of those it concerns")


def test_a_mystery_of_the_past_is_that_of_the_present_and_keeps_its_secret():
    for name in map(str, range(20)):
        secret = history.mystery("14:00", "16:00", name=name)
        assert secret.name == traffic.mystery("http://a", name=name).kind.name
        day = history.day(requests=10, incidents=[secret], name=name)
        assert secret.name not in repr(secret) + repr(day) + repr([day.incidents])
        assert "a mystery from 14:00 to 16:00" in repr(day)


def test_a_mystery_makes_the_same_requests_as_the_incident_of_its_name():
    secret = history.mystery(9, 24, name="marisol")
    open_one = history.Incident(secret.name, 9, 24)
    days = [history.day(requests=200, incidents=[each]) for each in (secret, open_one)]
    assert days[0].requests.equals(days[1].requests)


def test_an_unknown_incident_is_refused_with_the_names_there_are():
    with pytest.raises(LookupError, match="no incident 'flood'; there are: n_plus_one"):
        history.Incident("flood", 9, 10)


@pytest.mark.parametrize(
    ("start", "end", "share", "message"),
    [
        ("25:00", "26:00", 1, "'start' is a time of day from '00:00' to '24:00'"),
        ("9", "10:00", 1, "'start' is a time of day"),
        ("09:60", "10:00", 1, "'start' is a time of day"),
        (9, "noon", 1, "'end' is a time of day.*not 'noon'"),
        (-1, 10, 1, "'start' is a time of day"),
        (None, 10, 1, "'start' is a time of day.*not None"),
        (9, time(10), 1, "'end' is a time of day.*not datetime.time"),
        (float("nan"), 10, 1, "'start' is a time of day"),
        (10, 10, 1, "'end' must be later than 'start': 10 to 10"),
        ("22:00", "02:00", 1, "over midnight is one of each day"),
        (9, 10, 0, "'share' is above 0 and at most 1, not 0"),
        (9, 10, 1.5, "'share' is above 0 and at most 1, not 1.5"),
    ],
)
def test_impossible_times_and_shares_are_refused(start, end, share, message):
    with pytest.raises(ValueError, match=message):
        history.Incident("n_plus_one", start, end, share)


def test_an_incident_hits_its_share_of_the_requests_in_its_window():
    incident = history.Incident("n_plus_one", 9, 10, share=0.3)
    inside = [incident.hits(7, number, 9 * HOUR_US) for number in range(2000)]
    assert sum(inside) == pytest.approx(600, abs=60)
    for hour in (8.999, 10):
        assert not any(incident.hits(7, n, int(hour * HOUR_US)) for n in range(100))


def test_the_latest_deploy_so_far_decides_the_version():
    deploys = [history.Deploy("3.6.0", "18:00"), history.Deploy("3.5.0", 12)]
    hours = {11.9: "3.4.1", 12: "3.5.0", 17.9: "3.5.0", 18: "3.6.0"}
    for hour, version in hours.items():
        assert version_at(deploys, int(hour * HOUR_US), "3.4.1") == version


@pytest.mark.parametrize(
    ("version", "at", "message"),
    [("", 12, "'version' must not be empty"), ("3.5.0", 25, "'at' is a time of day")],
)
def test_an_impossible_deploy_is_refused(version, at, message):
    with pytest.raises(ValueError, match=message):
        history.Deploy(version, at)


def test_a_deploy_prints_as_version_and_time():
    assert repr(history.Deploy("3.5.0", 13.5)) == "3.5.0 from 13:30"
