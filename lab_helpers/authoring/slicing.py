"""Backward slices of a page: the statements that its exercises depend on.

A statement is in the slice if it binds a name that is needed after it, or may change
the object behind a name of the slice: it calls a method of it, hands it to a call,
calls a function of the page that reads it, or assigns into it. What a kept statement
reads is needed before it. Everything else, such as minutes of traffic for a picture, is
left out.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import symtable
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab_helpers.exercises.catalog import Exercise

_BLOCKS = (ast.With, ast.AsyncWith, ast.For, ast.While, ast.If, ast.Try)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Reads = Mapping[str, set[str]]
_NAMESPACES = {"names", "ns", "namespace"}


@dataclass(frozen=True, slots=True)
class ExerciseCell:
    """The cell of an exercise: the source of its stub, and the exercise."""

    stub: str
    exercise: Exercise


def sliced(cells: Sequence[str | ExerciseCell]) -> list[str]:
    """The source of each cell with only what an exercise after it depends on.

    Exercise cells keep their stub; a cell that no exercise depends on becomes empty.
    """
    pages = [cell for cell in cells if isinstance(cell, str)]
    functions, imported = _functions(pages), _imported(pages)
    used: set[str] = set()
    while True:
        sources, names = _slice(cells, used, functions)
        if names - imported <= used:
            return sources
        used |= names - imported


def _slice(
    cells: Sequence[str | ExerciseCell], used: set[str], functions: _Reads
) -> tuple[list[str], set[str]]:
    """The sources if `used` are the names of the slice, and the names that they use.

    Bindings are looked for where a name is needed. A change to an object that the page
    made is kept also where it is not: it may come back through a service.
    """
    needed: set[str] = set()
    names: set[str] = set()
    sources = []
    for cell in reversed(cells):
        if isinstance(cell, ExerciseCell):
            needed = _before_exercise(cell, needed)
            sources.append(cell.stub)
            names |= needed
            continue
        statements = []
        for statement in reversed(ast.parse(cell).body):
            changed = set(_changed(statement))
            for name in changed & functions.keys():  # what it changes for its caller
                changed = changed | functions[name]
            if (_bound(statement) | changed) & needed or (needed and changed & used):
                statements.append(ast.unparse(statement))
                needed = _before(statement, needed)
                names |= needed
        sources.append("\n".join(reversed(statements)))
    return sources[::-1], names


def read_by_check(exercise: Exercise) -> set[str]:
    """The names that an exercise's check takes from the page, by its module's source.

    >>> from lab_helpers.exercises.nb00 import visit_the_search
    >>> sorted(read_by_check(visit_the_search.EXERCISE))
    ['provider', 'server', 'visit']
    """
    module = inspect.getmodule(inspect.unwrap(exercise.check))
    assert module is not None
    return set(_namespace_keys(ast.parse(inspect.getsource(module))))


def _functions(sources: Sequence[str]) -> _Reads:
    """The functions that the page defines, with the page's names that each reads."""
    return {
        statement.name: _read(statement)
        for source in sources
        for statement in ast.parse(source).body
        if isinstance(statement, ast.FunctionDef)
    }


def _imported(sources: Sequence[str]) -> set[str]:
    """The names that the page binds by importing."""
    return {
        name
        for source in sources
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for name in _bound(statement)
    }


def _before_exercise(cell: ExerciseCell, needed: set[str]) -> set[str]:
    """Names needed before a cell that is run with the stub and then each answer."""
    answers = [
        cell.exercise.solution,
        *cell.exercise.right.values(),
        *(w.source for w in cell.exercise.wrong.values()),
    ]
    run = ast.parse("\n".join([cell.stub, *answers])).body
    needed = needed | read_by_check(cell.exercise)
    for statement in reversed(run):
        needed = _before(statement, needed)
    return needed


def _before(statement: ast.stmt, needed: set[str]) -> set[str]:
    """Names needed before a statement of the slice."""
    surely = set() if isinstance(statement, _BLOCKS) else _bound(statement)
    return needed - surely | _read(statement)


def _bound(statement: ast.stmt) -> set[str]:
    table = _table(statement).get_symbols()
    return {
        each.get_name() for each in table if each.is_assigned() or each.is_imported()
    }


def _read(statement: ast.stmt) -> set[str]:
    """The page's names that are read, also within the functions that are defined."""
    table = _table(statement)
    top = {each.get_name() for each in table.get_symbols() if each.is_referenced()}
    return top.union(*map(_read_within, table.get_children()))


def _read_within(table: symtable.SymbolTable) -> set[str]:
    own = {each.get_name() for each in table.get_symbols() if each.is_global()}
    return own.union(*map(_read_within, table.get_children()))


def _table(statement: ast.stmt) -> symtable.SymbolTable:
    return symtable.symtable(ast.unparse(statement), "<cell>", "exec")


def _changed(statement: ast.stmt) -> Iterator[str]:
    """The names whose objects a statement may change."""
    if isinstance(statement, _DEFINITIONS):
        for decorator in statement.decorator_list:
            yield from _roots(decorator)
    elif isinstance(statement, _BLOCKS):
        for item in getattr(statement, "items", ()):
            yield from _touched(item.context_expr)
        for inner in ast.iter_child_nodes(statement):
            parts = inner.body if isinstance(inner, ast.ExceptHandler) else [inner]
            for part in parts:
                if isinstance(part, ast.stmt):
                    yield from _changed(part)
    elif isinstance(statement, ast.Expr):
        yield from _touched(statement.value)
    elif isinstance(statement, ast.Assign | ast.AugAssign | ast.Delete):
        yield from _assigned_into(statement)


def _assigned_into(statement: ast.Assign | ast.AugAssign | ast.Delete) -> Iterator[str]:
    if isinstance(statement, ast.AugAssign):
        targets: list[ast.expr] = [statement.target]
    else:
        targets = statement.targets
    for target in targets:
        parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        for part in parts:
            if isinstance(part, ast.Attribute | ast.Subscript):
                yield from _roots(part)
    if isinstance(statement, ast.Assign) and ast.unparse(targets[0]) == "_":
        yield from _touched(statement.value)


def _touched(value: ast.expr) -> Iterator[str]:
    """The function or object that is called, and what is handed to it, by name."""
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(value, ast.Tuple):
        for part in value.elts:
            yield from _touched(part)
    if not isinstance(value, ast.Call) or _is_builtin(value.func):
        return
    yield from _roots(value.func)
    for argument in (*value.args, *(word.value for word in value.keywords)):
        if isinstance(argument, ast.Name | ast.Subscript):
            yield from _roots(argument)


def _is_builtin(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and hasattr(builtins, function.id)


def _roots(target: ast.expr) -> Iterator[str]:
    """The name at the beginning of `a.b[c].d`; of `f(x).y` what the call touches."""
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Call):
        yield from _touched(target)


def _namespace_keys(code: ast.AST) -> Iterator[str]:
    """The constants in `names["x"]` and in `some_function(names, "x")`."""
    for node in ast.walk(code):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)):
                if name in _NAMESPACES:
                    yield str(key)
            case ast.Call(args=[ast.Name(id=name), ast.Constant(value=key), *_]):
                if name in _NAMESPACES:
                    yield str(key)
