"""A pattern's tree as a function of one message."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, assert_never

from lab_emulators.aws.languages.filter_pattern.comparing import comparison
from lab_emulators.aws.languages.filter_pattern.documents import (
    NumberText,
    read_document,
    select,
)
from lab_emulators.aws.languages.filter_pattern.lines import align, positions
from lab_emulators.aws.languages.filter_pattern.nodes import (
    Compare,
    Condition,
    Document,
    FieldName,
    IsConstant,
    Line,
    NotExists,
    Selector,
    Terms,
    Tree,
    number_of,
)
from lab_emulators.aws.languages.filter_pattern.regexes import searcher
from lab_emulators.aws.languages.filter_pattern.selectors import read_selector
from lab_emulators.lang.nodes import AllOf, AnyOf
from lab_emulators.lang.source import QueryError

_LITERALS = {True: "true", False: "false"}
_POSITION = re.compile(r"\$([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """A message that fulfills a pattern.

    `extracted` is TestMetricFilter's: what the selectors of a pattern for JSON lead
    to (`$.latency`), every field of a line (`$status`, `$3` where it has no name).
    """

    extracted: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] | None = None
    fields: tuple[str, ...] = ()

    def value(self, selector: str) -> str | None:
        """The value of `$.a.b`, `$name` or `$3`, None where there is none.

        Selectors are checked by `Pattern.check_selector`; here others lead nowhere.
        """
        if self.document is not None:
            return _looked_up(self.document, selector)
        position = position_of(selector)
        if position is None:
            return self.extracted.get(selector)
        return self.fields[position - 1] if position <= len(self.fields) else None

    def number(self, selector: str) -> float | None:
        """The value as a number, None where it is none."""
        text = self.value(selector)
        return None if text is None else number_of(text)


Matcher = Callable[[str], PatternMatch | None]
Test = Callable[[Any], bool]
_EMPTY = PatternMatch()


def position_of(selector: str) -> int | None:
    """The position from 1 that `$3` stands for, None if it is no such selector."""
    match = _POSITION.fullmatch(selector)
    return int(match[1]) if match else None


@lru_cache(maxsize=1024)
def _readable(selector: str) -> Selector | None:
    try:
        return read_selector(selector)
    except QueryError:
        return None


def _looked_up(document: Mapping[str, Any], selector: str) -> str | None:
    where = _readable(selector)
    return None if where is None else scalar(document, where)


def matcher(tree: Tree) -> Matcher:
    """The function that tells whether a message fulfills `tree`, and what is in it."""
    match tree:
        case Terms():
            return _terms(tree)
        case Document(condition):
            return _document(condition)
        case Line():
            return _line(tree)
        case _:
            assert_never(tree)


def required_terms(terms: Terms) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts that must all occur, and those of which one must.

    Blank text occurs everywhere; with any other term the optional ones mean nothing.
    """
    included = tuple(term for term in terms.included if term.strip())
    alone = not terms.included and not terms.excluded
    if not alone or not all(term.strip() for term in terms.optional):
        return included, ()
    return included, terms.optional


def _terms(terms: Terms) -> Matcher:
    if terms.regex is not None:
        search = searcher(terms.regex)
        return lambda message: _EMPTY if search(message) else None
    (included, optional), excluded = required_terms(terms), terms.excluded

    def match(message: str) -> PatternMatch | None:
        holds = (
            all(term in message for term in included)
            and not any(term in message for term in excluded)
            and (not optional or any(term in message for term in optional))
        )
        return _EMPTY if holds else None

    return match


def _document(condition: Condition) -> Matcher:
    holds = _on_document(condition)
    selectors = tuple(selectors_of(condition))

    def match(message: str) -> PatternMatch | None:
        document = read_document(message)
        if document is None or not holds(document):
            return None
        scalars = ((each.text, scalar(document, each)) for each in selectors)
        extracted = {text: value for text, value in scalars if value is not None}
        return PatternMatch(extracted, document)

    return match


def scalar(document: Mapping[str, Any], selector: Selector) -> str | None:
    """The first text, number or boolean that the selector leads to, as text."""
    for node in select(document, selector.steps):
        if isinstance(node, str):
            return str(node)
        if isinstance(node, bool):
            return _LITERALS[node]
    return None


def selectors_of(condition: Condition) -> Iterator[Selector]:
    """The selectors of a condition on JSON, as they come."""
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from selectors_of(part)
    elif isinstance(condition.subject, Selector):
        yield condition.subject


def _on_document(condition: Condition) -> Test:
    match condition:
        case AllOf(parts):
            tests = [_on_document(part) for part in parts]
            return lambda document: all(test(document) for test in tests)
        case AnyOf(parts):
            tests = [_on_document(part) for part in parts]
            return lambda document: any(test(document) for test in tests)
        case IsConstant(subject, value):
            steps = subject.steps
            return lambda document: any(n is value for n in select(document, steps))
        case NotExists(subject):
            steps = subject.steps
            return lambda document: not any(True for _ in select(document, steps))
        case Compare():
            return _compared(condition)
        case _:
            assert_never(condition)


def _compared(compare: Compare) -> Test:
    assert isinstance(compare.subject, Selector)
    steps, test = compare.subject.steps, comparison(compare)
    return lambda document: any(
        test(node, number_of(node) if isinstance(node, NumberText) else None)
        for node in select(document, steps)
        if isinstance(node, str)
    )


def _line(line: Line) -> Matcher:
    tests = [_on_field(each.condition) for each in line.fields]
    names = [f.name for f in line.fields]

    def match(message: str) -> PatternMatch | None:
        fields = align(line, message)
        if fields is None:
            return None
        where = positions(line, len(fields))
        for position, test in zip(where, tests, strict=True):
            if not test(fields[position]):
                return None
        keys = [f"${position + 1}" for position in range(len(fields))]
        for position, name in zip(where, names, strict=True):
            keys[position] = f"${name}" if name else keys[position]
        return PatternMatch(dict(zip(keys, fields, strict=True)), fields=fields)

    return match


def _on_field(condition: Condition | None) -> Test:
    match condition:
        case None:
            return lambda _: True
        case AllOf(parts):
            tests = [_on_field(part) for part in parts]
            return lambda text: all(test(text) for test in tests)
        case AnyOf(parts):
            tests = [_on_field(part) for part in parts]
            return lambda text: any(test(text) for test in tests)
        case Compare(FieldName()):
            test = comparison(condition)
            return lambda text: test(text, number_of(text))
        case _:
            raise TypeError(condition)
