"""The calculated-field language: text to a tree.

Grammar after Honeycomb's published validator; see `grammar.lark`. Infix operators
become calls of their function twins, so that `$a < 1` and `LT($a, 1)` are one tree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.spec import Plain

MAX_LENGTH = 4095
MAX_DEPTH = 50
MAX_ARGUMENTS = 400

_COMPARISONS = {"<": "LT", "<=": "LTE", ">": "GT", ">=": "GTE"}
_PRODUCTS = {"*": "MUL", "/": "DIV", "%": "MOD"}
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})"
    r"|U([0-9A-Fa-f]{8})|([0-7]{3})|(.?))",
    re.DOTALL,
)
_LETTERS = dict(zip("abfnrtv\\'\"", "\a\b\f\n\r\t\v\\'\"", strict=True))


@dataclass(frozen=True, slots=True)
class Field:
    """A column, by name."""

    name: str
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; None is `null`."""

    value: Plain | None
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Invocation:
    """A function, its name in upper case, and its arguments."""

    name: str
    args: tuple["Node", ...]
    depth: int


Node = Field | Constant | Invocation


def parse_expression(text: str) -> Node:
    """The tree of `text`; raise `SpecError` (400) saying where it goes wrong."""
    if not text.strip():
        raise SpecError("invalid calculated field: the expression is empty")
    if len(text) > MAX_LENGTH:
        raise SpecError(
            f"invalid calculated field: longer than {MAX_LENGTH} characters"
        )
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise SpecError("invalid calculated field: text must be valid Unicode")
    try:
        node: Any = _parser().parse(text)
    except UnexpectedInput as error:
        _refuse(text, error)
    except VisitError as error:
        raise _cause(error) from None
    return node  # type: ignore[no-any-return]


def invocation(name: str, args: Sequence[Node]) -> Invocation:
    """A call, unless it is too deep or too long to be evaluated."""
    depth = 1 + max((arg.depth for arg in args), default=0)
    if depth > MAX_DEPTH:
        raise SpecError(
            f"invalid calculated field: nested more than {MAX_DEPTH} levels deep"
        )
    if len(args) > MAX_ARGUMENTS:
        raise SpecError(
            f"invalid calculated field: {name} has more than {MAX_ARGUMENTS} arguments"
        )
    return Invocation(name, tuple(args), depth)


class _Builder(Transformer[Token, Node]):
    """Called by the parser from the leaves up, so depth is known at every node."""

    def any(self, parts: list[Node]) -> Node:
        return invocation("OR", parts)

    def all(self, parts: list[Node]) -> Node:
        return invocation("AND", parts)

    def sum(self, parts: list[Node]) -> Node:
        return invocation("SUM", parts)

    def difference(self, parts: list[Node]) -> Node:
        left = parts[0]
        for right in parts[1:]:
            left = invocation("SUB", [left, right])
        return left

    def product(self, parts: list[Any]) -> Node:
        left: Node = parts[0]
        for sign, right in zip(parts[1::2], parts[2::2], strict=True):
            left = invocation(_PRODUCTS[sign], [left, right])
        return left

    def compare(self, parts: list[Any]) -> Node:
        left: Node = parts[0]
        for sign, right in zip(parts[1::2], parts[2::2], strict=True):
            left = invocation(_COMPARISONS[sign], [left, right])
        return left

    def same(self, parts: list[Any]) -> Node:
        left: Node = parts[0]
        for sign, right in zip(parts[1::2], parts[2::2], strict=True):
            equal = invocation("EQUALS", [left, right])
            left = equal if sign == "=" else invocation("NOT", [equal])
        return left

    def negation(self, parts: list[Node]) -> Node:
        return invocation("NOT", parts)

    def call(self, parts: list[Any]) -> Node:
        return invocation(str(parts[0]).upper(), [p for p in parts[1:] if p])

    def column(self, parts: list[Token]) -> Node:
        return Field(str(parts[0])[1:])

    def quoted_column(self, parts: list[Token]) -> Node:
        return Field(_unescaped(str(parts[0])[2:-1], parts[0]))

    def raw_column(self, parts: list[Token]) -> Node:
        return Field(str(parts[0])[2:-1])

    def number(self, parts: list[Token]) -> Node:
        return Constant(_number(str(parts[0])))

    def negative(self, parts: list[Token]) -> Node:
        return Constant(-_number(str(parts[0])))

    def string(self, parts: list[Token]) -> Node:
        return Constant(_unescaped(str(parts[0])[1:-1], parts[0]))

    def raw_string(self, parts: list[Token]) -> Node:
        return Constant(str(parts[0])[1:-1])

    def true(self, parts: list[Token]) -> Node:
        return Constant(value=True)

    def false(self, parts: list[Token]) -> Node:
        return Constant(value=False)

    def null(self, parts: list[Token]) -> Node:
        return Constant(None)


@cache
def _parser() -> Lark:
    return Lark.open(
        "grammar.lark", rel_to=__file__, parser="lalr", transformer=_Builder()
    )


def _number(text: str) -> int | float:
    if text.isdigit() and int(text) < 2**63:
        return int(text)
    number = float(text)
    if number == float("inf"):
        raise SpecError(f"invalid calculated field: number {text[:40]} is too large")
    return number


def _unescaped(text: str, token: Token) -> str:
    def letter(match: re.Match[str]) -> str:
        plain, *codes, octal, _unknown = match.groups()
        if plain:
            return _LETTERS[plain]
        code = next((int(c, 16) for c in codes if c), None)
        code = int(octal, 8) if octal else code
        if code is None or code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise SpecError(
                f"invalid calculated field: unknown escape {match[0]!r} "
                f"in the string at {_place(token)}"
            )
        return chr(code)

    return _ESCAPE.sub(letter, text)


def _place(at: Any) -> str:
    return f"line {at.line} column {at.column}"


def _refuse(text: str, error: UnexpectedInput) -> NoReturn:
    at = error.pos_in_stream or 0
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        where, what = "at the end", "something is missing"
    else:
        where, what = f"at {_place(error)}", f"unexpected {text[at : at + 20]!r}"
    raise SpecError(f"invalid calculated field: {what} {where}") from None


def _cause(error: VisitError) -> SpecError:
    cause = error.orig_exc
    if isinstance(cause, SpecError):
        return cause
    raise cause
