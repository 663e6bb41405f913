"""Values of the keywords of a filter expression, for each subject it may have.

Of a trace, the outcome and the request are the root's: an error that a service
swallowed is found by `service()` only. Users, instances, zones and ARNs are anyone's.
"""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Getter = Callable[[Any], Iterable[Any]]
"""The values of a keyword; none if it is absent."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An element of a root cause and its index in a list."""

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


FACTS: dict[str, Getter] = {
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
"""Of `digest.Facts`: a request at a service, or a call along an edge."""


def _of_root(keyword: str) -> Getter:
    get = FACTS[keyword]
    return lambda digest: get(digest.nodes[0])


TRACE: dict[str, Getter] = {
    **{name: _of_root(name) for name in ("ok", "error", "throttle", "fault")},
    **{name: _of_root(name) for name in FACTS if name.startswith("http.")},
    "partial": _flag("partial"),
    "inferred": _flag("inferred"),
    "responsetime": _of_root("responsetime"),
    "duration": _single("duration"),
    "user": lambda digest: [user for user, _ in digest.users],
    "availabilityzone": _every("zone"),
    "instance.id": _every("instance"),
    "resource.arn": _every("arn"),
}
"""Of a `digest.Digest`."""

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

LEVELS = {"service": _IN_SERVICE, "entity": _IN_ENTITY, "exception": _IN_EXCEPTION}
"""Of a `Listed` element of a root cause, by what kind of element it is."""
