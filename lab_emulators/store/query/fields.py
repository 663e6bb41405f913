"""Fields inside a column of JSON text: expressions that read them.

What is not a JSON object has no fields, and reading it is never an error.
"""

from collections.abc import Sequence
from enum import StrEnum

from lab_emulators.store.query.expr import Expr, Op, literal, predicate, text

Path = Sequence[str]
"""Keys from the document inward; a number is an index where there is an array."""


class JsonKind(StrEnum):
    """The types of a JSON value."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    ARRAY = "array"
    OBJECT = "object"


# what DuckDB calls them
_NAMES = {
    JsonKind.STRING: ("VARCHAR",),
    JsonKind.NUMBER: ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"),
    JsonKind.BOOLEAN: ("BOOLEAN",),
    JsonKind.NULL: ("NULL",),
    JsonKind.ARRAY: ("ARRAY",),
    JsonKind.OBJECT: ("OBJECT",),
}


def json_text(document: Expr, *paths: Path) -> Expr:
    """The first value that is there and not JSON's null, as text.

    Strings come without quotes, everything else as its JSON. Of a key that an object
    has twice the first one counts.
    """
    return text(Op.JSON_TEXT, document, *map(_located, paths))


def json_scalar(document: Expr, *paths: Path) -> Expr:
    """The first string, number or boolean, as text; true and false are 1 and 0."""
    return text(Op.JSON_SCALAR, document, *map(_located, paths))


def json_is(document: Expr, kind: JsonKind, *paths: Path) -> Expr:
    """Condition that the first value there has that type; null without a value."""
    kind_name = text(Op.JSON_KIND, document, *map(_located, paths))
    return predicate(Op.IS_IN, kind_name, *map(literal, _NAMES[kind]))


def json_has(document: Expr, *paths: Path) -> Expr:
    """Condition that one of the paths leads to a value, be it JSON's null."""
    kind_name = text(Op.JSON_KIND, document, *map(_located, paths))
    return predicate(Op.PRESENT, kind_name)


def json_pointer(path: Path) -> str:
    """The JSON Pointer (RFC 6901) of a path."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def _located(path: Path) -> Expr:
    return literal(json_pointer(path))
