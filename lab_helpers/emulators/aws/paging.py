"""Tokens of pages: an opaque place in a list that is computed anew for every page."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class BadToken(ValueError):  # noqa: N818 - what the caller is told
    """A token that was never given."""


def page(
    items: Sequence[_T], token: str | None, size: int
) -> tuple[list[_T], str | None]:
    """One page of `items`, and the token of the next if more follow; BadToken."""
    start = _place(token) if token else 0
    end = start + size
    return list(items[start:end]), _token(end) if end < len(items) else None


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(f"after {place}".encode()).decode()


def _place(token: str) -> int:
    try:
        words = base64.urlsafe_b64decode(token.encode()).decode().split()
        word, place = words
        if word == "after" and place.isdecimal():
            return int(place)
    except (ValueError, binascii.Error) as error:
        raise BadToken(token) from error
    raise BadToken(token)
