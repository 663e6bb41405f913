"""RQL queries: text to a tree, or an error that names the part and its position."""

import math
import re
from typing import Any

from lark import Token

from lab_emulators.lang import nodes
from lab_emulators.lang.parsing import (
    ExpressionBuilder,
    Grammar,
    Unexpected,
    span_between,
    span_of,
    unless,
)
from lab_emulators.lang.source import LocatedError, QueryError, Span
from lab_emulators.rollbar.languages.rql import nodes as tree
from lab_emulators.rollbar.languages.rql.check import checked
from lab_emulators.rollbar.languages.rql.functions import UNSUPPORTED

MAX_LENGTH = 10_000
LONGEST_LIMIT = 15  # digits: what a statement can skip, and more than anybody has
_WORD = re.compile(
    r""""(?:\\.|""|[^"\\])*"|'(?:\\.|''|[^'\\])*'|`[^`]*`"""
    r"|[A-Za-z_][\w.]*|[!<>=]=|<>|\d[\w.]*|\S",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)|''|\"\"", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "0": "\0", "Z": "\x1a"}


class RqlError(LocatedError):
    """A query that cannot be run: a sentence and the characters it is about.

    The wording is ours: Rollbar publishes none.
    """


def parse(text: str) -> tree.RqlQuery:
    """The query in `text`, checked; raise RqlError for anything else."""
    try:
        if len(text) > MAX_LENGTH:
            message = f"the query is longer than {MAX_LENGTH} characters"
            raise QueryError(message, Span(MAX_LENGTH, len(text)))
        return checked(_GRAMMAR.read(text), text)
    except QueryError as error:
        raise RqlError(error.message, text, error.span) from None


def _describe(unexpected: Unexpected) -> QueryError:
    """Names the token that may not stand there, or what RQL does not have."""
    text, at = unexpected.text, unexpected.offset
    before = [word for word in _WORD.finditer(text) if word.start() <= at]
    for word in reversed(before[-2:]):
        if word[0].lower() in UNSUPPORTED:
            return QueryError(UNSUPPORTED[word[0].lower()], Span(*word.span()))
    symbol = _WORD.match(text, at)
    if symbol is None:
        return QueryError("the query ends too early", Span(at, at))
    return QueryError(_reason(symbol[0], before), Span(*symbol.span()))


def _reason(symbol: str, before: list[re.Match[str]]) -> str:
    if symbol.lower() == "select" and len(before) > 1:
        return "subqueries are not supported"
    if symbol[0] in "'\"`":
        return "unexpected text" if len(symbol) > 1 else f"unclosed {symbol}"
    if symbol[0].isupper() and not symbol.isupper():
        return f"unexpected {symbol} (a name starts in lowercase or is in backticks)"
    return f"unexpected {symbol}"


class _Builder(ExpressionBuilder):
    """Builds the clauses of SELECT."""

    def start(self, parts: list[Any]) -> tree.RqlQuery:
        _, selected, _, table, _, where, _, _, groups, _, _, order, limit = parts
        count, skip = limit or (None, 0)
        return tree.RqlQuery(
            _name(table),
            tuple(selected),
            where,
            tuple(groups or ()),
            tuple(order or ()),
            count,
            skip,
            span_of(table),
        )

    def everything(self, parts: list[Any]) -> list[Any]:
        return []

    def selection(self, parts: list[Any]) -> list[Any]:
        return parts

    values = keys = selection

    def column(self, parts: list[Any]) -> tree.ResultColumn:
        value, word, alias = parts
        if word is not None and alias is None:
            raise QueryError("AS without a name", span_of(word))
        span = span_between(value, alias or value)
        return tree.ResultColumn(_name(alias) if alias else "", value, span=span)

    def limit(self, parts: list[Any]) -> tuple[int, int]:
        return _whole(parts[1]), 0

    def skip_limit(self, parts: list[Any]) -> tuple[int, int]:
        return _whole(parts[2]), _whole(parts[1])

    def limit_offset(self, parts: list[Any]) -> tuple[int, int]:
        return _whole(parts[1]), _whole(parts[3])

    def all_of(self, parts: list[Any]) -> Any:
        return super().all_of(parts[::2])

    def compare(self, parts: list[Any]) -> Any:
        left, sign, right = parts
        return super().compare([left, "!=" if sign == "<>" else sign.lower(), right])

    arithmetic = compare

    def like(self, parts: list[Any]) -> Any:
        subject, negated, _, pattern = parts
        if not isinstance(pattern, nodes.Text):
            raise QueryError("LIKE takes a quoted pattern", span_of(pattern))
        span = span_between(subject, pattern)
        return unless(negated, tree.Like(subject, pattern.value, span=span))

    def within(self, parts: list[Any]) -> Any:
        subject, negated, _, _, *choices, bracket = parts
        span = span_between(subject, bracket)
        return unless(negated, nodes.In(subject, tuple(choices), span=span))

    def between(self, parts: list[Any]) -> Any:
        subject, negated, _, low, _, high = parts
        span = span_between(subject, high)
        return unless(negated, tree.RangeTest(subject, low, high, span=span))

    def is_(self, parts: list[Any]) -> Any:
        subject, _, negated, word = parts
        what = None if word.type == "NULL" else word.type == "TRUE"
        span = span_between(subject, word)
        return unless(negated, tree.IsTest(subject, what, span=span))

    def call_star(self, parts: list[Any]) -> Any:
        name, bracket, star, close = parts
        return self.call([name, bracket, nodes.Star(span=span_of(star)), close])

    def field(self, parts: list[Token]) -> nodes.Field:
        return nodes.Field(_name(parts[0]), span=span_of(parts[0]))

    def text(self, parts: list[Token]) -> nodes.Text:
        return nodes.Text(_text(parts[0]), span=span_of(parts[0]))

    def number(self, parts: list[Token]) -> nodes.Number:
        token = parts[0]
        if not math.isfinite(float(token)):
            raise QueryError("the number is too large", span_of(token))
        value = int(token) if token.isdigit() else float(token)
        return nodes.Number(value, span=span_of(token))

    def null(self, parts: list[Token]) -> tree.Null:
        return tree.Null(span=span_of(parts[0]))

    def boolean(self, parts: list[Token]) -> nodes.Boolean:
        return nodes.Boolean(parts[0].type == "TRUE", span=span_of(parts[0]))


_GRAMMAR = Grammar(__file__, _Builder, _describe)


def _whole(token: Token) -> int:
    if not token.isdigit():
        raise QueryError("LIMIT takes whole numbers", span_of(token))
    if len(token) > LONGEST_LIMIT:
        raise QueryError("the number is too large", span_of(token))
    return int(token)


def _name(token: Token) -> str:
    name = token.strip("`")
    if token[0] != "`" and name.lower() in UNSUPPORTED:
        raise QueryError(UNSUPPORTED[name.lower()], span_of(token))
    return name


def _text(token: Token) -> str:
    quote = token[0]

    def undone(match: re.Match[str]) -> str:
        letter = match[1]
        if letter is None:
            return quote if match[0] == quote * 2 else match[0]
        return match[0] if letter in "%_" else _CONTROLS.get(letter, letter)

    return _ESCAPE.sub(undone, token[1:-1])
