"""Single rows as one SQL statement: which ones, in what order, how many."""

from collections.abc import Sequence
from dataclasses import dataclass

from lab_helpers.emulators.store.expr import TRUE, Column, EventTime, Expr
from lab_helpers.emulators.store.plan import Source
from lab_helpers.emulators.store.render import Params
from lab_helpers.emulators.store.scan import Scan, quoted
from lab_helpers.emulators.store.sql import Statement


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of `source` that fulfill `where`, as `_time` (ns) and `columns` by key.

    They come in the order of event time and then of `then_by`, newest and largest
    first if `descending`; `limit` None is all of them.
    """

    source: Source
    columns: Sequence[Column]
    where: Expr = TRUE
    then_by: Sequence[Column] = ()
    descending: bool = False
    limit: int | None = None


def compile_selection(selection: Selection) -> Statement:
    """The statement whose rows are the selection."""
    scan = Scan(selection.source, Params())
    scan.need([selection.where, *selection.columns, *selection.then_by])
    render = scan.render
    cells = [
        f"{render(column)} AS {quoted(column.key)}" for column in selection.columns
    ]
    where = "" if selection.where is TRUE else f" WHERE {render(selection.where)}"
    way = "DESC" if selection.descending else "ASC"
    by: list[Expr] = [EventTime(), *selection.then_by]
    order = [f"{render(part)} {way}" for part in by]
    limit = "" if selection.limit is None else f" LIMIT {int(selection.limit)}"
    return Statement(
        f"SELECT {', '.join(['s._time AS _time', *cells])} {scan.from_clause()}{where}"
        f" ORDER BY {', '.join(order)}{limit}",
        scan.params.values,
    )
