"""Pages as most operations of CloudWatch Logs have them: `nextToken` and `limit`."""

from collections.abc import Sequence
from typing import Any, TypeVar

from lab_emulators.aws.logs.core import Parameters
from lab_emulators.aws.paging import LOGS

_T = TypeVar("_T")

PAGE = 50
"""Items of a page where the caller does not say, and mostly the most there are."""


def page_of(
    items: Sequence[_T], parameters: Parameters, size: int = PAGE
) -> tuple[list[_T], dict[str, Any]]:
    """The page that `nextToken` and `limit` ask for, and the answer's `nextToken`.

    The second value is empty on the last page. Raises InvalidParameterException for
    a token that was never given.
    """
    limit = parameters.get("limit") or size
    return LOGS.page_of(items, parameters.get("nextToken"), limit)
