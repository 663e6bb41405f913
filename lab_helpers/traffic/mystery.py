"""Mystery: an incident that does not say what it is, for an exercise."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import pandas as pd

from lab_helpers.app.incidents import CATALOG, IncidentKind
from lab_helpers.traffic.incident import Incident


class Mystery:
    """An incident that slows, chosen by a name and kept secret; use it in a `with`.

    `kind` is the answer. `started` and `ended` (UTC) bound the time it happened.
    """

    def __init__(self, base_url: str, name: str) -> None:
        self.kind = kind_for(name)
        self.started = self.ended = datetime.now(UTC)
        self._incident = Incident(base_url, self.kind)

    def covers(self, moment: datetime | pd.Timestamp) -> bool:
        """Tells whether it was on at this moment."""
        return self.started <= moment <= self.ended

    def __enter__(self) -> Self:
        self._incident.start()
        self.started = datetime.now(UTC)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._incident.undo()
        self.ended = datetime.now(UTC)

    def __repr__(self) -> str:
        happened = self.ended > self.started
        return "something happened" if happened else "nothing has happened yet"


def mystery(base_url: str, *, name: str) -> Mystery:
    """An incident of the app at `base_url`; the same name brings the same one."""
    return Mystery(base_url, name)


def kind_for(name: str) -> IncidentKind:
    """The incident that slows which this name brings, here and on a day of the past."""
    return random.Random(name).choice([kind for kind in CATALOG if not kind.fails])
