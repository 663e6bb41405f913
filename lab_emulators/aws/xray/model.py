"""Segments, the traces they form, and the services they name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from lab_emulators.contract import ACCOUNT_ID

Json = Mapping[str, Any]
AnnotationValue = str | int | float | bool

EMPTY: Json = {}
"""One object for all absent members, so that absence takes no memory."""


def _empty() -> Json:
    return EMPTY


class ServiceId(NamedTuple):
    """A node of the service graph: a name, a type ("" when unknown), an account."""

    name: str
    type: str = ""
    account: str = ""

    def as_document(self) -> dict[str, Any]:
        """The service in GetTraceSummaries and in the graphs."""
        document: dict[str, Any] = {"Name": self.name, "Names": [self.name]}
        if self.account:
            document["AccountId"] = self.account
        if self.type:
            document["Type"] = self.type
        return document


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment or subsegment; times are seconds since the epoch.

    `end` is None while in progress. `independent` says that it was sent as a document
    of its own with `type: subsegment`; `inferred` that it was not sent, but stands for
    the callee of a `remote` or `aws` subsegment. `http`, `aws`, `metadata`, `service`
    and `sql` are as sent; `cause` is the id of an exception or an object. `sent` is the
    whole document, with the members that are not read here.
    """

    id: str
    trace_id: str
    name: str
    start: float
    end: float | None = None
    parent_id: str | None = None
    origin: str = ""
    namespace: str = ""
    http: Json = field(default_factory=_empty)
    aws: Json = field(default_factory=_empty)
    error: bool = False
    fault: bool = False
    throttle: bool = False
    cause: Json | str | None = None
    annotations: Mapping[str, AnnotationValue] = field(default_factory=_empty)
    metadata: Json = field(default_factory=_empty)
    user: str = ""
    service: Json = field(default_factory=_empty)
    sql: Json = field(default_factory=_empty)
    resource_arn: str = ""
    inferred: bool = False
    in_progress: bool = False
    independent: bool = False
    sent: Json = field(default_factory=_empty, repr=False, compare=False)
    subsegments: tuple["Segment", ...] = ()

    @property
    def last(self) -> float:
        """End time; start time while in progress."""
        return self.start if self.end is None else self.end

    @property
    def duration(self) -> float:
        """Seconds from start to end; 0 while in progress."""
        return self.last - self.start

    @property
    def request(self) -> Json:
        """`http.request`, empty if there is none."""
        return _object(self.http.get("request"))

    @property
    def response(self) -> Json:
        """`http.response`, empty if there is none."""
        return _object(self.http.get("response"))

    @property
    def exceptions(self) -> tuple[Json, ...]:
        """The exceptions of its cause that are recorded here."""
        if not isinstance(self.cause, Mapping):
            return ()
        exceptions = self.cause.get("exceptions")
        items = exceptions if isinstance(exceptions, list) else ()
        return tuple(item for item in items if isinstance(item, Mapping))

    def walk(self) -> Iterator["Segment"]:
        """The segment, then everything below it, parents first."""
        if not self.subsegments:
            yield self
            return
        waiting = [self]
        while waiting:
            segment = waiting.pop()
            yield segment
            waiting += reversed(segment.subsegments)

    def service_id(self) -> ServiceId:
        """The node of the segment; an inferred one without origin is `remote`."""
        account = self.aws.get("account_id") if self.aws else None
        if not isinstance(account, str):
            account = "" if self.inferred else ACCOUNT_ID
        kind = self.origin or ("remote" if self.inferred else "")
        return _one_service(self.name, kind, account)


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace.

    `segments` are the top-level ones by start time: sent segments with their
    subsegments nested, independent subsegments whose parent has not arrived, and,
    last, inferred ones. `revision` counts the documents received, `updated` is when
    the latest came; `limit_exceeded` says that some exceeded a quota and are lost.
    """

    id: str
    segments: tuple[Segment, ...]
    revision: int = 1
    limit_exceeded: bool = False
    updated: float = 0.0

    @property
    def start(self) -> float:
        """The earliest start, in seconds since the epoch."""
        return min(segment.start for segment in self.segments)

    @property
    def end(self) -> float:
        """The latest end of a top-level segment."""
        return max(segment.last for segment in self.segments)


@lru_cache(maxsize=4096)
def _one_service(name: str, kind: str, account: str) -> ServiceId:
    """One object for all equal ids: there are few, in very many traces."""
    return ServiceId(name, kind, account)


def by_start(segment: Segment) -> tuple[float, str]:
    """The order of siblings everywhere: start time, then id."""
    return segment.start, segment.id


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else EMPTY


def arn(region: str, resource: str) -> str:
    """The ARN of an X-Ray resource of the lab, e.g. of `group/slow/1`."""
    return f"arn:aws:xray:{region}:{ACCOUNT_ID}:{resource}"
