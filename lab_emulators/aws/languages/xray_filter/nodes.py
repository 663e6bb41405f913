"""The tree of a filter expression."""

from dataclasses import dataclass
from typing import Any

from lab_emulators.lang.nodes import AllOf, AnyOf, Node, Not

Scalar = str | float | bool


@dataclass(frozen=True, slots=True)
class KeywordTest(Node):
    """A boolean keyword that is true, or another one that is present."""

    keyword: str


@dataclass(frozen=True, slots=True)
class KeywordComparison(Node):
    """A keyword against a value; `op` in lower case."""

    keyword: str
    op: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Annotation(Node):
    """An annotation that is present (`op` ""), or one against a value."""

    key: str
    op: str = ""
    value: Scalar = ""


@dataclass(frozen=True, slots=True)
class ServiceSelector:
    """Services by name, type and account; None is any."""

    name: str | None = None
    type: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceKeyword(Node):
    """`service()`: a request at such a service fulfills `body`."""

    selector: ServiceSelector
    body: "FilterExpression | None" = None


@dataclass(frozen=True, slots=True)
class EdgeKeyword(Node):
    """`edge()`: a call between such services fulfills `body`."""

    source: ServiceSelector
    target: ServiceSelector
    body: "FilterExpression | None" = None


@dataclass(frozen=True, slots=True)
class RootCause(Node):
    """`rootcause`: a service, entity or exception of a root cause fulfills `body`."""

    kind: str
    level: str
    body: "FilterExpression | None" = None


@dataclass(frozen=True, slots=True)
class RootCauseJson(Node):
    """`rootcause.json`: a root cause has all the members of one of the `patterns`."""

    patterns: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class GroupKeyword(Node):
    """The trace fulfills the filter expression of the group of that name or ARN."""

    key: str


FilterExpression = (
    AnyOf["FilterExpression"]
    | AllOf["FilterExpression"]
    | Not["FilterExpression"]
    | KeywordTest
    | KeywordComparison
    | Annotation
    | ServiceKeyword
    | EdgeKeyword
    | RootCause
    | RootCauseJson
    | GroupKeyword
)
