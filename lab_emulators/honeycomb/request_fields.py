"""Members of a management request: typed, bounded, else 422 naming the field."""

from typing import Any

from lab_emulators.honeycomb import errors


def text(
    body: dict[str, Any],
    name: str,
    longest: int,
    *,
    required: bool = False,
    default: str = "",
) -> str:
    """A string of at most `longest` characters; `default` when absent or null."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise errors.invalid(name, "incorrect_type", "must be a string")
    if required and not (value or "").strip():
        raise errors.invalid(name, "missing", "cannot be blank")
    if len(value or "") > longest:
        raise errors.invalid(name, "invalid", f"must be at most {longest} characters")
    return default if value is None else value


def whole(body: dict[str, Any], name: str, allowed: range, default: int = 0) -> int:
    """A whole number within `allowed`; `default` when absent or null."""
    value = body.get(name, default)
    if value is None:
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise errors.invalid(name, "incorrect_type", "must be an integer")
    if value not in allowed:
        bounds = f"must be between {allowed[0]} and {allowed[-1]}"
        raise errors.invalid(name, "invalid", bounds)
    return value


def flag(body: dict[str, Any], name: str, *, default: bool = False) -> bool:
    """A boolean; `default` when absent or null."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise errors.invalid(name, "incorrect_type", "must be a boolean")
    return value


def mapping(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An object; empty when absent or null."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise errors.invalid(name, "incorrect_type", "must be an object")
    return value
