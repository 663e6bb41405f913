"""nextToken: an opaque place in a sorted list that is computed anew for every page."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from lab_emulators.aws.logs.core import Parameters
from lab_emulators.aws.logs.errors import invalid

_T = TypeVar("_T")

PAGE = 50
"""Items of a page where the caller does not say, and mostly the most there are."""


def page_of(
    items: Sequence[_T], parameters: Parameters, size: int = PAGE
) -> tuple[list[_T], dict[str, Any]]:
    """The page that `nextToken` and `limit` ask for, and the answer's `nextToken`.

    The second value is empty on the last page. Raises InvalidParameterException for
    a token this never gave.
    """
    token = parameters.get("nextToken")
    start = int(unpacked(token)) if token else 0
    end = start + (parameters.get("limit") or size)
    rest = {"nextToken": packed(str(end))} if end < len(items) else {}
    return list(items[start:end]), rest


def packed(text: str) -> str:
    """`text`, decimals among punctuation, as a token nobody will read."""
    return base64.urlsafe_b64encode(f"at {text}".encode()).decode()


def unpacked(token: str) -> str:
    """What `packed` was given; InvalidParameterException if this is no such token."""
    try:
        text = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise bad_token() from error
    if not text.startswith("at ") or set(text[3:]) - set("0123456789/ +-"):
        raise bad_token()
    return text[3:]


def bad_token() -> Exception:
    """InvalidParameterException for a token."""
    return invalid("The specified nextToken is invalid.")
