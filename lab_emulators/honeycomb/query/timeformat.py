"""Formats of FORMAT_TIME: the strftime codes there are, and those refused by name."""

from lab_emulators.honeycomb.query.errors import SpecError

# codes DuckDB and C agree on, and what the composite ones stand for
_TIME_CODES = frozenset("aAbBdfHIjmMpSuUVwWyYZz%")
_COMPOSITES = {"D": "%m/%d/%y", "F": "%Y-%m-%d", "R": "%H:%M", "T": "%H:%M:%S"}
_COMPOSITES |= {"n": "\n", "t": "\t"}


def time_format(form: str) -> str:
    """`form` with composite codes written out; refuse codes that are not emulated."""
    if not form:
        raise SpecError("FORMAT_TIME takes a format that is not empty")
    plain, *parts = form.replace("%%", "\0").split("%")
    for part in parts:
        code = part[:1]
        if code in _COMPOSITES:
            plain += _COMPOSITES[code] + part[1:]
        elif code in _TIME_CODES:
            plain += _written(code) + part[1:]
        else:
            raise SpecError(f"FORMAT_TIME: format code %{code} is not emulated")
    return plain.replace("\0", "%%")


def _written(code: str) -> str:
    """Times are UTC, for which DuckDB would write `+00` and nothing."""
    return {"z": "+0000", "Z": "UTC"}.get(code, f"%{code}")
