"""Timestamps of events, from the many ways clients write them."""

import re
from datetime import UTC, datetime

INT64 = range(-(2**63), 2**63)
"""Times that can be stored, in nanoseconds: the years 1677 to 2262."""

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DIGITS = re.compile(r"\d{10,}", re.ASCII)
_LONGEST = 64  # characters of any time worth reading


def event_time(text: str, now_ns: int) -> int:
    """Nanoseconds since the epoch: RFC3339, then digits, then float seconds, else now.

    Of a row of digits the first ten are seconds and the rest is their fraction, so
    13 digits are milliseconds, 16 microseconds and 19 nanoseconds.
    """
    text = text.strip()[:_LONGEST]
    for read in (_from_rfc3339, _from_digits, _from_float):
        time_ns = read(text)
        if time_ns is not None and time_ns in INT64:
            return time_ns
    return now_ns


def rfc3339(time_ns: int) -> str:
    """A resource's time as Honeycomb writes it, UTC with `Z`, to the microsecond."""
    moment = datetime.fromtimestamp(time_ns // 10**9, UTC)
    micros = time_ns % 10**9 // 1000
    fraction = f".{micros:06}".rstrip("0") if micros else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _from_rfc3339(text: str) -> int | None:
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{zone.upper()}")
        seconds = round(moment.timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds * 10**9 + int((fraction or "0").ljust(9, "0")[:9])


def _from_digits(text: str) -> int | None:
    if _DIGITS.fullmatch(text) is None:
        return None
    return int(text[:10]) * 10**9 + int(text[10:19].ljust(9, "0"))


def _from_float(text: str) -> int | None:
    if not text.isascii():
        return None
    try:
        return int(float(text) * 1e9)
    except (ValueError, OverflowError):  # not a number, NaN or infinite
        return None
