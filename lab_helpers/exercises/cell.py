"""The cell that is executing: its source, the names it binds, and what it shows."""

from __future__ import annotations

import ast
import inspect
import linecache
import symtable
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import FrameType

from lab_helpers.exercises.catalog import Exercise


@dataclass(frozen=True, slots=True)
class Cell:
    """Source of the cell, or of the script, that called; `call` is where: line, column.

    >>> cell = Cell("look()\\nlook()", (1, 0))
    >>> cell.shows_call, Cell(cell.source, (2, 0)).shows_call
    (False, True)
    """

    source: str
    call: tuple[int | None, int | None]

    @property
    def shows_call(self) -> bool:
        """Tells whether a notebook shows the value of the call: it is the last line.

        So it does with a value that is assigned or handed on, which is the cell's own.
        """
        statements = ast.parse(self.source).body
        bare = [
            node.value
            for node in ast.walk(ast.Module(statements, []))
            if isinstance(node, ast.Expr)
            and (node.value.lineno, node.value.col_offset) == self.call
        ]
        last = statements[-1]
        return not bare or (isinstance(last, ast.Expr) and last.value is bare[0])


def calling_cell(namespace: Mapping[str, object]) -> Cell | None:
    """The cell of this namespace that is executing, if its source is known.

    IPython keeps each cell's source in `linecache`, whatever its history does.
    """
    frame = _outermost(namespace)
    if frame is None:
        return None
    source = "".join(linecache.getlines(frame.f_code.co_filename))
    at = inspect.getframeinfo(frame, context=0).positions
    call = (at.lineno, at.col_offset) if at else (None, None)
    return Cell(source, call) if source and _is_python(source) else None


def renamed(exercise: Exercise, source: str) -> str | None:
    """Words on an answer that the cell binds under another name, None if there is none.

    What is bound from before is not judged then: it is an older answer.
    """
    bound, asked = _bindings(source), _bindings(exercise.solution)
    for name in (each for each in exercise.answer if each not in bound):
        others = [
            other
            for other, kind in bound.items()
            if kind == asked.get(name) and other not in asked
        ]
        nearest = get_close_matches(name, others, n=1, cutoff=0.0)
        if nearest:
            return (
                f"there is no `{name}` in this cell; it defines `{nearest[0]}`. "
                f"The check looks for `{name}`"
            )
    return None


def _outermost(namespace: Mapping[str, object]) -> FrameType | None:
    """The first frame of the cell's execution, below which all of ours are."""
    frame, found = inspect.currentframe(), None
    while frame is not None:
        if frame.f_globals is namespace:
            found = frame
        frame = frame.f_back
    return found


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _bindings(source: str) -> dict[str, str]:
    """Names that the source binds, and how: as a function, a class, a value, a module.

    >>> _bindings("import os\\nx = [y for y in ()]\\ndef f(): z = 1")
    {'os': 'module', 'x': 'value', 'f': 'function'}
    """
    symbols = symtable.symtable(source, "<cell>", "exec").get_symbols()
    return {each.get_name(): _kind(each) for each in symbols if each.is_assigned()}


def _kind(symbol: symtable.Symbol) -> str:
    if symbol.is_imported():
        return "module"
    if symbol.is_namespace():
        return str(symbol.get_namespaces()[0].get_type())
    return "value"
