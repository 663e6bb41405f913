"""A filter expression's tree as a predicate over digests."""

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from lab_emulators.aws.languages.xray_filter.check import BOOLEANS
from lab_emulators.aws.languages.xray_filter.keywords import (
    FACTS,
    LEVELS,
    TRACE,
    Getter,
    Listed,
)
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
from lab_emulators.aws.languages.xray_filter.parser import FilterError, parse
from lab_emulators.aws.xray.model import ServiceId
from lab_emulators.aws.xray.root_causes import Cause
from lab_emulators.aws.xray.summary_document import cause_document
from lab_emulators.aws.xray.trace_summary import TraceSummary
from lab_emulators.lang.nodes import AllOf, AnyOf, Not

Predicate = Callable[[TraceSummary], bool]
Test = Callable[[Any], bool]

_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": operator.contains,
    "beginswith": str.startswith,
    "endswith": str.endswith,
}


class GroupVersion(NamedTuple):
    """A group's filter expression, in force for the traces that come from `since` on.

    `since` is in seconds since the epoch.
    """

    since: float
    expression: str


GroupVersions = tuple[GroupVersion, ...]
"""All versions of one group, the oldest first."""


def compile_filter(text: str, groups: Mapping[str, GroupVersions]) -> Predicate:
    """The predicate of `text`; `groups` has the versions of groups by name and ARN.

    A trace is in a group if it fulfills the version that was in force when it came;
    one that came before the first version is in none (developer guide, "Configuring
    groups").

    A comparison holds when it holds for one of several values (two users, an
    annotation set twice); of a value that is absent none holds, `!=` included.
    Raises FilterError, also for a group that there is not.
    """
    expression = parse(text)
    if expression is None:
        return lambda _: True
    return _Compiler(groups, ()).trace(expression)


_CAUSES: dict[str, Callable[[TraceSummary], tuple[Cause, ...]]] = {
    "fault": operator.attrgetter("faults"),
    "error": operator.attrgetter("errors"),
    "responsetime": operator.attrgetter("slow"),
}


class _Compiler:
    def __init__(
        self, groups: Mapping[str, GroupVersions], inside: tuple[str, ...]
    ) -> None:
        self._groups = groups
        self._inside = inside

    def trace(self, expression: FilterExpression) -> Predicate:
        return self._test(expression, TRACE)

    def _test(self, expression: FilterExpression, words: Mapping[str, Getter]) -> Test:
        match expression:
            case AnyOf(parts):
                tests = [self._test(part, words) for part in parts]
                return lambda item: any(test(item) for test in tests)
            case AllOf(parts):
                tests = [self._test(part, words) for part in parts]
                return lambda item: all(test(item) for test in tests)
            case Not(part):
                test = self._test(part, words)
                return lambda item: not test(item)
            case KeywordTest(keyword):
                return _is(keyword, words[keyword])
            case KeywordComparison(keyword, op, value):
                return _compare(words[keyword], op, value)
            case _:
                return self._of_trace(expression)

    def _of_trace(self, expression: FilterExpression) -> Predicate:
        match expression:
            case Annotation(key, op, value):
                return _annotation(key, op, value)
            case ServiceKeyword(selector, body):
                return self._service(selector, body)
            case EdgeKeyword(source, target, body):
                return self._edge(source, target, body)
            case RootCause(kind, level, body):
                return self._root_cause(kind, level, body)
            case RootCauseJson(patterns):
                return _root_cause_json(patterns)
            case GroupKeyword():
                return self._group(expression)
        raise TypeError(expression)

    def _body(self, body: FilterExpression | None, words: Mapping[str, Getter]) -> Test:
        return (lambda _: True) if body is None else self._test(body, words)

    def _service(
        self, selector: ServiceSelector, body: FilterExpression | None
    ) -> Predicate:
        chosen, test = _chosen(selector), self._body(body, FACTS)
        return lambda digest: any(
            chosen(node.service) and test(node) for node in digest.nodes
        )

    def _edge(
        self,
        source: ServiceSelector,
        target: ServiceSelector,
        body: FilterExpression | None,
    ) -> Predicate:
        start, end, test = _chosen(source), _chosen(target), self._body(body, FACTS)
        return lambda digest: any(
            start(edge.source) and end(edge.target) and test(edge.facts)
            for edge in digest.edges
        )

    def _root_cause(
        self, kind: str, level: str, body: FilterExpression | None
    ) -> Predicate:
        causes, test = _CAUSES[kind], self._body(body, LEVELS[level])
        return lambda digest: any(
            test(listed) for cause in causes(digest) for listed in _listed(cause, level)
        )

    def _group(self, group: GroupKeyword) -> Predicate:
        key = group.key
        if key not in self._groups:
            raise FilterError(f"there is no group {key!r}", group.span)
        if key in self._inside:
            raise FilterError(f"group {key!r} is defined by itself", group.span)
        tests = [(since, self._version(key, text)) for since, text in self._groups[key]]

        def holds(item: TraceSummary) -> bool:
            in_force = [test for since, test in tests if since <= item.updated]
            return bool(in_force) and in_force[-1](item)

        return holds

    def _version(self, key: str, text: str) -> Predicate:
        expression = parse(text)
        if expression is None:
            return lambda _: True
        return _Compiler(self._groups, (*self._inside, key)).trace(expression)


