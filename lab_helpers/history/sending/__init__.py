"""Sending a day through the vendors' public APIs: what is there is not sent again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any, Literal

import pandas as pd

from lab_helpers import settings
from lab_helpers.history.incidents import TimeOfDay
from lab_helpers.history.sending.cloudwatch_logs import CloudWatchLogLines
from lab_helpers.history.sending.delivery import Delivery
from lab_helpers.history.sending.honeycomb import HoneycombSpans
from lab_helpers.history.sending.metrics import CloudWatchMetrics
from lab_helpers.history.sending.part import Part, SimulatedDay
from lab_helpers.history.sending.rollbar import RollbarOccurrences
from lab_helpers.history.sending.vendor import (
    ConfirmationError,
    OtherDayError,
    ReachError,
    SendingError,
    Vendor,
)
from lab_helpers.history.sending.xray import XRaySegments
from lab_helpers.settings import Mode
from lab_helpers.traffic.progress import progress_bar

__all__ = [
    "VENDORS",
    "ConfirmationError",
    "Delivery",
    "Destination",
    "OtherDayError",
    "ReachError",
    "SendingError",
    "send",
]

Destination = Literal["honeycomb", "cloudwatch_logs", "xray", "rollbar", "metrics"]

VENDORS: Mapping[str, type[Vendor[Any]]] = {
    "honeycomb": HoneycombSpans,
    "cloudwatch_logs": CloudWatchLogLines,
    "xray": XRaySegments,
    "rollbar": RollbarOccurrences,
    "metrics": CloudWatchMetrics,
}
"""What `to` may be."""


def send(
    day: SimulatedDay,
    to: Destination = "honeycomb",
    *,
    start: TimeOfDay | None = None,
    end: TimeOfDay | None = None,
    confirm: bool = False,
    progress: bool = True,
) -> Delivery:
    """Sends a day, or the requests from `start` to `end`, to a vendor, once.

    `start` and `end` are times of day, "09:30" or hours. What the vendor has is not
    sent again. OtherDayError if another day is there under this name and date,
    ReachError if the vendor takes nothing so old, ConfirmationError if the vendor is
    real, something is missing there and `confirm` is not True; then nothing has been
    sent. A vendor that is forwarded to gets its copy as of everything else.
    """
    if to not in VENDORS:
        raise ValueError(f"'to' is {to!r}; it may be {', '.join(map(repr, VENDORS))}")
    part = Part.of(day, start, end)
    with closing(VENDORS[to](settings.load())) as vendor:
        vendor.check(part, pd.Timestamp.now("UTC"))
        units = vendor.missing(part)
        if units and vendor.mode is Mode.REAL and not confirm:
            raise vendor.confirmation(part, units)
        name, sent = f"{vendor.unit}s to {vendor.title}", vendor.count(units)
        with progress_bar(sent, name, shown=progress) as bar:
            vendor.put(part, units, bar.update)
        total, detail = vendor.total(part), vendor.detail(part)
    return Delivery(part.title, vendor.title, vendor.unit, total, sent, detail)
