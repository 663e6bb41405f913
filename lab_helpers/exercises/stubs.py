"""Stubs and functions that do nothing, distinguished from answers."""

from __future__ import annotations

import ast
import dis
import inspect
import textwrap
from collections.abc import Mapping
from types import CodeType, FunctionType

_EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
_NO_PLAIN_FUNCTION = (
    inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
)


def untouched(value: object) -> bool:
    """Tells whether `...` is still in this value: itself, inside, or a function's body.

    >>> untouched(...), untouched({"name": ..., "id": 1}), untouched([1, 2])
    (True, True, False)
    """
    if value is Ellipsis or value is NotImplemented:
        return True
    if isinstance(value, FunctionType):
        return _mentions_ellipsis(value.__code__) or (
            is_empty(value) and _has_dots(value)
        )
    if isinstance(value, type):
        return any(_untouched_member(member) for member in vars(value).values())
    if isinstance(value, Mapping):
        return any(untouched(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(untouched(item) for item in value)
    return False


def _untouched_member(member: object) -> bool:
    """A method that is only `pass` is an answer, so an empty body does not count."""
    if isinstance(member, FunctionType):
        return _mentions_ellipsis(member.__code__)
    return member is Ellipsis


def _mentions_ellipsis(code: CodeType) -> bool:
    return any(
        const is Ellipsis or (isinstance(const, CodeType) and _mentions_ellipsis(const))
        for const in code.co_consts
    )


def _has_dots(function: FunctionType) -> bool:
    """Tells whether `...` is the body, which leaves no trace in the function's code."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
        nodes = ast.walk(ast.parse(source))
    except (OSError, SyntaxError):
        return False
    return any(isinstance(n, ast.Constant) and n.value is Ellipsis for n in nodes)


def is_empty(value: object) -> bool:
    """Tells whether this is a function whose body only returns None, as of `pass`."""
    if not isinstance(value, FunctionType):
        return False
    steps = list(dis.get_instructions(value.__code__))
    return all(
        step.opname in _EMPTY_BODY
        and (step.opname not in {"LOAD_CONST", "RETURN_CONST"} or step.argval is None)
        for step in steps
    )


def returns_nothing(value: object) -> bool:
    """Tells whether this is a function none of whose `return`s has a value."""
    if not isinstance(value, FunctionType):
        return False
    if value.__code__.co_flags & _NO_PLAIN_FUNCTION:
        return False
    steps = list(dis.get_instructions(value.__code__))
    pairs = zip(steps, [None, *steps], strict=False)
    returned = [_returned(step, before) for step, before in pairs]
    return {*returned} - {""} == {"None"}


def _returned(step: dis.Instruction, before: dis.Instruction | None) -> str:
    """What an instruction returns: `None`, a `value`, or nothing: it is no return."""
    if step.opname not in {"RETURN_CONST", "RETURN_VALUE"}:
        return ""
    loaded = step if step.opname == "RETURN_CONST" else before
    constants = {"LOAD_CONST", "RETURN_CONST"}
    is_constant = loaded is not None and loaded.opname in constants
    return "None" if is_constant and loaded and loaded.argval is None else "value"


def value_returned(source: str, name: str) -> str | None:
    """What the function of that name in this source returns, None if it is nothing.

    The name of a parameter that it always returns, or an empty text.

    >>> value_returned("def end(response):\n    return response", "end")
    'response'
    >>> value_returned("def double(x):\n    return 2 * x", "double")
    ''
    """
    for function in ast.parse(source).body:
        if isinstance(function, ast.FunctionDef) and function.name == name:
            parameters = {each.arg for each in function.args.args}
            values = _values_returned(function)
            same = {each.id for each in values if isinstance(each, ast.Name)}
            always = len(same) == 1 and all(isinstance(v, ast.Name) for v in values)
            own = same & parameters if always else set()
            return (own.pop() if own else "") if values else None
    return None


def _values_returned(function: ast.FunctionDef) -> list[ast.expr]:
    """The values after `return` in this function, not in those defined in it."""
    values, nodes = [], list(function.body)
    while nodes:
        node: ast.AST = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.Return) and node.value is not None:
            values.append(node.value)
        nodes += [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.stmt)]
    return values
