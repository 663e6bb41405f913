"""Single rows as one SQL statement: which ones, in what order, how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab_emulators.store.query.expr import TRUE, Column, EventTime, Expr, walk
from lab_emulators.store.query.plan import Source
from lab_emulators.store.query.render import Params, Renderer
from lab_emulators.store.query.scan import Scan, quoted
from lab_emulators.store.query.sql import Statement
from lab_emulators.store.schema.model import TableInfo


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of `source` that fulfill `where`, as `_time` (ns) and `columns` by name.

    They come in the order of event time and then of `then_by`, newest and largest
    first if `descending`; `limit` None is all of them.
    """

    source: Source
    columns: Mapping[str, Expr]
    where: Expr = TRUE
    then_by: Sequence[Expr] = ()
    descending: bool = False
    limit: int | None = None


def compile_selection(selection: Selection) -> Statement:
    """The statement whose rows are the selection."""
    scan = Scan(selection.source, Params())
    scan.need([selection.where, *selection.columns.values(), *selection.then_by])
    render = scan.render
    cells = [
        f"{render(value)} AS {quoted(name)}"
        for name, value in selection.columns.items()
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


def compile_removal(table: TableInfo, where: Expr) -> Statement | None:
    """A statement that deletes the rows of `table` that fulfill `where`.

    None if the table lacks a column that `where` needs: there is nothing to delete.
    """
    nodes = [node for node in walk([where]) if isinstance(node, Column)]
    if any(node.key not in table.columns for node in nodes):
        return None

    def name(node: Column | EventTime) -> str:
        if isinstance(node, EventTime):
            return "_time"
        return quoted(table.columns[node.key].physical)

    params = Params()
    condition = Renderer(name, params)(where)
    return Statement(
        f"DELETE FROM {quoted(table.physical)} WHERE {condition}", params.values
    )
