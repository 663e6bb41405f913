"""Incidents and deploys of a day: what happens, from when to when, to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from lab_helpers.app.incidents import CATALOG
from lab_helpers.history.randomness import Choices, key_of
from lab_helpers.history.rhythm import DAY_US, HOUR_US
from lab_helpers.traffic.mystery import kind_for

TimeOfDay = str | float
"""A time of day in UTC: `"14:30"`, or hours since midnight, 14.5."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident of the app from `start` to `end`, UTC.

    `name` is one of `traffic.incidents()`. Of the requests that it would hit in this
    time, it hits the `share` (above 0, at most 1). A `secret` one does not print its
    name. LookupError, listing the names, if there is none of this name; ValueError for
    impossible times and shares.

    >>> Incident("n_plus_one", "14:00", "15:30")
    n_plus_one from 14:00 to 15:30
    """

    name: str
    start: TimeOfDay
    end: TimeOfDay
    share: float = 1.0
    secret: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        names = [kind.name for kind in CATALOG]
        if self.name not in names:
            listed = ", ".join(names)
            raise LookupError(f"no incident {self.name!r}; there are: {listed}")
        if time_of_day("start", self.start) >= time_of_day("end", self.end):
            raise ValueError(
                f"'end' must be later than 'start': {self.start} to {self.end}; an "
                "incident over midnight is one of each day"
            )
        if not 0 < self.share <= 1:
            raise ValueError(f"'share' is above 0 and at most 1, not {self.share}")

    @property
    def start_us(self) -> int:
        """Start, in microseconds since midnight."""
        return time_of_day("start", self.start)

    @property
    def end_us(self) -> int:
        """End, in microseconds since midnight."""
        return time_of_day("end", self.end)

    def hits(self, seed: int, number: int, at_us: int) -> bool:
        """Tells whether it hits the request of this number at this moment."""
        if not self.start_us <= at_us < self.end_us:
            return False
        draw = Choices(key_of(seed, self.name, "share", number)).random()
        return draw < self.share

    def __repr__(self) -> str:
        hit = "" if self.share == 1 else f", {self.share:.0%} of those it concerns"
        what = "a mystery" if self.secret else self.name
        return f"{what} from {_text(self.start_us)} to {_text(self.end_us)}{hit}"


def mystery(start: TimeOfDay, end: TimeOfDay, *, name: str) -> Incident:
    """The incident that `traffic.mystery` of this name is, in the past and as secret.

    >>> mystery("14:00", "16:00", name="marisol")
    a mystery from 14:00 to 16:00
    """
    return Incident(kind_for(name).name, start, end, secret=True)


@dataclass(frozen=True, slots=True)
class Deploy:
    """A release: from `at` (UTC) on, every client is of this version.

    >>> Deploy("3.5.0", 13.5)
    3.5.0 from 13:30
    """

    version: str
    at: TimeOfDay

    def __post_init__(self) -> None:
        if not self.version:
            raise ValueError("'version' must not be empty")
        time_of_day("at", self.at)

    @property
    def at_us(self) -> int:
        """Its moment, in microseconds since midnight."""
        return time_of_day("at", self.at)

    def __repr__(self) -> str:
        return f"{self.version} from {_text(self.at_us)}"


def version_at(deploys: Sequence[Deploy], at_us: int, before: str) -> str:
    """The version of a client at this moment, if it was `before` in the morning."""
    done = [deploy for deploy in deploys if deploy.at_us <= at_us]
    return max(done, key=lambda deploy: deploy.at_us).version if done else before


@lru_cache
def time_of_day(name: str, value: TimeOfDay) -> int:
    """Microseconds since midnight; ValueError, naming the parameter, if it is none."""
    hours = _hours(value)
    if hours is None or not 0 <= hours <= 24:
        raise ValueError(
            f"{name!r} is a time of day from '00:00' to '24:00', or hours from 0 to "
            f"24, not {value!r}"
        )
    return min(round(hours * HOUR_US), DAY_US)


def _hours(value: TimeOfDay) -> float | None:
    if isinstance(value, float | int):
        return float(value)
    if not isinstance(value, str):
        return None
    hours, colon, minutes = value.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        return None
    return int(hours) + int(minutes) / 60 if int(minutes) < 60 else None


def _text(moment_us: int) -> str:
    minutes, rest = divmod(moment_us, HOUR_US // 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{rest / 1e6:06.3f}".rstrip("0").rstrip(".") if rest else text
