"""A pattern's tree as a condition on the column `message`.

The condition of terms is exact. Those on JSON and on lines hold for every message
that matches and may hold for others: numbers that are compared as text, most kinds
of values, documents with a comma too many, wildcard selectors, and which field of a
line a text is in, are left to `matching`. The languages have no negation but `!=`
and NOT EXISTS on single values, so what is too wide for a part is only too wide for
the whole.

The store's condition is the quick way and `matching` the thorough one, which could
search alone. By `benchmarks/filter_patterns.py` the condition makes FilterLogEvents
use 2 to 13 times less CPU on 100,000 lines of which half are JSON, 11 times less where
the fields of a line are compared with texts. A pattern that only compares numbers of
a line has no condition, and gains nothing.
"""

from collections.abc import Iterator
from typing import assert_never

from lab_emulators.aws.languages.filter_pattern.matching import required_terms
from lab_emulators.aws.languages.filter_pattern.nodes import (
    Compare,
    Condition,
    Document,
    Glob,
    IsConstant,
    Line,
    NotExists,
    NumberLiteral,
    Regex,
    Selector,
    Terms,
    Tree,
    Value,
)
from lab_emulators.lang.nodes import AllOf, AnyOf
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    COMPARISONS,
    TRUE,
    Column,
    Expr,
    JsonKind,
    Op,
    all_of,
    any_of,
    definite,
    equals_number,
    json_has,
    json_is,
    json_text,
    literal,
    negate,
    predicate,
    present,
    real,
)

MESSAGE = Column("message", ColumnType.STRING)
_NUMERIC = frozenset("0123456789+-.eE")
_IS_OBJECT = json_is(MESSAGE, JsonKind.OBJECT, ())


def condition_of(tree: Tree) -> Expr:
    """A condition that every message which fulfills `tree` fulfills."""
    match tree:
        case Terms():
            return _terms(tree)
        case Document(condition):
            return _on_document(condition)
        case Line():
            return all_of(_on_line(f.condition) for f in tree.fields if f.condition)
        case _:
            assert_never(tree)


def _terms(terms: Terms) -> Expr:
    if terms.regex is not None:
        return predicate(Op.MATCHES, MESSAGE, literal(terms.regex.expression))
    included, optional = required_terms(terms)
    parts = [_contains(term) for term in included]
    parts += [negate(_contains(term)) for term in terms.excluded]
    if optional:
        parts.append(any_of(_contains(term) for term in optional))
    return all_of(parts)


def _contains(text: str) -> Expr:
    return predicate(Op.CONTAINS, MESSAGE, literal(text))


def _on_document(condition: Condition) -> Expr:
    match condition:
        case AllOf(parts):
            return all_of(map(_on_document, parts))
        case AnyOf(parts):
            return any_of(map(_on_document, parts))
        case Compare():
            return _compared(condition)
        case IsConstant(subject, value):
            return _is(subject, value=value)
        case NotExists(subject):
            return _not_exists(subject)
        case _:
            assert_never(condition)


def _path(selector: Selector) -> tuple[str, ...] | None:
    """The selector as a path, None where it has a wildcard."""
    path: list[str] = []
    for step in selector.steps:
        if not isinstance(step, str | int):
            return None
        path.append(str(step))
    return tuple(path)


def _is(subject: Selector, *, value: bool | None) -> Expr:
    path = _path(subject)
    if path is None:
        return _IS_OBJECT
    if value is None:
        return json_is(MESSAGE, JsonKind.NULL, path)
    spelled = literal("true" if value else "false")
    is_it = predicate(Op.EQ, json_text(MESSAGE, path), spelled)
    return all_of([json_is(MESSAGE, JsonKind.BOOLEAN, path), is_it])


def _not_exists(subject: Selector) -> Expr:
    path = _path(subject)
    # the store's paths take 0 for an element and for the key "0" alike
    if path is None or any(step.isdecimal() for step in path):
        return _IS_OBJECT
    return all_of([_IS_OBJECT, negate(json_has(MESSAGE, path))])


