"""Untouched stubs, distinguished from answers without reading their source text."""

from __future__ import annotations

import dis
from collections.abc import Mapping
from types import CodeType, FunctionType

_EMPTY_BODY = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}


def untouched(value: object) -> bool:
    """Tells whether `...` is still in this value: itself, inside, or a function's body.

    >>> untouched(...), untouched({"name": ..., "id": 1}), untouched([1, 2])
    (True, True, False)
    """
    if value is Ellipsis or value is NotImplemented:
        return True
    if isinstance(value, FunctionType):
        return _is_empty(value.__code__) or _mentions_ellipsis(value.__code__)
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


def _is_empty(code: CodeType) -> bool:
    """Tells whether the body only returns None, as `def f(): ...` compiles to."""
    steps = list(dis.get_instructions(code))
    return all(
        step.opname in _EMPTY_BODY
        and (step.opname not in {"LOAD_CONST", "RETURN_CONST"} or step.argval is None)
        for step in steps
    )
