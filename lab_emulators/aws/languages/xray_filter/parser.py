"""Filter expressions: text to a tree, or an error that names the place."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, NoReturn

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.xray_filter.nodes import (
    ALLOWED,
    BOOLEANS,
    NUMBERS,
    STRINGS,
    AllOf,
    Annotation,
    AnyOf,
    Compare,
    Edge,
    Expression,
    Group,
    Is,
    Not,
    RootCause,
    RootCauseJson,
    Scalar,
    Selector,
    Service,
    Where,
)

MAX_LENGTH = 10_000
MAX_DEPTH = 50
NUMBER_OPS = ("=", "!=", "<", "<=", ">", ">=")
TEXT_OPS = ("=", "!=", "contains", "beginswith", "endswith")
_PARTS = {"name": "name", "type": "type", "account.id": "account"}


class FilterError(AwsError):
    """An expression that cannot be read: what is wrong, at which character from 1."""

    def __init__(self, message: str, position: int) -> None:
        self.position = position + 1
        super().__init__(
            "InvalidRequestException",
            f"Invalid filter expression: {message} at position {self.position}",
        )


def parse(text: str) -> Expression | None:
    """The tree of `text`, None for blank text, which every trace fulfills.

    Raises FilterError.
    """
    if not text.strip():
        return None
    if len(text) > MAX_LENGTH:
        raise FilterError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as error:
        _refuse(text, error)
    return _Reader(Where.TRACE).expression(tree)


@cache
def _parser() -> Lark:
    return Lark.open("grammar.lark", rel_to=__file__, parser="lalr")


def _refuse(text: str, error: UnexpectedInput) -> NoReturn:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        raise FilterError("something is missing", len(text)) from None
    at = error.pos_in_stream or 0
    raise FilterError(f"unexpected {text[at : at + 20]!r}", at) from None


class _Reader:
    """Turns the parser's tree into ours, for one place the expression speaks of."""

    def __init__(self, where: Where, depth: int = 0) -> None:
        self._where = where
        self._depth = depth

    def expression(self, tree: Tree[Token]) -> Expression:
        tree = _bared(tree)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterError(f"nested more than {MAX_DEPTH} deep", _place(tree))
        read: Callable[[list[Any]], Expression] = getattr(self, f"_{tree.data}")
        found = read(tree.children)
        self._depth -= 1
        return found

    def _any(self, parts: list[Any]) -> Expression:
        return AnyOf(tuple(map(self.expression, _trees(parts))))

    def _all(self, parts: list[Any]) -> Expression:
        return AllOf(tuple(map(self.expression, _trees(parts))))

    def _negation(self, parts: list[Any]) -> Expression:
        return Not(self.expression(parts[-1]))

    def _bare(self, parts: list[Any]) -> Expression:
        return Is(self._keyword(parts[0]))

    def _compare(self, parts: list[Any]) -> Expression:
        word, op, value = parts[0], _op(parts[1]), _value(parts[2])
        keyword = self._keyword(word)
        _check_types(word, keyword, op, value)
        return Compare(keyword, op, value)

    def _annotation(self, parts: list[Any]) -> Expression:
        return Annotation(self._key(parts[0]))

    def _annotation_compare(self, parts: list[Any]) -> Expression:
        op, value = _op(parts[1]), _value(parts[2])
        if op not in _ops_for(value):
            raise FilterError(f"{op} cannot compare {_kind(value)}", parts[0].start_pos)
        return Annotation(self._key(parts[0]), op, value)

    def _group(self, parts: list[Any]) -> Expression:
        word, op, value = parts[0], _op(parts[1]), _value(parts[2])
        self._only_of_traces(word)
        if op not in ("=", "!=") or not isinstance(value, str):
            raise FilterError(f'{word} is compared by = or != to "…"', word.start_pos)
        group = Group(value, word.start_pos)
        return group if op == "=" else Not(group)

    def _service(self, parts: list[Any]) -> Expression:
        word, chosen, body = parts
        self._only_of_traces(word)
        return Service(_selector(chosen), self._body(body, Where.NODE))

    def _edge(self, parts: list[Any]) -> Expression:
        word, source, target, body = parts
        self._only_of_traces(word)
        ends = _selector(source), _selector(target)
        return Edge(*ends, self._body(body, Where.NODE))

    def _rootcause(self, parts: list[Any]) -> Expression:
        word, body = parts
        self._only_of_traces(word)
        _, kind, level = word.lower().split(".")
        where = _LEVELS[level]
        if (kind, level) == ("responsetime", "entity"):
            where = Where.COVERED
        if (kind, level) == ("responsetime", "exception"):
            raise FilterError("response times have no exceptions", word.start_pos)
        return RootCause(kind, level, self._body(body, where))

    def _rootcause_json(self, parts: list[Any]) -> Expression:
        word, op, value = parts
        self._only_of_traces(word)
        found = _json(value)
        patterns = found if isinstance(found, list) else [found]
        if not patterns or not all(isinstance(p, dict) for p in patterns):
            raise FilterError("rootcause.json takes #[{…}]", word.start_pos)
        if _op(op) not in ("=", "!="):
            raise FilterError("rootcause.json is compared by =", word.start_pos)
        exact = RootCauseJson(tuple(patterns))
        return exact if _op(op) == "=" else Not(exact)

    def _body(self, body: Tree[Token] | None, where: Where) -> Expression | None:
        if body is None:
            return None
        inner: Any = body.children[0]
        return _Reader(where, self._depth).expression(inner)

    def _key(self, word: Token) -> str:
        self._only_of_traces(word)
        key = word[len("annotation") :]
        return key[1:] if key[0] == "." else key[1:-1].strip().strip('"')

    def _keyword(self, word: Token) -> str:
        keyword = word.lower()
        if keyword not in BOOLEANS | NUMBERS | STRINGS:
            raise FilterError(f"unknown keyword {str(word)!r}", word.start_pos or 0)
        if keyword not in ALLOWED[self._where]:
            message = f"{keyword} says nothing about {self._where}"
            raise FilterError(message, word.start_pos or 0)
        return keyword

    def _only_of_traces(self, word: Token) -> None:
        if self._where is not Where.TRACE:
            name = word.split(".")[0].split("[")[0].lower()
            message = f"{name} cannot be used inside {self._where}"
            raise FilterError(message, word.start_pos or 0)


