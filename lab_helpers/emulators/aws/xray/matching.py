"""A filter expression's tree as a predicate over digests."""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab_helpers.emulators.aws.xray.causes import Cause
from lab_helpers.emulators.aws.xray.digest import Digest
from lab_helpers.emulators.aws.xray.expressions import (
    BOOLEANS,
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
)
from lab_helpers.emulators.aws.xray.filters import FilterError, parse
from lab_helpers.emulators.aws.xray.model import ServiceId
from lab_helpers.emulators.aws.xray.rendering import cause_document

Predicate = Callable[[Digest], bool]
Test = Callable[[Any], bool]
Getter = Callable[[Any], Iterable[Any]]
"""The values of a keyword; none if it is absent."""

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


def compile_filter(text: str, groups: Mapping[str, str]) -> Predicate:
    """Whether a digest fulfills `text`; `groups` maps names and ARNs to filters.

    A comparison holds when it holds for one of several values (two users, an
    annotation set twice); of a value that is absent none holds, `!=` included.
    Raises FilterError, also for a group that there is not.
    """
    expression = parse(text)
    if expression is None:
        return lambda _: True
    return _Compiler(groups, ()).trace(expression)


@dataclass(frozen=True, slots=True)
class _Listed:
    """An element of a root cause at its place in a list."""

    element: Any
    index: int
    last: bool


def _one(value: Any) -> tuple[Any, ...]:
    return () if value is None or value == "" else (value,)


def _flag(name: str) -> Getter:
    get = operator.attrgetter(name)
    return lambda facts: (get(facts),)


def _single(name: str) -> Getter:
    get = operator.attrgetter(name)
    return lambda facts: _one(get(facts))


def _every(name: str) -> Getter:
    get = operator.attrgetter(name)
    return lambda digest: [v for v in map(get, digest.nodes) if v]


_FACTS: dict[str, Getter] = {
    **{name: _flag(name) for name in ("ok", "error", "throttle", "fault")},
    **{name: _flag(name) for name in ("partial", "inferred", "root")},
    "responsetime": _single("response_time"),
    "duration": _single("response_time"),
    "http.status": _single("status"),
    "http.url": _single("url"),
    "http.method": _single("method"),
    "http.useragent": _single("user_agent"),
    "http.clientip": _single("client_ip"),
    "user": _single("user"),
    "availabilityzone": _single("zone"),
    "instance.id": _single("instance"),
    "resource.arn": _single("arn"),
    "name": _single("service.name"),
    "type": _single("service.type"),
}


def _of_root(keyword: str) -> Getter:
    get = _FACTS[keyword]
    return lambda digest: get(digest.nodes[0])


_TRACE: dict[str, Getter] = {
    **{name: _of_root(name) for name in ("ok", "error", "throttle", "fault")},
    **{name: _of_root(name) for name in _FACTS if name.startswith("http.")},
    "partial": _flag("partial"),
    "inferred": _flag("inferred"),
    "responsetime": _of_root("responsetime"),
    "duration": _single("duration"),
    "user": lambda digest: [user for user, _ in digest.users],
    "availabilityzone": _every("zone"),
    "instance.id": _every("instance"),
    "resource.arn": _every("arn"),
}

_ELEMENTS: dict[str, Getter] = {
    "first": lambda listed: (listed.index == 0,),
    "last": _flag("last"),
    "index": _flag("index"),
    "remote": _flag("element.remote"),
    "coverage": _single("element.coverage"),
}

_IN_SERVICE: dict[str, Getter] = {
    **_ELEMENTS,
    "inferred": _flag("element.inferred"),
    "name": _single("element.service.name"),
    "type": _single("element.service.type"),
}

_IN_ENTITY: dict[str, Getter] = {**_ELEMENTS, "name": _single("element.name")}

_IN_EXCEPTION: dict[str, Getter] = {
    **_ELEMENTS,
    "name": lambda listed: _one(listed.element[0]),
    "message": lambda listed: _one(listed.element[1]),
}

_LEVELS = {"service": _IN_SERVICE, "entity": _IN_ENTITY, "exception": _IN_EXCEPTION}
_CAUSES: dict[str, Callable[[Digest], tuple[Cause, ...]]] = {
    "fault": operator.attrgetter("faults"),
    "error": operator.attrgetter("errors"),
    "responsetime": operator.attrgetter("slow"),
}


