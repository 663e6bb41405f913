"""A day of Kittiwake, from a seed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TypeVar

import pandas as pd

from lab_helpers.history.arrivals import plan
from lab_helpers.history.batch import Batch
from lab_helpers.history.frames import Identity, requests_frame, spans_frame
from lab_helpers.history.incidents import Deploy, Incident, TimeOfDay
from lab_helpers.history.outcomes import outcomes
from lab_helpers.history.sending import Delivery, Destination, send
from lab_helpers.history.traces import traces
from lab_helpers.waiting import StatusLine

T = TypeVar("T")

VERSION = 1
"""Version of the simulation; another one makes other days from the same seed."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Day:
    """One day of Kittiwake, 00:00 to 24:00 UTC; `day()` makes it.

    It is simulated when first looked at. The services are called `<name>-api`,
    `<name>-feed` and `<name>-messages`.
    """

    name: str
    date: date
    seed: int
    planned: int
    incidents: tuple[Incident, ...]
    deploys: tuple[Deploy, ...]

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row for each request, in order of time.

        Columns: start (datetime64[ns, UTC]), trace_id, habit, user ("" for the robot),
        method, route, status, duration_ms (at the api), attempt (2 for a second try),
        then the facts as the api knows them, and error, the type of the exception;
        missing where they do not apply.
        """
        return requests_frame(self._traces, self._identity)

    @cached_property
    def spans(self) -> pd.DataFrame:
        """One row for each span and each exception, in order of start.

        The columns of a trace frame (`analysis.columns.TRACE_COLUMNS`), the message of
        the status, then one column for each attribute.
        """
        return spans_frame(self._traces, self._identity)

    @property
    def start(self) -> datetime:
        """The midnight at which it begins, UTC."""
        return datetime(self.date.year, self.date.month, self.date.day, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The midnight at which it ends, UTC."""
        return self.start + timedelta(days=1)

    @property
    def window(self) -> tuple[int, int]:
        """Start and end in whole seconds since 1970, as Honeycomb's queries take it."""
        return int(self.start.timestamp()), int(self.end.timestamp())

    @property
    def fingerprint(self) -> str:
        """32 hexadecimal digits that stand for everything this day is made from."""
        parts = (VERSION, self.name, self.date.isoformat(), self.seed, self.planned)
        happened = (
            *((i.name, i.start_us, i.end_us, i.share) for i in self.incidents),
            *((d.version, d.at_us) for d in self.deploys),
        )
        text = repr((parts, happened))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def send(
        self,
        to: Destination = "honeycomb",
        *,
        start: TimeOfDay | None = None,
        end: TimeOfDay | None = None,
        confirm: bool = False,
        progress: bool = True,
    ) -> Delivery:
        """Sends it to a vendor by the vendor's public API, but nothing twice.

        `to` is honeycomb (spans), cloudwatch_logs (the lines of its requests), xray
        (segments), rollbar (exceptions) or metrics (CloudWatch's). `start` and `end`
        are times of day that choose a part of it. SendingError, before anything is
        sent: another day is there under this name and date, the vendor takes nothing
        so old, or something would go to a real service without `confirm=True`.
        """
        return send(self, to, start=start, end=end, confirm=confirm, progress=progress)

    @cached_property
    def _traces(self) -> list[Batch]:
        with StatusLine(f"simulating {self.name}, {self.date}"):
            arrivals = plan(self.seed, self.planned)
            answered = outcomes(self.seed, arrivals, self.incidents, self.deploys)
            return traces(self.seed, answered, self.incidents)

    @property
    def _identity(self) -> Identity:
        return Identity(self.name, self.date, self.fingerprint)

    def __repr__(self) -> str:
        spans = int((self.spans["annotation"] == "span").sum())
        happened = [repr(each) for each in (*self.incidents, *self.deploys)]
        return (
            f"{self.name}: {len(self.requests):,} requests, {spans:,} spans from 00:00 "
            f"to 24:00 UTC, {self.date}; {', '.join(happened) or 'no incidents'}"
        )


def day(
    seed: int = 7,
    *,
    requests: int = 20_000,
    incidents: Iterable[Incident] = (),
    deploys: Iterable[Deploy] = (),
    name: str = "yesterday",
    date: date | None = None,
) -> Day:
    """One day of Kittiwake, by default yesterday in UTC.

    `requests` is how often visitors ask for something; what they ask a second time
    after a failure comes on top. The same seed makes the same day, whatever the date;
    only its ids differ, so that days never mix. ValueError for a count below 1, a name
    that no dataset could have, a date that is none or has a time of day, and incidents
    or deploys that are none.
    """
    if requests < 1:
        raise ValueError(f"'requests' must be 1 or more, not {requests}")
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"'name' is made of lowercase letters, digits and hyphens, not {name!r}"
        )
    return Day(
        name,
        _yesterday() if date is None else _checked_date(date),
        seed,
        requests,
        tuple(_checked("incidents", incidents, Incident)),
        tuple(_checked("deploys", deploys, Deploy)),
    )


def _yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


def _checked_date(value: date) -> date:
    """The date; ValueError for a text, or for a moment, which has a time as well."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"'date' is a datetime.date, not {value!r}")
    return value


def _checked(name: str, values: Iterable[T], kind: type[T]) -> Iterator[T]:
    """The values; ValueError if they are no list, or one is of another kind."""
    right = f"{name!r} is a list of history.{kind.__name__}"
    if not isinstance(values, Iterable):
        raise ValueError(f"{right}, not {values!r}")
    for value in values:
        if not isinstance(value, kind):
            raise ValueError(f"{right}, and has {value!r}")
        yield value


def days(
    count: int,
    seed: int = 7,
    *,
    requests: int = 20_000,
    incidents: Mapping[int, Iterable[Incident]] | None = None,
    deploys: Mapping[int, Iterable[Deploy]] | None = None,
    name: str = "yesterday",
    date: date | None = None,
) -> tuple[Day, ...]:
    """That many consecutive days, the last of them `day()` of the same arguments.

    `incidents` and `deploys` are by the index of their day in the answer, so -1 is the
    last; a version stays from one day to the next. The seed of a day is greater by one
    than that of the day after it. ValueError as of `day()`, and for an index beyond.
    """
    if count < 1:
        raise ValueError(f"'count' must be 1 or more, not {count}")
    happened = _by_day("incidents", incidents, Incident, count)
    released = _by_day("deploys", deploys, Deploy, count)
    last = day(seed, requests=requests, name=name, date=date)
    return tuple(
        replace(
            last,
            seed=seed + back,
            date=last.date - timedelta(days=back),
            incidents=happened[-1 - back],
            deploys=_since_midnight(released[: count - back]),
        )
        for back in reversed(range(count))
    )


def _by_day(
    name: str, values: Mapping[int, Iterable[T]] | None, kind: type[T], count: int
) -> list[tuple[T, ...]]:
    """The values of each day; ValueError for an index beyond the days."""
    days: list[tuple[T, ...]] = [()] * count
    for index, ones in (values or {}).items():
        if not -count <= index < count:
            raise ValueError(f"{name!r} has the day {index}, and there are {count}")
        days[index] = tuple(_checked(name, ones, kind))
    return days


def _since_midnight(released: Sequence[tuple[Deploy, ...]]) -> tuple[Deploy, ...]:
    """The deploys of the last of these days, after the latest of the days before."""
    *before, today = released
    for deploys in reversed(before):
        if deploys:
            latest = max(deploys, key=lambda deploy: deploy.at_us)
            return replace(latest, at=0), *today
    return today
