"""The part of a day that is sent: its requests and spans, and where they came from."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

HOUR = pd.Timedelta(hours=1)
Hour = str | float
"""A time of day: hours since midnight, or a text such as "09:30"."""


class Day(Protocol):
    """A simulated day, as far as it is sent: see `lab_helpers.history.day`."""

    @property
    def name(self) -> str:
        """Beginning of the names of its services."""

    @property
    def date(self) -> datetime.date:
        """The date, in UTC."""

    @property
    def requests(self) -> pd.DataFrame:
        """One row per request."""

    @property
    def spans(self) -> pd.DataFrame:
        """One row per span and per span event."""


@dataclass(frozen=True)
class Part:
    """The requests of a day that begin from `begin` to before `end`, and their spans.

    `spans` has the spans alone, `events` what was recorded in them. `mark` is made of
    all that the whole day holds: two days that differ have different marks.
    """

    name: str
    date: datetime.date
    mark: str
    begin: pd.Timestamp
    end: pd.Timestamp
    requests: pd.DataFrame
    spans: pd.DataFrame
    events: pd.DataFrame

    @classmethod
    def of(cls, day: Day, start: Hour | None, end: Hour | None) -> Part:
        """The part of a day between two hours; ValueError for impossible ones."""
        midnight = pd.Timestamp(day.date, tz="UTC")
        begin = midnight + HOUR * hour_of(start, "start", 0.0)
        until = midnight + HOUR * hour_of(end, "end", 24.0)
        if not begin < until:
            raise ValueError(f"'start' ({start}) must be before 'end' ({end})")
        requests, rows = day.requests, day.spans
        if (start, end) != (None, None):
            inside = (requests["start"] >= begin) & (requests["start"] < until)
            requests = requests[inside]
            rows = rows[rows["trace_id"].isin(requests["trace_id"])]
        whole = rows["annotation"] == "span"
        spans, events = rows[whole], rows[~whole]
        mark = mark_of(day)
        return cls(day.name, day.date, mark, begin, until, requests, spans, events)

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


def hour_of(value: Hour | None, name: str, default: float) -> float:
    """Hours since midnight, from hours or "HH:MM"; ValueError names the parameter."""
    if value is None:
        return default
    hours = _hours_in(value) if isinstance(value, str) else float(value)
    if hours is None or not 0 <= hours <= 24:
        raise ValueError(
            f"{name!r} is {value!r}; it should be a time of day such as '09:30', or "
            "hours from 0 to 24"
        )
    return hours


def _hours_in(text: str) -> float | None:
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        return None
    return int(hours) + int(minutes) / 60 if int(minutes) < 60 else None


def mark_of(day: Day) -> str:
    """Sixteen hex digits made of everything a day's spans hold, the same everywhere."""
    rows = day.spans
    digest = hashlib.blake2b(f"{day.name} {day.date} {len(rows)}".encode())
    for column in sorted(rows.columns):
        values = rows[column]
        digest.update(f"\0{column}\0{values.dtype}\0".encode())
        digest.update(_bytes_of(values))
    return digest.hexdigest()[:16]


def _bytes_of(values: pd.Series) -> bytes:
    """The values as bytes; texts as codes and the list of different ones."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.dt.tz_localize(None).to_numpy("datetime64[ns]").tobytes()
    if values.dtype.kind == "f":
        return values.to_numpy(np.float64).tobytes()
    codes, different = pd.factorize(values)
    texts = "\0".join(map(repr, different.tolist()))
    return codes.astype("<i8").tobytes() + texts.encode()


def _clock(moment: pd.Timestamp, begin: pd.Timestamp) -> str:
    return "24:00" if moment.date() != begin.date() else f"{moment:%H:%M}"
