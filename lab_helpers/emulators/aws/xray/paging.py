"""NextToken, as X-Ray's operations spell it."""

from collections.abc import Sequence
from typing import Any, TypeVar

from lab_helpers.emulators.aws import paging
from lab_helpers.emulators.aws.errors import invalid_request

_T = TypeVar("_T")


def page_of(
    items: Sequence[_T], token: str | None, size: int
) -> tuple[list[_T], dict[str, Any]]:
    """One page of `items`, and the answer's `NextToken` member if more follow.

    Raises AwsError InvalidRequestException for a token this never gave.
    """
    try:
        found, rest = paging.page(items, token, size)
    except paging.BadToken as error:
        raise invalid_request("Invalid NextToken") from error
    return found, {} if rest is None else {"NextToken": rest}
