"""Options of a query result, besides the query itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_emulators.honeycomb.query import members
from lab_emulators.honeycomb.query.errors import SpecError

if TYPE_CHECKING:
    from lab_emulators.honeycomb.query.spec import QuerySpec

DEFAULT_ROWS = 1000
MOST_ROWS = 10_000
_SWITCHES = (
    "disable_series",
    "disable_total_by_aggregate",
    "disable_other_by_aggregate",
)


@dataclass(frozen=True, slots=True)
class ResultOptions:
    """The members of a query-result request, plus whether the window is truncated.

    The real service rounds both ends of the window down to a whole minute or more,
    which hides the newest events; `truncate_window` switches that on.
    """

    disable_series: bool = False
    disable_total_by_aggregate: bool = True
    disable_other_by_aggregate: bool = True
    limit: int | None = None
    truncate_window: bool = False


def parse_options(document: object, *, truncate_window: bool = False) -> ResultOptions:
    """Options from the body of a query-result request; other members are ignored."""
    if not isinstance(document, Mapping):
        raise SpecError("invalid Query data")
    switches = {
        name: members.boolean(document, name)
        for name in _SWITCHES
        if document.get(name) is not None
    }
    limit = members.integer(document, "limit", least=1, most=MOST_ROWS)
    return ResultOptions(limit=limit, truncate_window=truncate_window, **switches)


def effective_limit(spec: "QuerySpec", options: ResultOptions) -> int:
    """Rows a result has at most: the result's own limit counts only without series."""
    if options.limit is not None and options.disable_series:
        return options.limit
    return spec.limit or DEFAULT_ROWS
