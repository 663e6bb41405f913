"""Logs Insights queries: text to a tree, or an error that names the place."""

import re
from dataclasses import replace
from functools import cache
from typing import Any, NoReturn

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from lab_emulators.aws.languages.insights import nodes
from lab_emulators.aws.languages.insights.check import checked
from lab_emulators.aws.languages.insights.errors import MalformedQuery, Misplaced
from lab_emulators.aws.languages.insights.functions import NOT_EMULATED_COMMANDS
from lab_emulators.aws.languages.insights.nodes import Span
from lab_emulators.store.query import pattern_error

MAX_LENGTH = 10_000
_SYMBOL = re.compile(r"[@\w][\w@.]*|[!<>=]=|=~|.", re.DOTALL)
_PART = re.compile(r"`([^`]+)`|\[(\d+)\]|\.|([^.`\[]+)")
_ESCAPE = re.compile(r"\\([\\\"'nrt])")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
_GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P?<(\w+)>|\((?!\?)", re.DOTALL)
_LONG_UNITS = {
    "msec": "ms",
    "millisecond": "ms",
    "sec": "s",
    "second": "s",
    "min": "m",
    "minute": "m",
    "hr": "h",
    "hour": "h",
    "day": "d",
    "week": "w",
    "mon": "mo",
    "month": "mo",
    "qtr": "q",
    "quarter": "q",
    "yr": "y",
    "year": "y",
}
_CAPS = {"ms": 1000, "s": 60, "m": 60, "h": 24}


def parse(text: str) -> nodes.Query:
    """The commands of `text`, checked; raise MalformedQuery for anything else."""
    if len(text) > MAX_LENGTH:
        message = f"the query is longer than {MAX_LENGTH} characters"
        raise MalformedQuery(message, text, Span(MAX_LENGTH, len(text)))
    try:
        return checked(_parsed(text), text)
    except Misplaced as error:
        raise MalformedQuery(error.message, text, error.span) from None


def _parsed(text: str) -> nodes.Query:
    try:
        read: Any = _parser().parse(text)
    except UnexpectedInput as error:
        _refuse(text, error)
    except VisitError as error:
        if isinstance(error.orig_exc, Misplaced):
            raise error.orig_exc from None
        raise
    return nodes.Query(tuple(read))


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
    """Say what stands there that may not, and what AWS has that the lab has not."""
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    at = len(text) if ended else (error.pos_in_stream or 0)
    symbol = _SYMBOL.match(text, at)
    if symbol is None:
        raise Misplaced("the query ends too early", Span(at, at)) from None
    raise Misplaced(_reason(symbol[0], error), Span(*symbol.span())) from None


def _reason(symbol: str, error: UnexpectedInput) -> str:
    expected = getattr(error, "allowed", None) or getattr(error, "expected", None) or ()
    if symbol.lower() in NOT_EMULATED_COMMANDS and "STATS" in expected:
        return f"the command {symbol} is not emulated locally"
    if "STATS" in expected and symbol[0].isalpha():
        return f"unknown command {symbol}"
    if symbol.lower() in ("logfmt", "csv") and "REGEX" in expected:
        return f"parse … {symbol} is not emulated locally"
    return f"unexpected symbol found {symbol}"


def _of(first: Any, last: Any) -> Span:
    """From the beginning of one token or node to the end of another."""
    return Span(_span(first).start, _span(last).end)


def _span(part: Any) -> Span:
    if isinstance(part, Token):
        return Span(part.start_pos or 0, part.end_pos or 0)
    span: Span = part.span
    return span


def _given(parts: list[Any]) -> list[Any]:
    return [part for part in parts if part is not None]


class _Builder(Transformer[Token, Any]):
    """Called by the parser from the leaves up, so nothing here recurses."""

    def start(self, parts: list[Any]) -> list[Any]:
        return parts

    def fields(self, parts: list[Any]) -> nodes.Fields:
        return nodes.Fields(tuple(parts[1]), _of(parts[0], parts[1][-1]))

    def display(self, parts: list[Any]) -> nodes.Display:
        return nodes.Display(tuple(parts[1]), _of(parts[0], parts[1][-1]))

    def filter(self, parts: list[Any]) -> nodes.Filter:
        return nodes.Filter(parts[1], _of(*parts))

    def stats(self, parts: list[Any]) -> nodes.Stats:
        word, aggregates, by, groups = parts
        last = (groups if by else aggregates)[-1]
        return nodes.Stats(tuple(aggregates), tuple(groups or ()), _of(word, last))

    def sort(self, parts: list[Any]) -> nodes.Sort:
        return nodes.Sort(tuple(parts[2:]), _of(parts[0], parts[-1]))

    def limit(self, parts: list[Any]) -> nodes.Limit:
        number = parts[-1]
        span = _of(number, number)
        if not number.isdigit():
            raise Misplaced("limit takes a whole number", span)
        return nodes.Limit(int(number), _of(parts[0], number))

    def dedup(self, parts: list[Any]) -> nodes.Dedup:
        return nodes.Dedup(tuple(parts[1:]), _of(parts[0], parts[-1]))

    def parse_glob(self, parts: list[Any]) -> nodes.ParseGlob:
        word, name, pattern, _as, names = parts
        literals = tuple(_text(pattern).split("*"))
        if len(literals) - 1 != len(names):
            raise Misplaced(
                f"{len(literals) - 1} wildcards in the pattern, {len(names)} names",
                _of(pattern, names[-1]),
            )
        aliases = tuple(_name(each) for each in names)
        return nodes.ParseGlob(_subject(name), literals, aliases, _of(word, names[-1]))

    def parse_regex(self, parts: list[Any]) -> nodes.ParseRegex:
        word, name, pattern = parts
        regex = _regex(pattern)
        names = tuple(m[1] for m in _GROUP.finditer(regex.pattern) if m[1])
        if not names:
            raise Misplaced("parse needs a named group (?<name>…)", regex.span)
        return nodes.ParseRegex(_subject(name), regex, names, _of(word, pattern))

    def columns(self, parts: list[Any]) -> list[nodes.Column]:
        return parts

    def names(self, parts: list[Token]) -> list[Token]:
        return parts

    def column(self, parts: list[Any]) -> nodes.Column:
        value, word, alias = parts
        if word is not None:
            return nodes.Column(_name(alias), value, True, _of(value, alias))  # noqa: FBT003
        name = value.name if isinstance(value, nodes.Field) else ""
        return nodes.Column(name, value, span=value.span)

    def key(self, parts: list[Any]) -> nodes.SortKey:
        value, direction = parts
        descending = direction is not None and direction.type == "DESC"
        return nodes.SortKey(value, descending, _of(value, direction or value))

    def field(self, parts: list[Token]) -> nodes.Field:
        return nodes.Field(_name(parts[0]), _of(parts[0], parts[0]))

    def any_of(self, parts: list[Any]) -> nodes.AnyOf:
        return nodes.AnyOf(tuple(parts), _of(parts[0], parts[-1]))

    def all_of(self, parts: list[Any]) -> nodes.AllOf:
        return nodes.AllOf(tuple(parts), _of(parts[0], parts[-1]))

    def negation(self, parts: list[Any]) -> nodes.Not:
        return nodes.Not(parts[1], _of(*parts))

    def compare(self, parts: list[Any]) -> nodes.Binary:
        left, op, right = parts
        return nodes.Binary(nodes.Op(op), left, right, _of(left, right))

    binary = compare

    def like(self, parts: list[Any]) -> nodes.Like | nodes.Not:
        subject, unless, _word, pattern = parts
        found = nodes.Like(subject, pattern, _of(subject, pattern))
        return nodes.Not(found, found.span) if unless else found

    def within(self, parts: list[Any]) -> nodes.In | nodes.Not:
        subject, unless, _word, *choices, bracket = parts
        found = nodes.In(subject, tuple(choices), _of(subject, bracket))
        return nodes.Not(found, found.span) if unless else found

    def pattern(self, parts: list[Token]) -> nodes.Text | nodes.Regex:
        token = parts[0]
        return _regex(token) if token.type == "REGEX" else self.text(parts)

    def signed(self, parts: list[Any]) -> Any:
        sign, part = parts
        span = _of(sign, part)
        return nodes.Negative(part, span) if sign == "-" else replace(part, span=span)

    def grouped(self, parts: list[Any]) -> Any:
        return replace(parts[1], span=_of(parts[0], parts[2]))

    def call(self, parts: list[Any]) -> nodes.Call:
        name, _open, *args, close = parts
        return nodes.Call(name.lower(), tuple(_given(args)), _of(name, close))

    def text(self, parts: list[Token]) -> nodes.Text:
        return nodes.Text(_text(parts[0]), _of(parts[0], parts[0]))

    def number(self, parts: list[Token]) -> nodes.Number:
        token = parts[0]
        value = int(token) if token.isdigit() else float(token)
        return nodes.Number(value, _of(token, token))

    def boolean(self, parts: list[Token]) -> nodes.Boolean:
        return nodes.Boolean(parts[0].lower() == "true", _of(parts[0], parts[0]))

    def star(self, parts: list[Token]) -> nodes.Star:
        return nodes.Star(_of(parts[0], parts[0]))

    def period(self, parts: list[Token]) -> nodes.Period:
        token = parts[0]
        count, unit = re.match(r"(\d+)\s*(\w+)", token).groups()  # type: ignore[union-attr]
        return nodes.Period(*_period(int(count), unit.lower()), _of(token, token))


def _period(count: int, unit: str) -> tuple[int, nodes.Unit]:
    """A count and its unit, capped as AWS does: 300s is 60s."""
    short = unit if unit in ("ms", "s") else unit.removesuffix("s")
    short = _LONG_UNITS.get(short, short)
    return min(count, _CAPS.get(short, count)), nodes.Unit(short)


def _name(token: Token) -> str:
    """The name without backticks; `a[0]` is `a.0`."""
    parts = (m[1] or m[2] or m[3] for m in _PART.finditer(token))
    return ".".join(part for part in parts if part)


def _subject(token: Token | None) -> nodes.Field:
    if token is None:
        return nodes.Field("@message")
    return nodes.Field(_name(token), _of(token, token))


def _text(token: Token) -> str:
    return _ESCAPE.sub(lambda m: _CONTROLS.get(m[1], m[1]), token[1:-1])


def _named_group(found: re.Match[str]) -> str:
    """`(?<name>` as RE2 and Python write it."""
    return f"(?P<{found[1]}>" if found[1] else found[0]


def _regex(token: Token) -> nodes.Regex:
    span = _of(token, token)
    pattern = _GROUP.sub(_named_group, token[1:-1].replace("\\/", "/"))
    if wrong := pattern_error(pattern):
        raise Misplaced(f"not a regular expression of RE2: {wrong}", span)
    return nodes.Regex(pattern, span)
