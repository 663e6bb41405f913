"""nextToken, as CloudWatch Logs' operations spell it."""

from collections.abc import Sequence
from typing import Any, TypeVar

from lab_helpers.emulators.aws import paging
from lab_helpers.emulators.aws.logs.errors import invalid

_T = TypeVar("_T")


def page_of(
    items: Sequence[_T], token: str | None, size: int
) -> tuple[list[_T], dict[str, Any]]:
    """One page of `items`, and the answer's `nextToken` member if more follow.

    Raises AwsError InvalidParameterException for a token this never gave.
    """
    try:
        found, rest = paging.page(items, token, size)
    except paging.BadToken as error:
        raise invalid("The specified nextToken is invalid.") from error
    return found, {} if rest is None else {"nextToken": rest}
