"""The calculated-field language: text to a tree.

Grammar after Honeycomb's published validator; see `grammar.lark`.
"""

import re
from collections.abc import Sequence
from typing import Any

from lark import Token, Transformer

from lab_emulators.honeycomb.languages.calculated_field.check import checked
from lab_emulators.honeycomb.languages.calculated_field.nodes import (
    Constant,
    FieldExpression,
)
from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.lang.nodes import Field, FunctionCall
from lab_emulators.lang.parsing import Grammar, Unexpected, span_of, unexpected_text
from lab_emulators.lang.source import QueryError

MAX_LENGTH = 4095

_COMPARISONS = {"<": "LT", "<=": "LTE", ">": "GT", ">=": "GTE"}
_PRODUCTS = {"*": "MUL", "/": "DIV", "%": "MOD"}
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})"
    r"|U([0-9A-Fa-f]{8})|([0-7]{3})|(.?))",
    re.DOTALL,
)
_LETTERS = dict(zip("abfnrtv\\'\"", "\a\b\f\n\r\t\v\\'\"", strict=True))


def parse_expression(text: str) -> FieldExpression:
    """The tree of `text`; raises `SpecError` (400) saying where it goes wrong."""
    try:
        if not text.strip():
            raise QueryError("the expression is empty")
        if len(text) > MAX_LENGTH:
            raise QueryError(f"longer than {MAX_LENGTH} characters")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise QueryError("text must be valid Unicode")
        return checked(_GRAMMAR.read(text))
    except QueryError as error:
        raise SpecError(f"invalid calculated field: {error.message}") from None


def _describe(unexpected: Unexpected) -> QueryError:
    error = unexpected_text(unexpected)
    line, column = unexpected.position
    where = "the end" if unexpected.ended else f"line {line} column {column}"
    return unexpected.error(f"{error.message} at {where}")


class _Builder(Transformer[Token, FieldExpression]):
    """Builds calls of infix operators and functions."""

    def any(self, parts: list[FieldExpression]) -> FieldExpression:
        return _call("OR", parts)

    def all(self, parts: list[FieldExpression]) -> FieldExpression:
        return _call("AND", parts)

    def sum(self, parts: list[FieldExpression]) -> FieldExpression:
        return _call("SUM", parts)

    def difference(self, parts: list[FieldExpression]) -> FieldExpression:
        left = parts[0]
        for right in parts[1:]:
            left = _call("SUB", [left, right])
        return left

    def product(self, parts: list[Any]) -> FieldExpression:
        left: FieldExpression = parts[0]
        for sign, right in zip(parts[1::2], parts[2::2], strict=True):
            left = _call(_PRODUCTS[sign], [left, right])
        return left

    def compare(self, parts: list[Any]) -> FieldExpression:
        left: FieldExpression = parts[0]
        for sign, right in zip(parts[1::2], parts[2::2], strict=True):
            left = _call(_COMPARISONS[sign], [left, right])
        return left

    def same(self, parts: list[Any]) -> FieldExpression:
        left: FieldExpression = parts[0]
        for sign, right in zip(parts[1::2], parts[2::2], strict=True):
            equal = _call("EQUALS", [left, right])
            left = equal if sign == "=" else _call("NOT", [equal])
        return left

    def negation(self, parts: list[FieldExpression]) -> FieldExpression:
        return _call("NOT", parts)

    def call(self, parts: list[Any]) -> FieldExpression:
        name, *args = parts
        return _call(name.upper(), [arg for arg in args if arg is not None])

    def column(self, parts: list[Token]) -> FieldExpression:
        return Field(str(parts[0])[1:])

    def quoted_column(self, parts: list[Token]) -> FieldExpression:
        return Field(_unescaped(str(parts[0])[2:-1], parts[0]))

    def raw_column(self, parts: list[Token]) -> FieldExpression:
        return Field(str(parts[0])[2:-1])

    def number(self, parts: list[Token]) -> FieldExpression:
        return Constant(_number(str(parts[0])))

    def negative(self, parts: list[Token]) -> FieldExpression:
        return Constant(-_number(str(parts[0])))

    def string(self, parts: list[Token]) -> FieldExpression:
        return Constant(_unescaped(str(parts[0])[1:-1], parts[0]))

    def raw_string(self, parts: list[Token]) -> FieldExpression:
        return Constant(str(parts[0])[1:-1])

    def true(self, parts: list[Token]) -> FieldExpression:
        return Constant(value=True)

    def false(self, parts: list[Token]) -> FieldExpression:
        return Constant(value=False)

    def null(self, parts: list[Token]) -> FieldExpression:
        return Constant(None)


_GRAMMAR = Grammar(__file__, _Builder, _describe)


def _call(name: str, args: Sequence[FieldExpression]) -> FieldExpression:
    return FunctionCall(name, tuple(args))


def _number(text: str) -> int | float:
    if text.isdigit() and int(text) < 2**63:
        return int(text)
    number = float(text)
    if number == float("inf"):
        raise QueryError(f"number {text[:40]} is too large")
    return number


def _unescaped(text: str, token: Token) -> str:
    def letter(match: re.Match[str]) -> str:
        plain, *codes, octal, _unknown = match.groups()
        if plain:
            return _LETTERS[plain]
        code = next((int(c, 16) for c in codes if c), None)
        code = int(octal, 8) if octal else code
        if code is None or code > 0x10FFFF or 0xD800 <= code < 0xE000:
            where = f"line {token.line} column {token.column}"
            message = f"unknown escape {match[0]!r} in the string at {where}"
            raise QueryError(message, span_of(token))
        return chr(code)

    return _ESCAPE.sub(letter, text)
