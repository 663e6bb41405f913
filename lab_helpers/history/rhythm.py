"""The daily rhythm: how busy Kittiwake is in each hour of a region's local time."""

from __future__ import annotations

from lab_helpers.app.people import PEOPLE

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

# Visits in each hour from midnight, as shares of a sum that does not matter: asleep at
# four, a peak before lunch, a second one after dinner.
ACTIVITY = (
    9, 5, 3, 2, 2, 4, 10, 22, 38, 50, 56, 58,
    54, 50, 48, 46, 44, 44, 48, 56, 60, 52, 36, 20,
)  # fmt: skip

# Hours that the clocks of a region are ahead of UTC, in winter of the north.
AHEAD = {
    "eu-north-1": 1,
    "eu-west-2": 0,
    "ap-southeast-6": 13,
    "us-east-2": -5,
    "sa-east-1": -3,
}

_REGION = {person.handle: person.region for person in PEOPLE}


def moment_of_day(handle: str, share: float) -> int:
    """Microseconds since midnight UTC by which `share` of this person's day is done.

    From uniform shares between 0 and 1 come moments that follow the rhythm of the
    person's region.
    """
    hours = _hours_in_utc(_REGION[handle])
    left = share * sum(hours)
    for hour, activity in enumerate(hours):
        if left < activity:
            return hour * HOUR_US + int(left / activity * HOUR_US)
        left -= activity
    raise ValueError(f"a share is at least 0 and below 1, not {share}")


def _hours_in_utc(region: str) -> tuple[int, ...]:
    """ACTIVITY of a region, from midnight UTC."""
    ahead = AHEAD[region]
    return tuple(ACTIVITY[(hour + ahead) % 24] for hour in range(24))
