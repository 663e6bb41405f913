"""RQL queries: text to a tree, or an error that names the part and its place."""

import math
import re
from dataclasses import replace
from functools import cache
from typing import Any, NoReturn

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from lab_emulators.rollbar.languages.rql import nodes
from lab_emulators.rollbar.languages.rql.check import checked
from lab_emulators.rollbar.languages.rql.errors import Misplaced, RqlError
from lab_emulators.rollbar.languages.rql.functions import UNSUPPORTED
from lab_emulators.rollbar.languages.rql.nodes import Span

MAX_LENGTH = 10_000
LONGEST_LIMIT = 15  # digits: what a statement can skip, and more than anybody has
_WORD = re.compile(
    r""""(?:\\.|""|[^"\\])*"|'(?:\\.|''|[^'\\])*'|`[^`]*`"""
    r"|[A-Za-z_][\w.]*|[!<>=]=|<>|\d[\w.]*|\S",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)|''|\"\"", re.DOTALL)
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "0": "\0", "Z": "\x1a"}


def parse(text: str) -> nodes.Query:
    """The query in `text`, checked; raise RqlError for anything else."""
    if len(text) > MAX_LENGTH:
        message = f"the query is longer than {MAX_LENGTH} characters"
        raise RqlError(message, text, Span(MAX_LENGTH, len(text)))
    try:
        return checked(_parsed(text), text)
    except Misplaced as error:
        raise RqlError(error.message, text, error.span) from None


def _parsed(text: str) -> nodes.Query:
    try:
        read: Any = _parser().parse(text)
    except UnexpectedInput as error:
        _refuse(text, error)
    except VisitError as error:
        if isinstance(error.orig_exc, Misplaced):
            raise error.orig_exc from None
        raise
    query: nodes.Query = read
    return query


@cache
def _parser() -> Lark:
    return Lark.open(
        "grammar.lark",
        rel_to=__file__,
        parser="lalr",
        transformer=_Builder(),
        maybe_placeholders=True,
    )


def _refuse(text: str, error: UnexpectedInput) -> NoReturn:
    """Say what stands there that may not, and what RQL does not have."""
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    at = len(text) if ended else (error.pos_in_stream or 0)
    before = [word for word in _WORD.finditer(text) if word.start() <= at]
    for word in reversed(before[-2:]):
        if word[0].lower() in UNSUPPORTED:
            raise Misplaced(UNSUPPORTED[word[0].lower()], Span(*word.span())) from None
    symbol = _WORD.match(text, at)
    if symbol is None:
        raise Misplaced("the query ends too early", Span(at, at)) from None
    raise Misplaced(_reason(symbol[0], before), Span(*symbol.span())) from None


def _reason(symbol: str, before: list[re.Match[str]]) -> str:
    if symbol.lower() == "select" and len(before) > 1:
        return "subqueries are not supported"
    if symbol[0] in "'\"`":
        return "unexpected text" if len(symbol) > 1 else f"unclosed {symbol}"
    if symbol[0].isupper() and not symbol.isupper():
        return f"unexpected {symbol} (a name starts in lowercase or is in backticks)"
    return f"unexpected {symbol}"


def _of(first: Any, last: Any) -> Span:
    """From the beginning of one token or node to the end of another."""
    return Span(_span(first).start, _span(last).end)


def _span(part: Any) -> Span:
    if isinstance(part, Token):
        return Span(part.start_pos or 0, part.end_pos or 0)
    span: Span = part.span
    return span


