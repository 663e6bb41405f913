"""The quotas of a filter pattern, and what its comparisons and fields may be."""

from collections.abc import Iterator

from lab_emulators.aws.languages.filter_pattern.nodes import (
    Compare,
    Condition,
    Document,
    Every,
    FieldName,
    Line,
    LineField,
    NumberLiteral,
    Regex,
    Selector,
    Tree,
)
from lab_emulators.lang.nodes import Node, walk
from lab_emulators.lang.source import QueryError

MAX_LENGTH = 1024
"""Characters of a filter pattern (API reference, PutMetricFilter)."""
MAX_REGEXES = 2
"""Regular expressions of one pattern for JSON or lines (user guide, quotas)."""
MAX_WILDCARDS = 3
"""Selectors with a wildcard in one pattern (user guide, quotas)."""


def checked(tree: Tree) -> Tree:
    """The tree; raises QueryError where it says what no pattern may."""
    match tree:
        case Document(condition):
            _check(_inside(condition))
        case Line():
            for field in tree.fields:
                _check_names(field)
            conditions = [f.condition for f in tree.fields if f.condition]
            _check(node for each in conditions for node in _inside(each))
            _check_different(tree)
    return tree


def _inside(condition: Condition) -> Iterator[Node]:
    root: Node = condition
    return walk(root)


def _check(nodes: Iterator[Node]) -> None:
    """Checks comparisons one by one, and counts what there is a quota of."""
    regexes = wildcards = 0
    for node in nodes:
        if isinstance(node, Compare):
            _check_comparison(node)
        if isinstance(node, Selector):
            wildcards += any(isinstance(step, Every) for step in node.steps)
        regexes += isinstance(node, Regex)
        if wildcards > MAX_WILDCARDS:
            message = f"more than {MAX_WILDCARDS} wildcard selectors"
            raise QueryError(message, node.span)
        if regexes > MAX_REGEXES:
            message = f"more than {MAX_REGEXES} regular expressions"
            raise QueryError(message, node.span)


def _check_comparison(node: Compare) -> None:
    if node.op not in ("=", "!=") and not isinstance(node.value, NumberLiteral):
        raise QueryError(f"{node.op} compares only numbers", node.value.span)


def _check_names(field: LineField) -> None:
    """Refuses a condition of one field that is about another."""
    if field.condition is None:
        return
    for node in _inside(field.condition):
        if isinstance(node, FieldName) and node.text != field.name:
            message = f"{node.text!r} is not the field {field.name!r}"
            raise QueryError(message, node.span)


def _check_different(line: Line) -> None:
    """Refuses two fields of one name, which nobody could tell apart."""
    seen: set[str] = set()
    for field in line.fields:
        if field.name in seen:
            raise QueryError(f"two fields {field.name!r}", field.span)
        seen |= {field.name} if field.name else set()
