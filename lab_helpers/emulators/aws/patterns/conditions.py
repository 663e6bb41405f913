"""A pattern's tree as a condition on the column `message`.

The condition of terms is exact. Those on JSON and on lines hold for every message
that matches and may hold for others: numbers that are compared as text, documents
with a comma too many, wildcard selectors, and which field of a line a text is in,
are left to `matching`. The languages have no negation but `!=` and NOT EXISTS on
single values, so what is too wide for a part is only too wide for the whole.
"""

from typing import assert_never

from lab_helpers.emulators.aws.patterns.matching import wanted_terms
from lab_helpers.emulators.aws.patterns.tree import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Document,
    Glob,
    Is,
    Line,
    NotExists,
    Number,
    Selector,
    Terms,
    Tree,
    Value,
)
from lab_helpers.emulators.store.batch import ColumnType
from lab_helpers.emulators.store.expr import (
    FALSE,
    TRUE,
    Column,
    Expr,
    Op,
    all_of,
    any_of,
    literal,
    negate,
    predicate,
    real,
)
from lab_helpers.emulators.store.fields import Kind, json_has, json_is, json_text

MESSAGE = Column("message", ColumnType.STRING)
_OPS = {
    "=": Op.EQ,
    "!=": Op.NE,
    "<": Op.LT,
    "<=": Op.LE,
    ">": Op.GT,
    ">=": Op.GE,
}
_IS_OBJECT = json_is(MESSAGE, Kind.OBJECT, ())


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
    included, optional = wanted_terms(terms)
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
        case Is(subject, value):
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
        return json_is(MESSAGE, Kind.NULL, path)
    spelled = literal("true" if value else "false")
    is_it = predicate(Op.EQ, json_text(MESSAGE, path), spelled)
    return all_of([json_is(MESSAGE, Kind.BOOLEAN, path), is_it])


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
    on_number, on_text = _comparisons(compare.op, compare.value, text)
    return any_of(
        [
            all_of([json_is(MESSAGE, Kind.NUMBER, path), on_number]),
            all_of([json_is(MESSAGE, Kind.STRING, path), on_text]),
        ]
    )


def _comparisons(op: str, value: Value, text: Expr) -> tuple[Expr, Expr]:
    """What must hold of a number, and of a string."""
    if not isinstance(value, Number):
        fits = _fits(value, text)
        return TRUE, fits if op == "=" else negate(fits)
    number = real(Op.TO_NUMBER, text)
    on_number = predicate(_OPS[op], number, literal(value.value))
    if op in ("=", "!="):
        return on_number, predicate(_OPS[op], text, literal(value.text))
    return on_number, FALSE


def _fits(value: Value, text: Expr) -> Expr:
    if not isinstance(value, Glob):
        assert not isinstance(value, Number)
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
    """What a message must have if one of its fields is `value`."""
    if isinstance(value, Glob):
        return all_of(_contains(chunk) for chunk in value.chunks if chunk)
    if isinstance(value, Number) or value.anchored:
        return TRUE
    return predicate(Op.MATCHES, MESSAGE, literal(value.expression))
