"""Text of a filter pattern to its tree, or an error that names the place."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NoReturn

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from lab_emulators.aws.languages.filter_pattern.errors import PatternError
from lab_emulators.aws.languages.filter_pattern.nodes import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Document,
    Every,
    Field,
    Glob,
    Is,
    Line,
    Name,
    NotExists,
    Number,
    Regex,
    Selector,
    Terms,
    Value,
)
from lab_emulators.aws.languages.filter_pattern.nodes import Tree as Pattern
from lab_emulators.aws.languages.filter_pattern.numbers import number_of
from lab_emulators.aws.languages.filter_pattern.regexes import read_regex
from lab_emulators.aws.languages.filter_pattern.selectors import read_selector

MAX_LENGTH = 1024
"""Characters of a filter pattern (API reference, PutMetricFilter)."""
MAX_REGEXES = 2
"""Regular expressions of one pattern for JSON or lines (user guide, quotas)."""
MAX_WILDCARDS = 3
"""Selectors with a wildcard in one pattern (user guide, quotas)."""

_ESCAPED = re.compile(r'\\(["\\])')
_GLOB_PART = re.compile(r'\\(?P<plain>["\\*])|(?P<any>\*+)|(?P<text>[^\\*]+|\\)')
_BARE = re.compile(r"[A-Za-z0-9_.*]+")
_INVALID = re.compile(r"[^A-Za-z0-9_\s]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_IS = {"NULL": None, "TRUE": True, "FALSE": False}


def parse(text: str) -> Pattern:
    """The tree of `text`; raises PatternError."""
    if len(text) > MAX_LENGTH:
        raise PatternError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    if odd := _SURROGATE.search(text):
        raise PatternError("half a character", odd.start())
    start = {"{": "document", "[": "line"}.get(text.lstrip(" \t\r\n")[:1], "terms")
    try:
        tree: Any = _parser().parse(text, start=start)
    except UnexpectedInput as error:
        _refuse(text, start, error)
    reader = _Reader()
    if start == "document":
        return Document(reader.condition(tree.children[0]))
    return reader.line(tree) if start == "line" else _terms(tree)


@cache
def _parser() -> Lark:
    starts = ["terms", "document", "line"]
    return Lark.open("grammar.lark", rel_to=__file__, parser="lalr", start=starts)


def _refuse(text: str, start: str, error: UnexpectedInput) -> NoReturn:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        raise PatternError("something is missing", len(text)) from None
    at = error.pos_in_stream or 0
    if start == "terms":
        raise _invalid(text, at) from None
    raise PatternError(f"unexpected {text[at : at + 20]!r}", at) from None


def _invalid(text: str, begin: int, offset: int = 0) -> PatternError:
    """The refusal of what may not stand in a term without quotes, in AWS's words."""
    found = _INVALID.search(text, begin)
    run, at = (found[0], found.start()) if found else (text[begin:], begin)
    return PatternError(f"Invalid character(s) in term {run!r}", offset + at)


def _terms(tree: Tree[Token]) -> Terms:
    found: dict[str, list[str]] = {"included": [], "excluded": [], "optional": []}
    clauses: list[Any] = tree.children
    for clause in clauses:
        if clause.data == "regex_term":
            return _alone(clauses, clause.children[0])
        found[clause.data].append(_term(clause.children[-1].children[0]))
    included, excluded, optional = (tuple(texts) for texts in found.values())
    return Terms(included, excluded, optional)


def _alone(clauses: list[Any], token: Token) -> Terms:
    at = token.start_pos or 0
    if len(clauses) > 1:
        raise PatternError("a regular expression stands alone, not among terms", at)
    return Terms(regex=read_regex(token[1:-1], at + 1))


def _term(token: Token) -> str:
    if token == '""':
        raise _invalid(token, 0, token.start_pos or 0)
    return _unquoted(token) if token.type == "PHRASE" else str(token)


def _unquoted(token: Token) -> str:
    return _ESCAPED.sub(r"\1", token[1:-1])