class _Builder(Transformer[Token, Any]):
    """Called by the parser from the leaves up, so nothing here recurses."""

    def start(self, parts: list[Any]) -> nodes.Query:
        _, selected, _, table, _, where, _, _, groups, _, _, order, limit = parts
        count, skip = limit or (None, 0)
        return nodes.Query(
            _name(table),
            tuple(selected),
            where,
            tuple(groups or ()),
            tuple(order or ()),
            count,
            skip,
            _span(table),
        )

    def everything(self, parts: list[Any]) -> list[Any]:
        return []

    def selection(self, parts: list[Any]) -> list[Any]:
        return parts

    values = keys = selection

    def column(self, parts: list[Any]) -> nodes.Selected:
        value, word, alias = parts
        if word is not None and alias is None:
            raise Misplaced("AS without a name", _span(word))
        span = _of(value, alias or value)
        return nodes.Selected(_name(alias) if alias else "", value, span)

    def key(self, parts: list[Any]) -> nodes.Key:
        value, direction = parts
        descending = direction is not None and direction.type == "DESC"
        return nodes.Key(value, descending, _of(value, direction or value))

    def limit(self, parts: list[Any]) -> tuple[int, int]:
        return _whole(parts[1]), 0

    def skip_limit(self, parts: list[Any]) -> tuple[int, int]:
        return _whole(parts[2]), _whole(parts[1])

    def limit_offset(self, parts: list[Any]) -> tuple[int, int]:
        return _whole(parts[1]), _whole(parts[3])

    def any_of(self, parts: list[Any]) -> nodes.AnyOf:
        return nodes.AnyOf(tuple(parts), _of(parts[0], parts[-1]))

    def all_of(self, parts: list[Any]) -> nodes.AllOf:
        return nodes.AllOf(tuple(parts[::2]), _of(parts[0], parts[-1]))

    def negation(self, parts: list[Any]) -> nodes.Not:
        return nodes.Not(parts[1], _of(*parts))

    def compare(self, parts: list[Any]) -> nodes.Binary:
        left, sign, right = parts
        op = nodes.Op("!=" if sign == "<>" else sign.lower())
        return nodes.Binary(op, left, right, _of(left, right))

    arithmetic = compare

    def like(self, parts: list[Any]) -> Any:
        subject, unless, _, pattern = parts
        if not isinstance(pattern, nodes.Text):
            raise Misplaced("LIKE takes a quoted pattern", _span(pattern))
        found = nodes.Like(subject, pattern.value, _of(subject, pattern))
        return _unless(unless, found)

    def within(self, parts: list[Any]) -> Any:
        subject, unless, _, _, *choices, bracket = parts
        found = nodes.In(subject, tuple(choices), _of(subject, bracket))
        return _unless(unless, found)

    def between(self, parts: list[Any]) -> Any:
        subject, unless, _, low, _, high = parts
        found = nodes.Between(subject, low, high, _of(subject, high))
        return _unless(unless, found)

    def is_(self, parts: list[Any]) -> Any:
        subject, _, unless, word = parts
        what = None if word.type == "NULL" else word.type == "TRUE"
        return _unless(unless, nodes.Is(subject, what, _of(subject, word)))

    def signed(self, parts: list[Any]) -> Any:
        sign, part = parts
        span = _of(sign, part)
        return nodes.Negative(part, span) if sign == "-" else replace(part, span=span)

    def grouped(self, parts: list[Any]) -> Any:
        return replace(parts[1], span=_of(parts[0], parts[2]))

    def call(self, parts: list[Any]) -> nodes.Call:
        name, _, *args, close = parts
        given = tuple(arg for arg in args if arg is not None)
        return nodes.Call(name.lower(), given, _of(name, close))

    def call_star(self, parts: list[Any]) -> nodes.Call:
        name, _, star, close = parts
        return nodes.Call(name.lower(), (nodes.Star(_span(star)),), _of(name, close))

    def field(self, parts: list[Token]) -> nodes.Field:
        return nodes.Field(_name(parts[0]), _span(parts[0]))

    def text(self, parts: list[Token]) -> nodes.Text:
        return nodes.Text(_text(parts[0]), _span(parts[0]))

    def number(self, parts: list[Token]) -> nodes.Number:
        token = parts[0]
        if not math.isfinite(float(token)):
            raise Misplaced("the number is too large", _span(token))
        value = int(token) if token.isdigit() else float(token)
        return nodes.Number(value, _span(token))

    def null(self, parts: list[Token]) -> nodes.Null:
        return nodes.Null(_span(parts[0]))

    def boolean(self, parts: list[Token]) -> nodes.Boolean:
        return nodes.Boolean(parts[0].type == "TRUE", _span(parts[0]))


def _unless(word: Token | None, found: Any) -> Any:
    return nodes.Not(found, found.span) if word else found


def _whole(token: Token) -> int:
    if not token.isdigit():
        raise Misplaced("LIMIT takes whole numbers", _span(token))
    if len(token) > LONGEST_LIMIT:
        raise Misplaced("the number is too large", _span(token))
    return int(token)


def _name(token: Token) -> str:
    name = token.strip("`")
    if token[0] != "`" and name.lower() in UNSUPPORTED:
        raise Misplaced(UNSUPPORTED[name.lower()], _span(token))
    return name


def _text(token: Token) -> str:
    quote = token[0]

    def undone(match: re.Match[str]) -> str:
        letter = match[1]
        if letter is None:
            return quote if match[0] == quote * 2 else match[0]
        return match[0] if letter in "%_" else _CONTROLS.get(letter, letter)

    return _ESCAPE.sub(undone, token[1:-1])