def _compared(compare: Compare) -> Expr:
    assert isinstance(compare.subject, Selector)
    path = _path(compare.subject)
    if path is None:
        return _IS_OBJECT
    text = json_text(MESSAGE, path)
    if compare.op not in ("=", "!="):
        assert isinstance(compare.value, NumberLiteral)
        ordered = _ordered(compare.op, compare.value, text)
        return all_of([*_mentions(path), ordered])
    if compare.op == "=":
        mentions = [*_mentions(path), *_chunks(compare.value)]
        return all_of([*mentions, _equal(compare.value, text)])
    return _different(compare.value, text, path)


def _mentions(path: tuple[str, ...]) -> Iterator[Expr]:
    """Conditions on the plain text of a message that has that field.

    A text is spelled as it is, unless an escape is in the message.
    """
    for key in path:
        if not key.isdecimal():
            yield any_of([_contains(f'"{key}"'), _contains("\\")])


def _chunks(value: Value) -> Iterator[Expr]:
    """Conditions for a text that is no number, which may be spelled in many ways."""
    if isinstance(value, Glob) and not _is_numeric(value):
        for chunk in filter(None, value.chunks):
            yield any_of([_contains(chunk), _contains("\\")])


def _is_numeric(value: Glob) -> bool:
    return _NUMERIC.issuperset("".join(value.chunks))


def _ordered(op: str, value: NumberLiteral, text: Expr) -> Expr:
    """A comparison of numbers, and of strings that are written like one.

    To ask for the JSON type as well would double the cost.
    """
    number = real(Op.TO_NUMBER, text)
    return definite(predicate(COMPARISONS[op], number, literal(value.value)))


def _equal(value: Value, text: Expr) -> Expr:
    if isinstance(value, NumberLiteral):
        return equals_number(text, literal(value.value))
    fits = _fits(value, text)
    # how the message writes a number is not known here
    numeric = isinstance(value, Regex) or _is_numeric(value)
    return any_of([fits, present(real(Op.TO_NUMBER, text))]) if numeric else fits


def _different(value: Value, text: Expr, path: tuple[str, ...]) -> Expr:
    on_text = all_of(
        [json_is(MESSAGE, JsonKind.STRING, path), negate(_fits(value, text))]
    )
    on_number = json_is(MESSAGE, JsonKind.NUMBER, path)
    if isinstance(value, NumberLiteral):
        on_number = all_of([on_number, _ordered("!=", value, text)])
    return any_of([on_number, on_text])


def _fits(value: Value, text: Expr) -> Expr:
    if isinstance(value, NumberLiteral):
        return predicate(Op.EQ, text, literal(value.text))
    if isinstance(value, Regex):
        return predicate(Op.MATCHES, text, literal(value.expression))
    if len(value.chunks) == 1:
        return predicate(Op.EQ, text, literal(value.chunks[0]))
    between = "(?s:.*)".join(map(_quoted, value.chunks))
    return predicate(Op.MATCHES, text, literal(rf"\A{between}\z"))


def _quoted(text: str) -> str:
    """RE2 that matches `text` itself."""
    return "".join(
        char if char.isalnum() or not char.isascii() else f"\\x{ord(char):02x}"
        for char in text
    )


def _on_line(condition: Condition) -> Expr:
    match condition:
        case AllOf(parts):
            return all_of(map(_on_line, parts))
        case AnyOf(parts):
            return any_of(map(_on_line, parts))
        case Compare(_, "=", value):
            return _in_line(value)
        case _:
            return TRUE


def _in_line(value: Value) -> Expr:
    """The condition on a message one of whose fields is `value`."""
    if isinstance(value, Glob):
        return all_of(_contains(chunk) for chunk in value.chunks if chunk)
    if isinstance(value, NumberLiteral) or value.anchored:
        return TRUE
    return predicate(Op.MATCHES, MESSAGE, literal(value.expression))
