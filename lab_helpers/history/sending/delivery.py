"""What came of sending a day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """A day, or a part of it, that a vendor has: `sent` units of `total` just now.

    Its sentence is the same whether all, some or none of them had to be sent.
    """

    title: str
    to: str
    unit: str
    total: int
    sent: int
    detail: str = ""

    def __repr__(self) -> str:
        units, verb = f"{self.unit}s", "are"
        if self.total == 1:
            units, verb = self.unit, "is"
        count = f"{self.total:,} {units} of {self.title}"
        return f"{count} {verb} in {self.to}{self.detail}"
