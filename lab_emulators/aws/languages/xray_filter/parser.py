"""Filter expressions: text to a tree, or an error that names the position."""

import json
import re
from dataclasses import dataclass
from typing import Any

from lark import Token

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.xray_filter.check import KEYWORDS, MAX_DEPTH, checked
from lab_emulators.aws.languages.xray_filter.nodes import (
    Annotation,
    EdgeKeyword,
    FilterExpression,
    GroupKeyword,
    KeywordComparison,
    KeywordTest,
    RootCause,
    RootCauseJson,
    Scalar,
    ServiceKeyword,
    ServiceSelector,
)
from lab_emulators.lang.nodes import Node, Not
from lab_emulators.lang.parsing import ExpressionBuilder, Grammar, span_of
from lab_emulators.lang.source import QueryError, Span

MAX_LENGTH = 10_000
_PARTS = {"name": "name", "type": "type", "account.id": "account"}
_PLAIN = re.compile(r'\\(["\\])')


class FilterError(AwsError):
    """An expression that cannot be read: what is wrong, at which character from 1."""

    def __init__(self, message: str, span: Span) -> None:
        self.position = span.start + 1
        super().__init__(
            "InvalidRequestException",
            f"Invalid filter expression: {message} at position {self.position}",
        )


def parse(text: str) -> FilterExpression | None:
    """The tree of `text`, None for blank text, which every trace fulfills.

    Raises FilterError.
    """
    if not text.strip():
        return None
    try:
        if len(text) > MAX_LENGTH:
            end = Span(MAX_LENGTH, len(text))
            raise QueryError(f"longer than {MAX_LENGTH} characters", end)
        return checked(_GRAMMAR.read(text))
    except QueryError as error:
        raise FilterError(error.message, error.span) from None


@dataclass(frozen=True, slots=True)
class _Json:
    """A value of `rootcause.json`, how deep it is nested, and where its text begins."""

    value: Any
    depth: int = 0
    start: int = 0


class _Builder(ExpressionBuilder):
    """Builds the keywords of filter expressions."""

    def any(self, parts: list[Any]) -> Any:
        inner = _without_words(parts)
        return inner[0] if len(inner) == 1 else self.any_of(inner)

    def all(self, parts: list[Any]) -> Any:
        inner = _without_words(parts)
        return inner[0] if len(inner) == 1 else self.all_of(inner)

    def bare(self, parts: list[Token]) -> Any:
        return KeywordTest(_keyword(parts[0]), span=span_of(parts[0]))

    def compare(self, parts: list[Any]) -> Any:
        word, op, value = parts
        return KeywordComparison(_keyword(word), op, value, span=span_of(word))

    def annotation(self, parts: list[Token]) -> Any:
        return Annotation(_key(parts[0]), span=span_of(parts[0]))

    def annotation_compare(self, parts: list[Any]) -> Any:
        word, op, value = parts
        return Annotation(_key(word), op, value, span=span_of(word))

    def group(self, parts: list[Any]) -> Any:
        word, op, value = parts
        span = span_of(word)
        if op not in ("=", "!=") or not isinstance(value, str):
            raise QueryError(f'{word} is compared by = or != to "…"', span)
        return _unless_equal(op, GroupKeyword(value, span=span))

    def service(self, parts: list[Any]) -> Any:
        word, selector, body = parts
        return ServiceKeyword(selector or ServiceSelector(), body, span=span_of(word))

    def edge(self, parts: list[Any]) -> Any:
        word, *ends, body = parts
        source, target = (end or ServiceSelector() for end in ends)
        return EdgeKeyword(source, target, body, span=span_of(word))

    def rootcause(self, parts: list[Any]) -> Any:
        word, body = parts
        _, kind, level = word.lower().split(".")
        return RootCause(kind, level, body, span=span_of(word))

    def rootcause_json(self, parts: list[Any]) -> Any:
        word, op, literal = parts
        span = span_of(word)
        patterns = literal.value if isinstance(literal.value, list) else [literal.value]
        if not patterns or not all(isinstance(p, dict) for p in patterns):
            raise QueryError("rootcause.json takes #[{…}]", span)
        if op not in ("=", "!="):
            raise QueryError("rootcause.json is compared by =", span)
        return _unless_equal(op, RootCauseJson(tuple(patterns), span=span))

    def body(self, parts: list[Any]) -> Any:
        return parts[0]

    def op(self, parts: list[Token]) -> str:
        return parts[0].lower()

    def value(self, parts: list[Token]) -> Scalar:
        token = parts[0]
        match token.type:
            case "STRING":
                return _unquoted(token)
            case "NUMBER":
                return float(token)
            case _:
                return token.lower() == "true"

    def named(self, parts: list[Token]) -> ServiceSelector:
        return ServiceSelector(name=_unquoted(parts[0]))

    def identified(self, parts: list[Any]) -> ServiceSelector:
        members: dict[str, str] = {}
        for word, text in filter(None, parts[1:]):
            name = _PARTS.get(word.lower())
            if name is None or name in members:
                message = "id() takes name, type and account.id, once"
                raise QueryError(message, span_of(word))
            members[name] = _unquoted(text)
        return ServiceSelector(**members)

    def part(self, parts: list[Token]) -> list[Token]:
        return parts

    def json_list(self, parts: list[_Json | None]) -> _Json:
        items = [part for part in parts if part is not None]
        start = items[0].start if items else 0
        return _nested([item.value for item in items], items, start)

    def json_object(self, parts: list[Any]) -> _Json:
        members = [part for part in parts if part is not None]
        values = {_literal(key): item.value for key, item in members}
        start = span_of(members[0][0]).start if members else 0
        return _nested(values, [item for _, item in members], start)

    def member(self, parts: list[Any]) -> list[Any]:
        return parts

    def json_null(self, parts: list[Token]) -> _Json:
        if parts[0] != "null":
            raise QueryError(f"unexpected {str(parts[0])!r}", span_of(parts[0]))
        return _Json(None, start=span_of(parts[0]).start)

    def json_string(self, parts: list[Token]) -> _Json:
        return _Json(_literal(parts[0]), start=span_of(parts[0]).start)

    json_number = json_true = json_false = json_string


_GRAMMAR = Grammar(__file__, _Builder, syntax_first=True)


def _without_words(parts: list[Any]) -> list[Node]:
    """The operands of AND and OR."""
    return [part for part in parts if isinstance(part, Node)]


def _keyword(word: Token) -> str:
    if word.lower() not in KEYWORDS:
        raise QueryError(f"unknown keyword {str(word)!r}", span_of(word))
    return word.lower()


def _key(word: Token) -> str:
    key = word[len("annotation") :]
    return key[1:] if key[0] == "." else key[1:-1].strip().strip('"')


def _unless_equal(op: str, node: Node) -> Node:
    return node if op == "=" else Not(node, span=node.span)


def _unquoted(token: Token) -> str:
    return _PLAIN.sub(r"\1", token[1:-1])


def _nested(value: Any, inner: list[_Json], start: int) -> _Json:
    depth = 1 + max((item.depth for item in inner), default=0)
    if depth > MAX_DEPTH:
        message = f"nested more than {MAX_DEPTH} deep"
        raise QueryError(message, Span(start, start))
    return _Json(value, depth, start)


def _literal(token: Token) -> Any:
    try:
        return json.loads(token.lower() if token.type in ("TRUE", "FALSE") else token)
    except ValueError:
        raise QueryError("not valid JSON", span_of(token)) from None
