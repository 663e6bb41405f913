"""Validation of request bodies, field by field."""

from __future__ import annotations

import json
import math
from datetime import timedelta

from flask import Request

from lab_helpers.app.problems import Fault, Problem, refuse

CALL_LENGTH = 240
REPLY_LENGTH = 400
MESSAGE_LENGTH = 1000
TERM_LENGTH = 60

LIFETIMES = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
    "1w": timedelta(weeks=1),
    "4w": timedelta(weeks=4),
}
"""Lifetimes of a call: the allowed values of `ttl`."""


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is not a number JSON can carry")
    return value


def read_object(request: Request) -> dict[str, object]:
    """The body as a JSON object; Problem 400 if it is not JSON, 422 if no object."""
    try:
        document = json.loads(
            request.get_data().decode("utf-8"),
            parse_constant=_finite,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise refuse(400, "json_malformed", "The body is not valid JSON.") from error
    if not isinstance(document, dict):
        raise refuse(422, "body_not_object", "The body must be a JSON object.")
    return {key: _shallow(value) for key, value in document.items()}


def _shallow(value: object) -> object:
    # No field asks for a list or an object: what is inside need not travel further.
    return type(value)() if isinstance(value, list | dict) else value


def _text_fault(field: str, value: object, longest: int) -> Fault | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return Fault(f"{field}_blank", f"{field} must not be empty.", field)
    if not isinstance(value, str):
        return Fault(f"{field}_not_text", f"{field} must be a string.", field)
    if any("\ud800" <= char <= "\udfff" for char in value):
        return Fault(f"{field}_not_text", f"{field} is not valid Unicode.", field)
    if len(value) > longest:
        text = f"{field} has {len(value)} characters, {longest} are allowed."
        return Fault(f"{field}_too_long", text, field)
    return None


def _lifetime_fault(value: object) -> Fault | None:
    fault = _text_fault("ttl", value, 10)
    if fault is None and value not in LIFETIMES:
        allowed = ", ".join(LIFETIMES)
        return Fault("ttl_unknown", f"ttl must be one of {allowed}.", "ttl")
    return fault


def _raise_if_any(*faults: Fault | None) -> None:
    present = [fault for fault in faults if fault is not None]
    if present:
        raise Problem(422, present)


def call_fields(document: dict[str, object]) -> tuple[str, str]:
    """`message` and `ttl` of a new call; Problem 422 naming every faulty field."""
    message, ttl = document.get("message"), document.get("ttl")
    _raise_if_any(_text_fault("message", message, CALL_LENGTH), _lifetime_fault(ttl))
    return str(message).strip(), str(ttl)


def reply_field(document: dict[str, object]) -> str:
    """`message` of a reply; Problem 422 if it is faulty."""
    message = document.get("message")
    _raise_if_any(_text_fault("message", message, REPLY_LENGTH))
    return str(message).strip()


def message_fields(document: dict[str, object]) -> tuple[str, str]:
    """`receiver` (a handle) and `message` of a message; Problem 422 if faulty."""
    receiver, message = document.get("receiver"), document.get("message")
    _raise_if_any(
        _text_fault("receiver", receiver, 40),
        _text_fault("message", message, MESSAGE_LENGTH),
    )
    return str(receiver).strip().removeprefix("@"), str(message).strip()


def search_term(term: str | None) -> str:
    """The search term; Problem 422 if it is blank or too long."""
    _raise_if_any(_text_fault("term", term, TERM_LENGTH))
    return str(term).strip()
