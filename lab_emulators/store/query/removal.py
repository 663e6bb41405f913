"""Rows deleted: which ones, as one SQL statement."""

from lab_emulators.store.query.expr import Cell, Column, EventTime, Expr, walk
from lab_emulators.store.query.render import Params, Renderer, Statement
from lab_emulators.store.query.scan import quoted
from lab_emulators.store.schema.model import TableInfo


def compile_removal(table: TableInfo, where: Expr) -> Statement | None:
    """A statement that deletes the rows of `table` that fulfill `where`.

    None if the table lacks a column that `where` needs: there is nothing to delete.
    """
    nodes = [node for node in walk([where]) if isinstance(node, Column)]
    if any(node.key not in table.columns for node in nodes):
        return None

    def name(node: Cell) -> str:
        if isinstance(node, Column):
            return quoted(table.columns[node.key].physical)
        return "_time" if isinstance(node, EventTime) else "_rate"

    params = Params()
    condition = Renderer(name, params)(where)
    return Statement(
        f"DELETE FROM {quoted(table.physical)} WHERE {condition}", params.values
    )
