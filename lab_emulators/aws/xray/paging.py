"""NextToken: an opaque place in a list that is computed anew for every page."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from lab_emulators.aws.xray.errors import invalid_request

_T = TypeVar("_T")


def page_of(
    items: Sequence[_T], token: str | None, size: int
) -> tuple[list[_T], dict[str, Any]]:
    """One page of `items`, and the answer's `NextToken` member if more follow.

    Raises AwsError InvalidRequestException for a token this never gave.
    """
    start = _place(token) if token else 0
    end = start + size
    rest = {"NextToken": _token(end)} if end < len(items) else {}
    return list(items[start:end]), rest


def _token(place: int) -> str:
    return base64.urlsafe_b64encode(f"after {place}".encode()).decode()


def _place(token: str) -> int:
    try:
        words = base64.urlsafe_b64decode(token.encode()).decode().split()
        word, place = words
        if word == "after" and place.isdecimal():
            return int(place)
    except (ValueError, binascii.Error) as error:
        raise invalid_request("Invalid NextToken") from error
    raise invalid_request("Invalid NextToken")
