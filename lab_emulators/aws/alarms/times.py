"""Times as CloudWatch's messages write them, always in UTC."""

from datetime import UTC, datetime


def stamp(seconds: float) -> str:
    """`2019-10-02T17:04:40.989+0000`, in messages and JSON."""
    at = datetime.fromtimestamp(round(seconds, 3), UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def short(seconds: float) -> str:
    """`02/10/19 16:59:00`, beside a value in a reason."""
    return f"{datetime.fromtimestamp(seconds, UTC):%d/%m/%y %H:%M:%S}"


def spoken(seconds: float) -> str:
    """`Friday 04 August, 2023 12:54:46 UTC`, in the reason of a composite alarm."""
    return f"{datetime.fromtimestamp(seconds, UTC):%A %d %B, %Y %H:%M:%S} UTC"