class _Compiler:
    def __init__(self, groups: Mapping[str, str], inside: tuple[str, ...]) -> None:
        self._groups = groups
        self._inside = inside

    def trace(self, expression: Expression) -> Predicate:
        return self._test(expression, _TRACE)

    def _test(self, expression: Expression, words: Mapping[str, Getter]) -> Test:
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
            case Is(keyword):
                return _is(keyword, words[keyword])
            case Compare(keyword, op, value):
                return _compare(words[keyword], op, value)
            case _:
                return self._of_trace(expression)

    def _of_trace(self, expression: Expression) -> Predicate:
        match expression:
            case Annotation(key, op, value):
                return _annotation(key, op, value)
            case Service(selector, body):
                return self._service(selector, body)
            case Edge(source, target, body):
                return self._edge(source, target, body)
            case RootCause(kind, level, body):
                return self._root_cause(kind, level, body)
            case RootCauseJson(patterns):
                return _root_cause_json(patterns)
            case Group(key, position):
                return self._group(key, position)
        raise TypeError(expression)

    def _body(self, body: Expression | None, words: Mapping[str, Getter]) -> Test:
        return (lambda _: True) if body is None else self._test(body, words)

    def _service(self, selector: Selector, body: Expression | None) -> Predicate:
        chosen, test = _chosen(selector), self._body(body, _FACTS)
        return lambda digest: any(
            chosen(node.service) and test(node) for node in digest.nodes
        )

    def _edge(
        self, source: Selector, target: Selector, body: Expression | None
    ) -> Predicate:
        start, end, test = _chosen(source), _chosen(target), self._body(body, _FACTS)
        return lambda digest: any(
            start(edge.source) and end(edge.target) and test(edge.facts)
            for edge in digest.edges
        )

    def _root_cause(self, kind: str, level: str, body: Expression | None) -> Predicate:
        causes, test = _CAUSES[kind], self._body(body, _LEVELS[level])
        return lambda digest: any(
            test(listed) for cause in causes(digest) for listed in _listed(cause, level)
        )

    def _group(self, key: str, position: int) -> Predicate:
        if key not in self._groups:
            raise FilterError(f"there is no group {key!r}", position)
        if key in self._inside:
            raise FilterError(f"group {key!r} is defined by itself", position)
        expression = parse(self._groups[key])
        if expression is None:
            return lambda _: True
        return _Compiler(self._groups, (*self._inside, key)).trace(expression)


def _is(keyword: str, get: Getter) -> Test:
    if keyword in BOOLEANS:
        return lambda item: any(get(item))
    return lambda item: bool(tuple(get(item)))


def _compare(get: Getter, op: str, value: Scalar) -> Test:
    holds = _OPS[op]
    return lambda item: any(holds(found, value) for found in get(item))


def _annotation(key: str, op: str, value: Scalar) -> Predicate:
    if not op:
        return lambda digest: any(
            found is not False for found, _ in digest.annotations.get(key, ())
        )
    holds, kind = _OPS[op], _kind(value)
    return lambda digest: any(
        _kind(found) is kind and holds(found, value)
        for found, _ in digest.annotations.get(key, ())
    )


def _kind(value: object) -> type:
    if isinstance(value, bool):
        return bool
    return str if isinstance(value, str) else float


def _chosen(selector: Selector) -> Callable[[ServiceId], bool]:
    name, kind, account = selector.name, selector.type, selector.account
    return lambda service: (
        (name is None or service.name == name)
        and (kind is None or service.type == kind)
        and (account is None or service.account == account)
    )


def _listed(cause: Cause, level: str) -> Iterator[_Listed]:
    if level == "service":
        yield from _places(cause.services)
        return
    for service in cause.services:
        if level == "entity":
            yield from _places(service.path)
        else:
            for entity in service.path:
                yield from _places(entity.exceptions)


def _places(items: tuple[Any, ...]) -> Iterator[_Listed]:
    for index, item in enumerate(items):
        yield _Listed(item, index, index == len(items) - 1)


def _root_cause_json(patterns: tuple[dict[str, Any], ...]) -> Predicate:
    def holds(digest: Digest) -> bool:
        causes = (*digest.faults, *digest.errors, *digest.slow)
        found = [cause_document(cause) for cause in causes]
        return any(fits(pattern, cause) for pattern in patterns for cause in found)

    return holds


def fits(pattern: Any, found: Any) -> bool:
    """Whether `found` has all that `pattern` says; what it leaves out may be any."""
    if isinstance(pattern, dict):
        return isinstance(found, dict) and all(
            key in found and fits(value, found[key]) for key, value in pattern.items()
        )
    if isinstance(pattern, list):
        return (
            isinstance(found, list)
            and len(found) == len(pattern)
            and all(map(fits, pattern, found))
        )
    return bool(pattern == found)
