"""Logs Insights queries: text to a tree, or an error that names the position."""

import re
from collections.abc import Set
from typing import Any

from lark import Token

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.check import checked
from lab_emulators.aws.languages.insights.functions import NOT_EMULATED_COMMANDS
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


class MalformedQuery(LocatedError):  # noqa: N818 - AWS's own name
    """A query that cannot be run: a sentence and the characters it is about.

    `start` and `end` are the `startCharOffset` and `endCharOffset` of
    MalformedQueryException's location.
    """

    FORM = "line {line} and position {column}"


def parse(text: str) -> tree.InsightsQuery:
    """The commands of `text`, checked; raise MalformedQuery for anything else."""
    try:
        if len(text) > MAX_LENGTH:
            message = f"the query is longer than {MAX_LENGTH} characters"
            raise QueryError(message, Span(MAX_LENGTH, len(text)))
        return checked(_GRAMMAR.read(text), text)
    except QueryError as error:
        raise MalformedQuery(error.message, text, error.span) from None


def _describe(unexpected: Unexpected) -> QueryError:
    """Names what may not stand there, or what AWS has and the lab has not."""
    symbol = _SYMBOL.match(unexpected.text, unexpected.offset)
    if symbol is None:
        at = unexpected.offset
        return QueryError("the query ends too early", Span(at, at))
    return QueryError(_reason(symbol[0], unexpected.expected), Span(*symbol.span()))


def _reason(symbol: str, expected: Set[str]) -> str:
    if symbol.lower() in NOT_EMULATED_COMMANDS and "STATS" in expected:
        return f"the command {symbol} is not emulated locally"
    if "STATS" in expected and symbol[0].isalpha():
        return f"unknown command {symbol}"
    if symbol.lower() in ("logfmt", "csv") and "REGEX" in expected:
        return f"parse … {symbol} is not emulated locally"
    return f"unexpected symbol found {symbol}"


