"""The part of a day that is sent: its requests and spans, and where they came from."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import pandas as pd

from lab_helpers.history.incidents import TimeOfDay, time_of_day

HOUR = pd.Timedelta(hours=1)


class SimulatedDay(Protocol):
    """A simulated day, as far as it is sent: see `lab_helpers.history.day`."""

    @property
    def name(self) -> str:
        """Beginning of the names of its services."""

    @property
    def date(self) -> datetime.date:
        """The date, in UTC."""

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits that stand for everything it is made from."""

    @property
    def requests(self) -> pd.DataFrame:
        """One row per request."""

    @property
    def spans(self) -> pd.DataFrame:
        """One row per span and per span event."""


@dataclass(frozen=True, eq=False)
class Part:
    """The requests of a day that begin from `begin` to before `end`, and their spans.

    `spans` has the spans alone, `events` what was recorded in them.
    """

    day: SimulatedDay
    begin: pd.Timestamp
    end: pd.Timestamp
    requests: pd.DataFrame
    spans: pd.DataFrame
    events: pd.DataFrame

    @classmethod
    def of(
        cls, day: SimulatedDay, start: TimeOfDay | None, end: TimeOfDay | None
    ) -> Part:
        """The part of a day between two hours; ValueError for impossible ones."""
        midnight = pd.Timestamp(day.date, tz="UTC")
        begin = midnight + _since_midnight("start", 0.0 if start is None else start)
        until = midnight + _since_midnight("end", 24.0 if end is None else end)
        if not begin < until:
            raise ValueError(f"'end' must be later than 'start': {start} to {end}")
        requests, rows = day.requests, day.spans
        if (start, end) != (None, None):
            inside = (requests["start"] >= begin) & (requests["start"] < until)
            requests = requests[inside]
            rows = rows[rows["trace_id"].isin(requests["trace_id"])]
        whole = rows["annotation"] == "span"
        spans, events = rows[whole], rows[~whole]
        return cls(day, begin, until, requests, spans, events)

    @property
    def name(self) -> str:
        """The day's name."""
        return self.day.name

    @property
    def mark(self) -> str:
        """Sixteen digits that another day does not have."""
        return self.day.fingerprint[:16]

    @property
    def date(self) -> datetime.date:
        """The day's date."""
        return self.day.date

    @property
    def title(self) -> str:
        """The day's name, and the hours unless they are all."""
        if self.whole:
            return self.name
        return f"{self.name} from {self.begin:%H:%M} to {_clock(self.end, self.begin)}"

    @property
    def whole(self) -> bool:
        """Tells whether it is all of the day."""
        return self.end - self.begin == 24 * HOUR

    @cached_property
    def all(self) -> Part:
        """The whole day."""
        return self if self.whole else Part.of(self.day, None, None)

    @property
    def midnight(self) -> pd.Timestamp:
        """The beginning of the day."""
        return pd.Timestamp(self.date, tz="UTC")

    @cached_property
    def services(self) -> list[str]:
        """The services whose spans these are, sorted."""
        return sorted(self.spans["service"].unique())

    @cached_property
    def servers(self) -> pd.DataFrame:
        """The root span of each request, by trace id."""
        roots = self.spans[self.spans["parent_id"].isna()]
        return roots.set_index("trace_id")


def _since_midnight(name: str, value: TimeOfDay) -> pd.Timedelta:
    return pd.Timedelta(microseconds=time_of_day(name, value))


def _clock(moment: pd.Timestamp, begin: pd.Timestamp) -> str:
    return "24:00" if moment.date() != begin.date() else f"{moment:%H:%M}"