def _is(keyword: str, get: Getter) -> Test:
    if keyword in BOOLEANS:
        return lambda item: any(get(item))
    return lambda item: bool(tuple(get(item)))


def _compare(get: Getter, op: str, value: Scalar) -> Test:
    holds = _OPS[op]
    return lambda item: any(holds(actual, value) for actual in get(item))


def _annotation(key: str, op: str, value: Scalar) -> Predicate:
    if not op:
        return lambda digest: any(
            actual is not False for actual, _ in digest.annotations.get(key, ())
        )
    holds, kind = _OPS[op], _kind(value)
    return lambda digest: any(
        _kind(actual) is kind and holds(actual, value)
        for actual, _ in digest.annotations.get(key, ())
    )


def _kind(value: object) -> type:
    if isinstance(value, bool):
        return bool
    return str if isinstance(value, str) else float


def _chosen(selector: ServiceSelector) -> Callable[[ServiceId], bool]:
    name, kind, account = selector.name, selector.type, selector.account
    return lambda service: (
        (name is None or service.name == name)
        and (kind is None or service.type == kind)
        and (account is None or service.account == account)
    )


def _listed(cause: Cause, level: str) -> Iterator[Listed]:
    if level == "service":
        yield from _places(cause.services)
        return
    for service in cause.services:
        if level == "entity":
            yield from _places(service.path)
        else:
            for entity in service.path:
                yield from _places(entity.exceptions)


def _places(items: tuple[Any, ...]) -> Iterator[Listed]:
    for index, item in enumerate(items):
        yield Listed(item, index, index == len(items) - 1)


def _root_cause_json(patterns: tuple[dict[str, Any], ...]) -> Predicate:
    def holds(digest: TraceSummary) -> bool:
        causes = (*digest.faults, *digest.errors, *digest.slow)
        documents = [cause_document(cause) for cause in causes]
        return any(fits(pattern, cause) for pattern in patterns for cause in documents)

    return holds


def fits(pattern: Any, document: Any) -> bool:
    """Tells whether `document` has all of `pattern`, whatever else it has."""
    if isinstance(pattern, dict):
        return isinstance(document, dict) and all(
            key in document and fits(value, document[key])
            for key, value in pattern.items()
        )
    if isinstance(pattern, list):
        return (
            isinstance(document, list)
            and len(document) == len(pattern)
            and all(map(fits, pattern, document))
        )
    return bool(pattern == document)