_LEVELS = {
    "service": Where.SERVICE,
    "entity": Where.ENTITY,
    "exception": Where.EXCEPTION,
}


def _op(tree: Tree[Token]) -> str:
    return str(tree.children[0]).lower()


def _value(tree: Tree[Token]) -> Scalar:
    token: Any = tree.children[0]
    match token.type:
        case "STRING":
            return _PLAIN.sub(r"\1", token[1:-1])
        case "NUMBER":
            return float(token)
        case _:
            return bool(token.lower() == "true")


_PLAIN = re.compile(r'\\(["\\])')


def _kind(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true and false"
    return "texts" if isinstance(value, str) else "numbers"


def _ops_for(value: Scalar) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("=", "!=")
    return TEXT_OPS if isinstance(value, str) else NUMBER_OPS


def _check_types(word: Token, keyword: str, op: str, value: Scalar) -> None:
    at = word.start_pos or 0
    if keyword in BOOLEANS:
        fits, wanted = isinstance(value, bool), "true or false"
    elif keyword in NUMBERS:
        fits = isinstance(value, float)
        wanted = "a number"
    else:
        fits, wanted = isinstance(value, str), 'a text in "…"'
    if not fits:
        raise FilterError(f"{keyword} is compared to {wanted}", at)
    if op not in _ops_for(value):
        raise FilterError(f"{op} cannot compare {_kind(value)}", at)


def _selector(tree: Tree[Token] | None) -> Selector:
    if tree is None:
        return Selector()
    if tree.data == "named":
        return Selector(name=str(_value(tree)))
    found: dict[str, str] = {}
    for part in tree.children[1:]:
        if isinstance(part, Tree):
            word, text = part.children
            name = _PARTS.get(str(word).lower())
            if name is None or name in found:
                at = getattr(word, "start_pos", 0)
                raise FilterError("id() takes name, type and account.id, once", at)
            found[name] = _PLAIN.sub(r"\1", str(text)[1:-1])
    return Selector(**found)


def _json(tree: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise FilterError(f"nested more than {MAX_DEPTH} deep", _place(tree))
    kind, parts = tree.data, tree.children
    match kind:
        case "json_list":
            return [_json(part, depth + 1) for part in parts if part is not None]
        case "json_object":
            members = [part.children for part in parts if part is not None]
            return {_literal(key): _json(value, depth + 1) for key, value in members}
        case "json_null":
            if parts[0] != "null":
                raise FilterError(f"unexpected {str(parts[0])!r}", parts[0].start_pos)
            return None
        case _:
            return _literal(parts[0])


def _literal(token: Token) -> Any:
    try:
        return json.loads(token.lower() if token.type in ("TRUE", "FALSE") else token)
    except ValueError:
        raise FilterError("not valid JSON", token.start_pos or 0) from None


def _trees(parts: list[Any]) -> list[Tree[Token]]:
    """What AND and OR stand between."""
    return [part for part in parts if isinstance(part, Tree)]


def _bared(tree: Tree[Token]) -> Tree[Token]:
    """Without the brackets around it."""
    while tree.data in ("any", "all") and len(inner := _trees(tree.children)) == 1:
        tree = inner[0]
    return tree


def _place(tree: Tree[Token]) -> int:
    """Where the first word of it stands."""
    found: Any = tree
    while isinstance(found, Tree):
        found = next((part for part in found.children if part is not None), None)
    return found.start_pos if found is not None else 0
