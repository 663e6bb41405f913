"""Query parameters of a request: only those that a route has, and checked.

A route refuses others by name (422) rather than ignore them: a filter that
nobody applied is a wrong answer.
"""

from collections.abc import Collection

from flask import request

from lab_emulators.rollbar.auth import PARAMETER
from lab_emulators.rollbar.errors import invalid
from lab_emulators.rollbar.items.model import LEVELS

ALWAYS = frozenset({PARAMETER, "project_id"})
"""Parameters of every route; the second is for account tokens."""
MOST = 2**53


def only(*names: str) -> None:
    """Refuses parameters other than these."""
    for name in request.args:
        if name.removesuffix("[]") not in ALWAYS | set(names):
            raise invalid(f"{name}: not a parameter of this call, or not emulated")


def whole(name: str, default: int, least: int = 1, most: int = MOST) -> int:
    """A whole number within bounds."""
    return optional_whole(name, least, most) or default


def optional_whole(name: str, least: int = 1, most: int = MOST) -> int | None:
    """A whole number within bounds, None where the parameter is missing."""
    text = request.args.get(name)
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not least <= number <= most:
        raise invalid(f"{name}: {text!r} is not a whole number from {least} to {most}")
    return number


def flag(name: str) -> bool | None:
    """Reads `true` or `false`, None where the parameter is missing."""
    text = request.args.get(name)
    if not text:
        return None
    if text.lower() not in ("true", "false", "1", "0"):
        raise invalid(f"{name}: {text!r} is neither true nor false")
    return text.lower() in ("true", "1")


def several(name: str) -> list[str]:
    """Every value of a parameter that may be repeated, but for empty ones."""
    values = request.args.getlist(name) + request.args.getlist(f"{name}[]")
    return [value for value in values if value]


def listed(name: str) -> list[str]:
    """The values of a list between commas."""
    values = [part.strip() for value in several(name) for part in value.split(",")]
    return [value for value in values if value]


def one_of(name: str, choices: Collection[str]) -> list[str]:
    """Every value of a parameter, each one of the choices."""
    values = several(name)
    for value in values:
        if value not in choices:
            raise invalid(f"{name}: {value!r} is not one of {', '.join(choices)}")
    return values


def levels(name: str = "level") -> list[int]:
    """The numbers of the levels that are named."""
    return [LEVELS[value] for value in one_of(name, LEVELS)]
