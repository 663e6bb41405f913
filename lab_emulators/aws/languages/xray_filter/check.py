"""Keywords that each part of a filter expression may use, and their types."""

from enum import StrEnum

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
)
from lab_emulators.lang.nodes import AllOf, AnyOf, Not, too_deep
from lab_emulators.lang.source import QueryError

MAX_DEPTH = 50
NUMBER_OPS = ("=", "!=", "<", "<=", ">", ">=")
TEXT_OPS = ("=", "!=", "contains", "beginswith", "endswith")


class Where(StrEnum):
    """The subject of an expression."""

    TRACE = "a trace"
    NODE = "service() or edge()"
    SERVICE = "rootcause.….service"
    ENTITY = "rootcause.….entity"
    COVERED = "rootcause.responsetime.entity"
    EXCEPTION = "rootcause.….exception"


BOOLEANS = frozenset(
    {"ok", "error", "throttle", "fault", "partial", "inferred"}
    | {"first", "last", "remote", "root"}
)
NUMBERS = frozenset({"responsetime", "duration", "http.status", "index", "coverage"})
STRINGS = frozenset(
    {"http.url", "http.method", "http.useragent", "http.clientip", "user"}
    | {"availabilityzone", "instance.id", "resource.arn", "name", "type", "message"}
)
_LIST = frozenset({"first", "last", "remote", "index", "coverage"})
_NAMED = frozenset({"root", "name", "type", "message"})
_REQUEST = (BOOLEANS | NUMBERS | STRINGS) - _LIST - _NAMED
_LISTED = frozenset({"first", "last", "index", "name"})

ALLOWED = {
    Where.TRACE: _REQUEST,
    Where.NODE: _REQUEST | {"root", "name", "type"},
    Where.SERVICE: _LISTED | {"inferred", "type"},
    Where.ENTITY: _LISTED | {"remote"},
    Where.COVERED: _LISTED | {"remote", "coverage"},
    Where.EXCEPTION: _LISTED | {"message"},
}
"""The keywords that mean something there; any other is refused, not ignored."""


KEYWORDS = BOOLEANS | NUMBERS | STRINGS

_LEVELS = {
    "service": Where.SERVICE,
    "entity": Where.ENTITY,
    "exception": Where.EXCEPTION,
}


def checked(expression: FilterExpression) -> FilterExpression:
    """The expression, which speaks of a trace; raises QueryError for a wrong one."""
    if deep := too_deep(expression, MAX_DEPTH):
        raise QueryError(f"nested more than {MAX_DEPTH} deep", deep.span)
    _check(expression, Where.TRACE)
    return expression


def _check(expression: FilterExpression, where: Where) -> None:
    match expression:
        case AnyOf(parts=parts) | AllOf(parts=parts):
            for part in parts:
                _check(part, where)
        case Not(part=part):
            _check(part, where)
        case KeywordTest():
            _check_keyword(expression, where)
        case KeywordComparison():
            _check_keyword(expression, where)
            _check_types(expression)
        case _:
            _check_of_trace(expression, where)


def _check_of_trace(
    node: Annotation
    | ServiceKeyword
    | EdgeKeyword
    | RootCause
    | RootCauseJson
    | GroupKeyword,
    where: Where,
) -> None:
    """Checks keywords of a whole trace: refused inside `service()` and the like."""
    if where is not Where.TRACE:
        message = f"{_NAMES[type(node)]} cannot be used inside {where}"
        raise QueryError(message, node.span)
    match node:
        case Annotation(op=op, value=value) if op and op not in _ops_for(value):
            raise QueryError(f"{op} cannot compare {_kind(value)}", node.span)
        case ServiceKeyword(body=body) | EdgeKeyword(body=body) if body:
            _check(body, Where.NODE)
        case RootCause():
            _check_root_cause(node)


_NAMES: dict[type, str] = {
    Annotation: "annotation",
    ServiceKeyword: "service",
    EdgeKeyword: "edge",
    RootCause: "rootcause",
    RootCauseJson: "rootcause",
    GroupKeyword: "group",
}


def _check_root_cause(node: RootCause) -> None:
    where = _LEVELS[node.level]
    if node.kind == "responsetime":
        if where is Where.EXCEPTION:
            raise QueryError("response times have no exceptions", node.span)
        where = Where.COVERED if where is Where.ENTITY else where
    if node.body:
        _check(node.body, where)


def _check_keyword(node: KeywordTest | KeywordComparison, where: Where) -> None:
    if node.keyword not in ALLOWED[where]:
        message = f"{node.keyword} says nothing about {where}"
        raise QueryError(message, node.span)


def _check_types(node: KeywordComparison) -> None:
    keyword, value = node.keyword, node.value
    if keyword in BOOLEANS:
        fits, expected = isinstance(value, bool), "true or false"
    elif keyword in NUMBERS:
        fits, expected = isinstance(value, float), "a number"
    else:
        fits, expected = isinstance(value, str), 'a text in "…"'
    if not fits:
        raise QueryError(f"{keyword} is compared to {expected}", node.span)
    if node.op not in _ops_for(value):
        raise QueryError(f"{node.op} cannot compare {_kind(value)}", node.span)


def _kind(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true and false"
    return "texts" if isinstance(value, str) else "numbers"


def _ops_for(value: Scalar) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("=", "!=")
    return TEXT_OPS if isinstance(value, str) else NUMBER_OPS
