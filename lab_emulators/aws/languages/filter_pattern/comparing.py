"""The values of a pattern against those of a message."""

import operator
from collections.abc import Callable

from lab_emulators.aws.languages.filter_pattern.nodes import (
    Compare,
    Glob,
    NumberLiteral,
    Value,
)
from lab_emulators.aws.languages.filter_pattern.regexes import searcher

Test = Callable[[str, float | None], bool]
"""Given a value as text, and as the number that it is, if it is one."""

_OPS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def comparison(compare: Compare) -> Test:
    """The test that a value must pass.

    Text compares with the text of numbers too, so that 4* finds 404; a number
    compares with a value that is none by its spelling, so that 007 finds "007".
    """
    if isinstance(compare.value, NumberLiteral):
        return _numeric(compare.op, compare.value)
    fits = _fitting(compare.value)
    equal = compare.op == "="
    return lambda text, _: fits(text) is equal


def _numeric(op: str, number: NumberLiteral) -> Test:
    holds, value, spelling = _OPS[op], number.value, number.text
    same, ordered = op == "=", op not in ("=", "!=")

    def test(text: str, value_as_number: float | None) -> bool:
        if value_as_number is not None:
            return holds(value_as_number, value)
        return not ordered and (text == spelling) is same

    return test


def _fitting(value: Value) -> Callable[[str], bool]:
    if isinstance(value, Glob):
        chunks = value.chunks
        return lambda text: fits(chunks, text)
    assert not isinstance(value, NumberLiteral)
    return searcher(value)


def fits(chunks: tuple[str, ...], text: str) -> bool:
    """Tells whether `text` is the chunks with anything between each two."""
    if len(chunks) == 1:
        return text == chunks[0]
    first, *middle, last = chunks
    if not text.startswith(first):
        return False
    at = len(first)
    for chunk in middle:
        start = text.find(chunk, at)
        if start < 0:
            return False
        at = start + len(chunk)
    return len(text) - len(last) >= at and text.endswith(last)
