"""Members of a JSON document, read: the wrong kind of value is a 422."""

import math
from collections.abc import Mapping
from typing import Any, TypeGuard

from lab_emulators.honeycomb.query.errors import SpecError, invalid
from lab_emulators.honeycomb.query.spec import Plain

Document = Mapping[str, Any]
MOST_ENTRIES = 100
MOST_CHARACTERS = 255
# beyond this a time in nanoseconds would not fit into 64 bits
LATEST_SECOND = 9_000_000_000
_INCORRECT = "incorrect_type"


def required(value: Any, at: str) -> Any:
    """Returns `value`; raises `SpecError` (422) where it is missing or empty."""
    if value is None or value == "":
        raise invalid(at, "cannot be blank", "missing")
    return value


def objects(document: Document, name: str) -> list[tuple[str, Document]]:
    """A list of objects, each with its path; empty if absent."""
    entries = []
    for index, entry in enumerate(_list(document, name)):
        at = f"{name}[{index}]"
        if not isinstance(entry, Mapping):
            raise invalid(at, "must be an object", _INCORRECT)
        entries.append((at, entry))
    return entries


def texts(document: Document, name: str) -> list[str]:
    """A list of non-empty strings; empty if absent."""
    entries = _list(document, name)
    return [
        _text(required(e, f"{name}[{i}]"), f"{name}[{i}]")
        for i, e in enumerate(entries)
    ]


def text(document: Document, name: str, at: str) -> str | None:
    """A string; None if it is absent or empty."""
    value = document.get(name)
    return None if value in (None, "") else _text(value, f"{at}.{name}")


def one_of(
    document: Document, name: str, at: str, choices: tuple[str, ...]
) -> str | None:
    """Reads one of `choices`; None if it is absent."""
    path = f"{at}.{name}" if at else name
    value = document.get(name)
    if value is None:
        return None
    if _text(value, path) not in choices:
        raise invalid(path, f"{value!r} is not one of {', '.join(choices)}")
    return str(value)


def integer(
    document: Document, name: str, *, least: int = 0, most: int = LATEST_SECOND
) -> int | None:
    """A whole number from `least` to `most`; None if it is absent."""
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(name, "must be an integer", _INCORRECT)
    if not least <= value <= most:
        raise invalid(name, f"{name} value must be between {least} and {most}")
    return value


def boolean(document: Document, name: str) -> bool:
    """True or false; false if it is absent."""
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        raise invalid(name, "must be a boolean", _INCORRECT)
    return bool(value)


def number(document: Document, name: str, at: str) -> int | float:
    """A number, which must be there."""
    value = required(document.get(name), f"{at}.{name}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"{at}.{name}", "must be a number", _INCORRECT)
    return value


def is_plain(value: object) -> TypeGuard[Plain]:
    """Says whether `value` is one a cell may have."""
    return isinstance(value, str | int | float)


def check_text(value: object, depth: int = 20) -> None:
    """Raises `SpecError` for what JSON allows and no column can hold.

    Half surrogate pairs, NaN and infinities, and nesting without end.
    """
    if depth == 0:
        raise SpecError("invalid Query data")
    if isinstance(value, float) and not math.isfinite(value):
        raise SpecError("invalid Query data: numbers must be finite")
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise SpecError("invalid Query data: text must be valid Unicode")
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        for entry in value:
            check_text(entry, depth - 1)


def _list(document: Document, name: str) -> list[Any]:
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(name, "must be a list", _INCORRECT)
    if len(value) > MOST_ENTRIES:
        raise invalid(name, f"must have at most {MOST_ENTRIES} entries")
    return value


def _text(value: Any, at: str) -> str:
    if not isinstance(value, str):
        raise invalid(at, "must be a string", _INCORRECT)
    return value
