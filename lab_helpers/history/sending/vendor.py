"""The one shape of all that a day is sent to: ask what is there, send what is not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

import pandas as pd

from lab_helpers.clients.transport.waiting import Wait
from lab_helpers.errors import SentenceError
from lab_helpers.history.sending.part import Part
from lab_helpers.settings import Mode, Settings

S = TypeVar("S")
T = TypeVar("T")

LAB_LAG_S, LAG_S = 0.1, 10.0
"""Seconds after which what was accepted is found: in the lab, and elsewhere."""

PATIENCE_S = 120.0

Advance = Callable[[int], object]
"""Called with the number of units that have just been sent."""


class SendingError(SentenceError):
    """A day, or a part of it, was not sent: why, and what to try."""


class OtherDayError(SendingError):
    """Another day is there already, under the same name and date."""


class ReachError(SendingError):
    """The vendor takes, or shows, nothing as old as this day."""


class ConfirmationError(SendingError):
    """Something would go to a real service, which was not confirmed."""


class Vendor(ABC, Generic[T]):
    """A vendor a day is sent to, in units of its own: spans, lines, segments, …

    `title` and `unit` are as sentences have them, `event` is what the real service
    counts, `reach_days` how old a day may be there (None: as old as it likes), for the
    reason `reach`.
    """

    title: ClassVar[str]
    unit: ClassVar[str]
    event: ClassVar[str]
    reach_days: ClassVar[int | None] = None
    reach: ClassVar[str] = ""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    @abstractmethod
    def mode(self) -> Mode:
        """Where what is sent goes in the end."""

    @abstractmethod
    def total(self, part: Part) -> int:
        """The number of units of a part."""

    @abstractmethod
    def missing(self, part: Part) -> Sequence[T]:
        """The units that the vendor does not have; OtherDayError."""

    @abstractmethod
    def put(self, part: Part, units: Sequence[T], advance: Advance) -> None:
        """Sends units; they can be asked for on return."""

    def settled(self, look: Callable[[], S], is_partial: Callable[[S], bool]) -> S:
        """What a look at the vendor finds; of a part of a day, once two looks agree.

        What was sent last, before somebody stopped it, may still be on its way.
        """
        found = look()
        if not is_partial(found):
            return found
        lag_s = LAB_LAG_S if self.mode.is_local else LAG_S
        with Wait(PATIENCE_S, f"waiting for {self.title}") as wait:
            while wait.pause(lag_s):
                earlier, found = found, look()
                if found == earlier:
                    break
        return found

    def count(self, units: Sequence[T]) -> int:
        """The number that the sentence of a delivery has for them."""
        return len(units)

    def close(self) -> None:
        """Closes the connections."""

    def detail(self, part: Part) -> str:
        """What the sentence of a delivery says besides, from its comma on."""
        return ""

    def check(self, part: Part, now: pd.Timestamp) -> None:
        """ReachError if the part is too old, or not over yet."""
        if part.end > now:
            raise ReachError(
                f"{part.title} is not over before {part.end:%Y-%m-%d %H:%M} UTC: "
                "choose a 'date' in the past."
            )
        if self.reach_days is None:
            return
        if part.begin < now - pd.Timedelta(days=self.reach_days):
            raise ReachError(
                f"{part.name} is {part.date}, too long ago for {self.title}: "
                f"{self.reach}. Choose a later 'date'."
            )

    def other_day(self, part: Part) -> OtherDayError:
        """The error for a day that is in the way."""
        remedy = "choose another 'name'"
        if self.mode.is_local:
            remedy += ", or empty the lab with lab.reset()"
        return OtherDayError(
            f"{self.title} holds another day under the name {part.name!r} and the "
            f"date {part.date}: {remedy}."
        )

    def confirmation(self, part: Part, units: Sequence[T]) -> ConfirmationError:
        """The error that says what sending would cost."""
        count = f"{self.count(units):,} {self.event}s"
        return ConfirmationError(
            f"Nothing was sent. {part.title} would be {count} in the real "
            f"{self.title}, which count against your plan or cost money: say "
            "confirm=True to send them."
        )