class _Builder(ExpressionBuilder):
    """Builds the commands of Logs Insights."""

    def start(self, parts: list[Any]) -> tree.InsightsQuery:
        return tree.InsightsQuery(tuple(parts))

    def fields(self, parts: list[Any]) -> tree.FieldsCommand:
        return tree.FieldsCommand(
            tuple(parts[1]), span=span_between(parts[0], parts[1][-1])
        )

    def display(self, parts: list[Any]) -> tree.DisplayCommand:
        return tree.DisplayCommand(
            tuple(parts[1]), span=span_between(parts[0], parts[1][-1])
        )

    def filter(self, parts: list[Any]) -> tree.FilterCommand:
        return tree.FilterCommand(parts[1], span=span_between(*parts))

    def stats(self, parts: list[Any]) -> tree.StatsCommand:
        word, aggregates, by, groups = parts
        last = (groups if by else aggregates)[-1]
        return tree.StatsCommand(
            tuple(aggregates), tuple(groups or ()), span=span_between(word, last)
        )

    def sort(self, parts: list[Any]) -> tree.SortCommand:
        return tree.SortCommand(
            tuple(parts[2:]), span=span_between(parts[0], parts[-1])
        )

    def limit(self, parts: list[Any]) -> tree.LimitCommand:
        number = parts[-1]
        span = span_of(number)
        if not number.isdigit():
            raise QueryError("limit takes a whole number", span)
        return tree.LimitCommand(int(number), span=span_between(parts[0], number))

    def dedup(self, parts: list[Any]) -> tree.DedupCommand:
        return tree.DedupCommand(
            tuple(parts[1:]), span=span_between(parts[0], parts[-1])
        )

    def parse_glob(self, parts: list[Any]) -> tree.ParseGlob:
        word, name, pattern, _as, names = parts
        literals = tuple(_text(pattern).split("*"))
        if len(literals) - 1 != len(names):
            raise QueryError(
                f"{len(literals) - 1} wildcards in the pattern, {len(names)} names",
                span_between(pattern, names[-1]),
            )
        aliases = tuple(_name(each) for each in names)
        return tree.ParseGlob(
            _subject(name), literals, aliases, span=span_between(word, names[-1])
        )

    def parse_regex(self, parts: list[Any]) -> tree.ParseRegex:
        word, name, pattern = parts
        regex = _regex(pattern)
        names = tuple(m[1] for m in _GROUP.finditer(regex.pattern) if m[1])
        if not names:
            raise QueryError("parse needs a named group (?<name>…)", regex.span)
        return tree.ParseRegex(
            _subject(name), regex, names, span=span_between(word, pattern)
        )

    def columns(self, parts: list[Any]) -> list[tree.OutputColumn]:
        return parts

    def names(self, parts: list[Token]) -> list[Token]:
        return parts

    def column(self, parts: list[Any]) -> tree.OutputColumn:
        value, word, alias = parts
        if word is not None:
            return tree.OutputColumn(
                _name(alias), value, named=True, span=span_between(value, alias)
            )
        name = value.name if isinstance(value, nodes.Field) else ""
        return tree.OutputColumn(name, value, span=value.span)

    def field(self, parts: list[Token]) -> nodes.Field:
        return nodes.Field(_name(parts[0]), span=span_of(parts[0]))

    binary = ExpressionBuilder.compare

    def like(self, parts: list[Any]) -> Any:
        subject, negated, _word, pattern = parts
        span = span_between(subject, pattern)
        return unless(negated, tree.TextMatch(subject, pattern, span=span))

    def within(self, parts: list[Any]) -> Any:
        subject, negated, _word, *choices, bracket = parts
        span = span_between(subject, bracket)
        return unless(negated, nodes.In(subject, tuple(choices), span=span))

    def pattern(self, parts: list[Token]) -> nodes.Text | tree.RegexLiteral:
        token = parts[0]
        return _regex(token) if token.type == "REGEX" else self.text(parts)

    def text(self, parts: list[Token]) -> nodes.Text:
        return nodes.Text(_text(parts[0]), span=span_of(parts[0]))

    def number(self, parts: list[Token]) -> nodes.Number:
        token = parts[0]
        value = int(token) if token.isdigit() else float(token)
        return nodes.Number(value, span=span_of(token))

    def boolean(self, parts: list[Token]) -> nodes.Boolean:
        return nodes.Boolean(parts[0].lower() == "true", span=span_of(parts[0]))

    def star(self, parts: list[Token]) -> nodes.Star:
        return nodes.Star(span=span_of(parts[0]))

    def period(self, parts: list[Token]) -> tree.Period:
        token = parts[0]
        count, unit = re.match(r"(\d+)\s*(\w+)", token).groups()  # type: ignore[union-attr]
        return tree.Period(*_period(int(count), unit.lower()), span=span_of(token))


_GRAMMAR = Grammar(__file__, _Builder, _describe)


def _period(count: int, unit: str) -> tuple[int, tree.Unit]:
    """A count and its unit, capped as AWS does: 300s is 60s."""
    short = unit if unit in ("ms", "s") else unit.removesuffix("s")
    short = _LONG_UNITS.get(short, short)
    return min(count, _CAPS.get(short, count)), tree.Unit(short)


def _name(token: Token) -> str:
    """The name without backticks; `a[0]` is `a.0`."""
    parts = (m[1] or m[2] or m[3] for m in _PART.finditer(token))
    return ".".join(part for part in parts if part)


def _subject(token: Token | None) -> nodes.Field:
    if token is None:
        return nodes.Field("@message")
    return nodes.Field(_name(token), span=span_of(token))


def _text(token: Token) -> str:
    return _ESCAPE.sub(lambda m: _CONTROLS.get(m[1], m[1]), token[1:-1])


def _named_group(match: re.Match[str]) -> str:
    """`(?<name>` as RE2 and Python write it."""
    return f"(?P<{match[1]}>" if match[1] else match[0]


def _regex(token: Token) -> tree.RegexLiteral:
    span = span_of(token)
    pattern = _GROUP.sub(_named_group, token[1:-1].replace("\\/", "/"))
    if wrong := pattern_error(pattern):
        raise QueryError(f"not a regular expression of RE2: {wrong}", span)
    return tree.RegexLiteral(pattern, span=span)
