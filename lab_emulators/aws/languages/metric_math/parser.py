"""Metric math as text, read into its tree."""

from typing import Any

from lark import Token, Transformer

from lab_emulators.aws.languages.metric_math.check import check_text, checked
from lab_emulators.aws.languages.metric_math.nodes import Array, MathExpression
from lab_emulators.lang.nodes import Binary, Field, FunctionCall, Negative, Number, Text
from lab_emulators.lang.parsing import Grammar, Unexpected
from lab_emulators.lang.source import QueryError

_WORDS = {"&&": "AND", "||": "OR"}


def parse(text: str) -> MathExpression:
    """The tree of an expression; raises QueryError that says where it fails."""
    check_text(text)
    return checked(_GRAMMAR.read(text))


def _describe(unexpected: Unexpected) -> QueryError:
    """Names what cannot be read, and its position from 0."""
    if unexpected.ended:
        return unexpected.error("the expression ends too early")
    where = f"{unexpected.excerpt(12)} at position {unexpected.offset}"
    return unexpected.error(f"cannot read {where}")


class _Builder(Transformer[Token, MathExpression]):
    def number(self, parts: list[Token]) -> MathExpression:
        return Number(float(parts[0]))

    def text(self, parts: list[Token]) -> MathExpression:
        return Text(str(parts[0])[1:-1])

    def name(self, parts: list[Token]) -> MathExpression:
        return Field(str(parts[0]))

    def call(self, parts: list[Any]) -> MathExpression:
        name, *args = parts
        return FunctionCall(name.upper(), tuple(arg for arg in args if arg is not None))

    def array(self, parts: list[MathExpression]) -> MathExpression:
        return Array(tuple(parts))

    def binary(self, parts: list[Any]) -> MathExpression:
        left, sign, right = parts
        word = str(sign).upper()
        return Binary(_WORDS.get(word, word), left, right)

    def signed(self, parts: list[Any]) -> MathExpression:
        sign, part = parts
        return Negative(part) if sign == "-" else part


_GRAMMAR = Grammar(__file__, _Builder, _describe)
