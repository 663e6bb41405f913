"""Text of a filter pattern to its tree, or an error that names the position."""

import re
from dataclasses import replace
from typing import Any

from lark import Token, Transformer

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.filter_pattern.check import MAX_LENGTH, checked
from lab_emulators.aws.languages.filter_pattern.nodes import (
    Compare,
    Document,
    FieldName,
    Glob,
    IsConstant,
    Line,
    LineField,
    NotExists,
    NumberLiteral,
    Regex,
    Selector,
    Terms,
    Tree,
    Value,
    number_of,
)
from lab_emulators.aws.languages.filter_pattern.regexes import read_regex
from lab_emulators.aws.languages.filter_pattern.selectors import read_selector
from lab_emulators.lang.nodes import AllOf, AnyOf, Node, walk
from lab_emulators.lang.parsing import Grammar, Unexpected, span_of, unexpected_text
from lab_emulators.lang.source import QueryError, Span

_ESCAPED = re.compile(r'\\(["\\])')
_GLOB_PART = re.compile(r'\\(?P<plain>["\\*])|(?P<any>\*+)|(?P<text>[^\\*]+|\\)')
_BARE = re.compile(r"[A-Za-z0-9_.*]+")
_INVALID = re.compile(r"[^A-Za-z0-9_\s]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONSTANTS = {"NULL": None, "TRUE": True, "FALSE": False}


class PatternError(AwsError):
    """A pattern that cannot be read: what is wrong, at which character from 1.

    `reason` says that much without the words AWS begins with, which differ: a metric
    filter's pattern is an "Invalid metric filter pattern", a search's an "Invalid
    filter pattern".
    """

    def __init__(self, message: str, span: Span) -> None:
        self.position = span.start + 1
        self.reason = f"{message} at position {self.position}"
        super().__init__(
            "InvalidParameterException", f"Invalid metric filter pattern: {self.reason}"
        )


def parse(text: str) -> Tree:
    """The tree of `text`; raises PatternError."""
    try:
        if len(text) > MAX_LENGTH:
            end = Span(MAX_LENGTH, len(text))
            raise QueryError(f"longer than {MAX_LENGTH} characters", end)
        if odd := _SURROGATE.search(text):
            raise QueryError("an unpaired surrogate", Span(*odd.span()))
        return checked(_GRAMMAR.read(text, _start(text)))
    except QueryError as error:
        raise PatternError(error.message, error.span) from None


def _start(text: str) -> str:
    """The rule of the grammar for one of the three languages."""
    return {"{": "document", "[": "line"}.get(text.lstrip(" \t\r\n")[:1], "terms")


def _describe(unexpected: Unexpected) -> QueryError:
    if unexpected.ended or _start(unexpected.text) != "terms":
        return unexpected_text(unexpected)
    return _invalid(unexpected.text, unexpected.offset)


def _invalid(text: str, begin: int, offset: int = 0) -> QueryError:
    """The refusal of what may not stand in a term without quotes, in AWS's words."""
    match = _INVALID.search(text, begin)
    run, at = (match[0], match.start()) if match else (text[begin:], begin)
    span = Span(offset + at, offset + at + len(run))
    return QueryError(f"Invalid character(s) in term {run!r}", span)


class _Builder(Transformer[Token, Any]):
    """Builds the trees of the three languages."""

    def terms(self, parts: list[Any]) -> Terms:
        groups: dict[str, list[str]] = {"included": [], "excluded": [], "optional": []}
        for kind, value in parts:
            if kind == "regex":
                return _alone(parts, value)
            groups[kind].append(value)
        included, excluded, optional = (tuple(texts) for texts in groups.values())
        return Terms(included, excluded, optional)

    def included(self, parts: list[str]) -> tuple[str, str]:
        return "included", parts[0]

    def excluded(self, parts: list[str]) -> tuple[str, str]:
        return "excluded", parts[0]

    def optional(self, parts: list[str]) -> tuple[str, str]:
        return "optional", parts[1]

    def regex_term(self, parts: list[Token]) -> tuple[str, Token]:
        return "regex", parts[0]

    def term(self, parts: list[Token]) -> str:
        token = parts[0]
        if token == '""':
            raise _invalid(token, 0, token.start_pos or 0)
        if token.type == "PHRASE":
            return _ESCAPED.sub(r"\1", token[1:-1])
        return str(token)

    def document(self, parts: list[Any]) -> Document:
        return Document(parts[0])

    def any(self, parts: list[Any]) -> Any:
        return AnyOf(tuple(parts))

    def all(self, parts: list[Any]) -> Any:
        return AllOf(tuple(parts))

    field_any, field_all = any, all

    def compare(self, parts: list[Any]) -> Compare:
        selector, op, value = parts
        return Compare(_selector(selector), str(op), value)

    def is_what(self, parts: list[Token]) -> IsConstant:
        return IsConstant(_selector(parts[0]), _CONSTANTS[parts[1]])

    def not_exists(self, parts: list[Token]) -> NotExists:
        return NotExists(_selector(parts[0]))

    def compare_field(self, parts: list[Any]) -> Compare:
        name, op, value = parts
        return Compare(FieldName(str(name), span=span_of(name)), str(op), value)

    def value(self, parts: list[Token]) -> Value:
        token = parts[0]
        if token.type == "REGEX":
            return _regex(token)
        if token.type == "STRING":
            return _glob(token[1:-1], token)
        return _bare(token)

    def line(self, parts: list[Any]) -> Line:
        dots = [i for i, cell in enumerate(parts) if isinstance(cell, Token)]
        if len(dots) > 1:
            raise QueryError("... may stand only once", span_of(parts[dots[1]]))
        if parts == [LineField()]:
            return Line((), ())
        if not dots:
            return Line(tuple(parts), None)
        return Line(tuple(parts[: dots[0]]), tuple(parts[dots[0] + 1 :]))

    def unnamed(self, parts: list[Token]) -> LineField:
        return LineField()

    def ellipsis(self, parts: list[Token]) -> Token:
        return parts[0]

    def named(self, parts: list[Token]) -> LineField:
        return LineField(str(parts[0]), span=span_of(parts[0]))

    def conditional(self, parts: list[Node]) -> LineField:
        condition: Any = parts[0]
        name = next(node for node in walk(parts[0]) if isinstance(node, FieldName))
        return LineField(name.text, condition, span=name.span)


_GRAMMAR = Grammar(
    __file__,
    _Builder,
    _describe,
    starts=("terms", "document", "line"),
    syntax_first=True,
)


def _alone(clauses: list[Any], token: Token) -> Terms:
    if len(clauses) > 1:
        message = "a regular expression stands alone, not among terms"
        raise QueryError(message, span_of(token))
    return Terms(regex=_regex(token))


def _selector(token: Token) -> Selector:
    return read_selector(token, token.start_pos or 0)


def _regex(token: Token) -> Regex:
    regex = read_regex(token[1:-1], (token.start_pos or 0) + 1)
    return replace(regex, span=span_of(token))


def _bare(token: Token) -> Value:
    value = number_of(token)
    if value is not None:
        return NumberLiteral(value, str(token), span=span_of(token))
    if _BARE.fullmatch(token) is None:
        at = next(i for i, c in enumerate(token) if not _BARE.fullmatch(c))
        raise _invalid(token, at, token.start_pos or 0)
    return _glob(token, token)


def _glob(text: str, token: Token) -> Glob:
    chunks = [""]
    for part in _GLOB_PART.finditer(text):
        if part["any"]:
            chunks.append("")
        else:
            chunks[-1] += part["plain"] or part["text"]
    return Glob(tuple(chunks), span=span_of(token))
