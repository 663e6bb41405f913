"""Numbers for sentences and labels: durations, counts and shares, rounded."""

import math


def duration(ms: float) -> str:
    """Milliseconds in the unit that suits them: `850 µs`, `12.3 ms`, `1.24 s`."""
    if not math.isfinite(ms):
        return "unknown"
    size = abs(ms)
    if size >= 59_950:
        return f"{_short(ms / 60_000)} min"
    if size >= 999.5:
        return f"{_short(ms / 1000)} s"
    if size >= 0.9995 or size == 0:
        return f"{_short(ms)} ms"
    return f"{_short(ms * 1000)} µs"


def reading(value: float, unit: str) -> str:
    """A value with its unit: milliseconds as a duration, others to three figures."""
    if unit == "ms":
        return duration(value)
    return f"{_short(value)} {unit}".strip()


def about(value: float, unit: str = "ms", *, figures: int = 1) -> str:
    """A reading to so many significant figures.

    One for sentences on live requests, which should stay the same; two for what was
    measured once and for all, such as one trace or a day of the past.
    """
    return reading(significant(value, figures), unit)


def significant(value: float, figures: int) -> float:
    """The value rounded to significant figures; 0 and infinities stay."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, figures - 1 - math.floor(math.log10(abs(value))))


def count(number: float) -> str:
    """A count with thousands separators, to one decimal only if it has a fraction."""
    rounded = round(number, 1)
    return f"{int(rounded):,}" if rounded == int(rounded) else f"{rounded:,.1f}"


def plural(number: float, noun: str) -> str:
    """`1 span`, `2 spans`, `1,200 calls`."""
    return f"{count(number)} {noun}" + ("" if number == 1 else "s")


def share(part: float) -> str:
    """A share from 0 to 1 as percent; small but real shares never read as 0 %."""
    if 0 < part < 0.001:
        return "<0.1 %"
    if part < 0.1:
        return f"{_plain(round(part * 100, 1))} %"
    return f"{part:.0%}".replace("%", " %")


def _short(value: float) -> str:
    return _plain(significant(value, 3))


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
