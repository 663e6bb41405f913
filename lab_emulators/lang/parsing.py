"""Parsing of queries: the one way from a text to a tree that all languages take.

Lark's exceptions end here: a text that leaves its grammar is a `QueryError`, as is a
node that its builder refuses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken

from lab_emulators.lang import nodes
from lab_emulators.lang.source import Position, QueryError, Span, position_of


@dataclass(frozen=True, slots=True)
class Unexpected:
    """The character at which a text leaves its grammar, `len(text)` for its end.

    `expected` are the names of the grammar's terminals that may stand there.
    """

    text: str
    offset: int
    expected: frozenset[str] = frozenset()

    @property
    def ended(self) -> bool:
        """True if the text ends too early."""
        return self.offset >= len(self.text)

    @property
    def position(self) -> Position:
        """The line and column of the character."""
        return position_of(self.text, self.offset)

    def excerpt(self, length: int = 20) -> str:
        """The text from there on, in quotes."""
        return repr(self.text[self.offset : self.offset + length])

    def error(self, message: str) -> QueryError:
        """The error that says `message` of the character."""
        return QueryError(message, Span(self.offset, self.offset + 1))


def unexpected_text(unexpected: Unexpected) -> QueryError:
    """The message of languages whose vendor publishes none."""
    if unexpected.ended:
        return unexpected.error("something is missing")
    return unexpected.error(f"unexpected {unexpected.excerpt()}")


@dataclass(frozen=True)
class Grammar:
    """The file `grammar.lark` beside `module`, opened when it is first needed.

    `builder` makes nodes while the text is read, so that no depth of nesting exhausts
    the stack; without one, `read` gives Lark's own tree. What a builder refuses is
    reported even where the text leaves the grammar further on, unless `syntax_first`.
    """

    module: str
    builder: Callable[[], Transformer[Token, Any]] | None = None
    describe: Callable[[Unexpected], QueryError] = unexpected_text
    starts: Sequence[str] = ("start",)
    syntax_first: bool = False

    def read(self, text: str, start: str | None = None) -> Any:
        """The tree of `text`; raises QueryError."""
        try:
            return self._parsed(self._building, text, start)
        except QueryError:
            if self.syntax_first:
                self._parsed(self._syntax, text, start)
            raise

    def _parsed(self, lark: Lark, text: str, start: str | None) -> Any:
        try:
            return lark.parse(text, start=start)
        except UnexpectedInput as error:
            raise self.describe(_unexpected(text, error)) from None

    @cached_property
    def _building(self) -> Lark:
        return self._opened(self.builder() if self.builder else None)

    @cached_property
    def _syntax(self) -> Lark:
        return self._opened(None)

    def _opened(self, builder: Transformer[Token, Any] | None) -> Lark:
        path = str(Path(self.module).with_name("grammar.lark"))
        starts = list(self.starts)
        return Lark.open(path, parser="lalr", transformer=builder, start=starts)


def _unexpected(text: str, error: UnexpectedInput) -> Unexpected:
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    expected = getattr(error, "allowed", None) or getattr(error, "expected", None)
    at = len(text) if ended else error.pos_in_stream or 0
    return Unexpected(text, at, frozenset(expected or ()))


def span_of(part: Any) -> Span:
    """The characters of a token or a node."""
    if isinstance(part, Token):
        return Span(part.start_pos or 0, part.end_pos or 0)
    span: Span = part.span
    return span


def span_between(first: Any, last: Any) -> Span:
    """The span from the beginning of one token or node to the end of another."""
    return Span(span_of(first).start, span_of(last).end)


class ExpressionBuilder(Transformer[Token, Any]):
    """Builds what expressions of every language have: conditions, signs, brackets.

    Lark calls a method for each rule of its name, from the leaves up.
    """

    def any_of(self, parts: list[Any]) -> Any:
        return nodes.AnyOf(tuple(parts), span=span_between(parts[0], parts[-1]))

    def all_of(self, parts: list[Any]) -> Any:
        return nodes.AllOf(tuple(parts), span=span_between(parts[0], parts[-1]))

    def negation(self, parts: list[Any]) -> Any:
        return nodes.Not(parts[-1], span=span_between(parts[0], parts[-1]))

    def compare(self, parts: list[Any]) -> Any:
        left, op, right = parts
        return nodes.Binary(str(op), left, right, span=span_between(left, right))

    def key(self, parts: list[Any]) -> Any:
        value, direction = parts
        descending = direction is not None and direction.type == "DESC"
        span = span_between(value, direction or value)
        return nodes.SortKey(value, descending, span=span)

    def signed(self, parts: list[Any]) -> Any:
        sign, part = parts
        span = span_between(sign, part)
        if sign == "-":
            return nodes.Negative(part, span=span)
        return replace(part, span=span)

    def grouped(self, parts: list[Any]) -> Any:
        return replace(parts[1], span=span_between(parts[0], parts[2]))

    def call(self, parts: list[Any]) -> Any:
        name, _open, *args, close = parts
        present = tuple(arg for arg in args if arg is not None)
        return nodes.FunctionCall(name.lower(), present, span=span_between(name, close))


def unless(word: Token | None, node: Any) -> Any:
    """The node, or its negation where NOT is written inside it: `x not in [1]`."""
    return nodes.Not(node, span=node.span) if word else node
