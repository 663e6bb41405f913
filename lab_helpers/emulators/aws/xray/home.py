"""Where the engine lives: its region, its account, and the names made from them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Home:
    """One region of one account."""

    region: str = "us-east-1"
    account: str = "123456789012"

    def arn(self, resource: str) -> str:
        """The ARN of an X-Ray resource, e.g. of `group/slow/1`."""
        return f"arn:aws:xray:{self.region}:{self.account}:{resource}"


def epoch(value: Any) -> float:
    """Seconds since the epoch of a timestamp parameter: a number or a datetime."""
    return value.timestamp() if isinstance(value, datetime) else float(value)
