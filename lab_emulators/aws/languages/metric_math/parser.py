"""Metric math as text, read into its tree."""

from functools import cache

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedEOF, UnexpectedInput, UnexpectedToken

from lab_emulators.aws.languages.metric_math.errors import MathError, not_emulated
from lab_emulators.aws.languages.metric_math.nodes import (
    Array,
    Binary,
    Call,
    Name,
    Negative,
    Node,
    Number,
    Text,
)

LONGEST = 2048
_WORDS = {"&&": "AND", "||": "OR"}


def parse(text: str) -> Node:
    """The tree of an expression; raises MathError that says where it fails."""
    if text.strip().upper().startswith("SELECT"):
        raise not_emulated("Metrics Insights (SELECT)")
    if len(text) > LONGEST:
        raise MathError(f"an expression has at most {LONGEST} characters")
    try:
        return _Build().transform(_grammar().parse(text))
    except UnexpectedInput as error:
        raise MathError(_complaint(text, error)) from error
    except RecursionError as error:
        raise MathError("the expression is nested too deeply") from error


@cache
def _grammar() -> Lark:
    return Lark.open(
        "grammar.lark", rel_to=__file__, parser="lalr", maybe_placeholders=False
    )


def _complaint(text: str, error: UnexpectedInput) -> str:
    place = error.pos_in_stream
    if isinstance(error, UnexpectedEOF) or place is None or place >= len(text):
        return "the expression ends too early"
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return "the expression ends too early"
    return f"cannot read {text[place : place + 12]!r} at position {place}"


class _Build(Transformer[Token, Node]):
    def number(self, parts: list[Token]) -> Node:
        return Number(float(parts[0]))

    def text(self, parts: list[Token]) -> Node:
        return Text(str(parts[0])[1:-1])

    def name(self, parts: list[Token]) -> Node:
        return Name(str(parts[0]))

    def call(self, parts: list[Node]) -> Node:
        return Call(str(parts[0]).upper(), tuple(parts[1:]))

    def array(self, parts: list[Node]) -> Node:
        return Array(tuple(parts))

    def binary(self, parts: list[Node]) -> Node:
        left, sign, right = parts
        word = str(sign).upper()
        return Binary(_WORDS.get(word, word), left, right)

    def signed(self, parts: list[Node]) -> Node:
        sign, operand = parts
        return Negative(operand) if str(sign) == "-" else operand