class _Reader:
    """Turns the parser's tree into ours, and counts what there is a quota of."""

    def __init__(self) -> None:
        self._regexes = 0
        self._wildcards = 0

    def condition(self, tree: Tree[Token]) -> Condition:
        parts: list[Any] = tree.children
        match tree.data:
            case "any" | "field_any":
                return AnyOf(tuple(map(self.condition, parts)))
            case "all" | "field_all":
                return AllOf(tuple(map(self.condition, parts)))
            case "is_what":
                return Is(self._selector(parts[0]), _IS[parts[1]])
            case "not_exists":
                return NotExists(self._selector(parts[0]))
            case "compare":
                return self._compare(self._selector(parts[0]), *parts[1:])
            case _:
                return self._compare(Name(str(parts[0])), *parts[1:])

    def line(self, tree: Tree[Token]) -> Line:
        cells: list[Any] = tree.children
        dots = [i for i, cell in enumerate(cells) if cell.data == "ellipsis"]
        if len(dots) > 1:
            at = cells[dots[1]].children[0].start_pos
            raise PatternError("... may stand only once", at)
        if len(cells) == 1 and cells[0].data == "unnamed":
            return Line((), ())
        fields = [None if i in dots else self._field(c) for i, c in enumerate(cells)]
        _check_names(tree)
        cut = dots[0] if dots else len(fields)
        before, after = (
            tuple(f for f in part if f is not None)
            for part in (fields[:cut], fields[cut:])
        )
        return Line(before, after if dots else None)

    def _field(self, cell: Tree[Token]) -> Field:
        if cell.data == "unnamed":
            return Field()
        names = list(_names(cell))
        for name in names:
            if name != names[0]:
                message = f"{str(name)!r} is not the field {str(names[0])!r}"
                raise PatternError(message, name.start_pos or 0)
        if cell.data == "named":
            return Field(str(names[0]))
        inner: Any = cell.children[0]
        return Field(str(names[0]), self.condition(inner))

    def _selector(self, token: Token) -> Selector:
        at = token.start_pos or 0
        selector = read_selector(token, at)
        self._wildcards += any(isinstance(step, Every) for step in selector.steps)
        if self._wildcards > MAX_WILDCARDS:
            raise PatternError(f"more than {MAX_WILDCARDS} wildcard selectors", at)
        return selector

    def _compare(
        self, subject: Selector | Name, op: Token, value: Tree[Token]
    ) -> Compare:
        wanted = self._value(value)
        if op not in ("=", "!=") and not isinstance(wanted, Number):
            at = _place(value)
            raise PatternError(f"{op!s} compares only numbers", at)
        return Compare(subject, str(op), wanted)

    def _value(self, tree: Tree[Token]) -> Value:
        token: Any = tree.children[0]
        if token.type == "REGEX":
            return self._regex(token)
        if token.type == "STRING":
            return _glob(token[1:-1])
        return _bare(token)

    def _regex(self, token: Token) -> Regex:
        at = token.start_pos or 0
        self._regexes += 1
        if self._regexes > MAX_REGEXES:
            raise PatternError(f"more than {MAX_REGEXES} regular expressions", at)
        return read_regex(token[1:-1], at + 1)


def _bare(token: Token) -> Value:
    value = number_of(token)
    if value is not None:
        return Number(value, str(token))
    if _BARE.fullmatch(token) is None:
        at = next(i for i, c in enumerate(token) if not _BARE.fullmatch(c))
        raise _invalid(token, at, token.start_pos or 0)
    return _glob(token)


def _glob(text: str) -> Glob:
    chunks = [""]
    for part in _GLOB_PART.finditer(text):
        if part["any"]:
            chunks.append("")
        else:
            chunks[-1] += part["plain"] or part["text"]
    return Glob(tuple(chunks))


def _check_names(tree: Tree[Token]) -> None:
    """Two fields of one name could not be told apart."""
    seen: set[str] = set()
    cells: list[Any] = tree.children
    for cell in cells:
        name = None if cell.data == "ellipsis" else next(_names(cell), None)
        if name is not None and name in seen:
            raise PatternError(f"two fields {str(name)!r}", name.start_pos or 0)
        seen |= {str(name)}


def _names(tree: Tree[Token]) -> Iterator[Token]:
    found = tree.scan_values(lambda v: isinstance(v, Token) and v.type == "NAME")
    return iter(sorted(found, key=lambda token: token.start_pos or 0))


def _place(tree: Tree[Token]) -> int:
    token: Any = tree.children[0]
    return token.start_pos or 0
