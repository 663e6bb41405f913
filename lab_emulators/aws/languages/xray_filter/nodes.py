"""The tree of a filter expression, and the words it may use where."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Scalar = str | float | bool


class Where(StrEnum):
    """What an expression speaks of."""

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


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Is:
    """A keyword by itself: a true boolean, or any other value that is there."""

    keyword: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A keyword against a value of its type; `op` is lower case."""

    keyword: str
    op: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation that is there (`op` ""), or one against a value."""

    key: str
    op: str = ""
    value: Scalar = ""


@dataclass(frozen=True, slots=True)
class Selector:
    """Services by name, type and account; None is any."""

    name: str | None = None
    type: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Some request at such a service fulfills `body`."""

    selector: Selector
    body: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Some call between such services fulfills `body`."""

    source: Selector
    target: Selector
    body: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class RootCause:
    """Some service, entity or exception of such a root cause fulfills `body`."""

    kind: str
    level: str
    body: "Expression | None" = None


@dataclass(frozen=True, slots=True)
class RootCauseJson:
    """Some root cause has everything that one of the `patterns` says."""

    patterns: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The trace fulfills the filter expression of the group of that name or ARN."""

    key: str
    position: int


Expression = (
    AnyOf
    | AllOf
    | Not
    | Is
    | Compare
    | Annotation
    | Service
    | Edge
    | RootCause
    | RootCauseJson
    | Group
)
