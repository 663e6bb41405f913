"""The repository of filters, by log group and name: stored, and cached in memory."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.filter_pattern import Pattern, compile_pattern
from lab_emulators.aws.logs.core import Core
from lab_emulators.aws.logs.errors import limit_exceeded, no_filter

METRIC_FILTERS = "logs.metric_filters"
SUBSCRIPTIONS = "logs.subscription_filters"
MAX_REGEX_FILTERS = 5
"""Filters with a regular expression that a group may have (PutMetricFilter)."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """A metric or subscription filter: its document, and its pattern compiled."""

    document: Mapping[str, Any]
    pattern: Pattern

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """The filter of a document; AwsError for an invalid pattern."""
        return cls(document, compile_pattern(document["filterPattern"]))

    @property
    def name(self) -> str:
        """`filterName`, unique in its group."""
        return str(self.document["filterName"])

    @property
    def group(self) -> str:
        """`logGroupName`."""
        return str(self.document["logGroupName"])


_F = TypeVar("_F", bound=EventFilter)


class FilterRepository(Generic[_F]):
    """All filters of one kind; those of a deleted group are deleted with it."""

    def __init__(
        self,
        core: Core,
        collection: str,
        kind: type[_F],
        *,
        limit: int,
    ) -> None:
        self._core = core
        self._documents = core.store.documents
        self._collection = collection
        self._kind = kind
        self._limit = limit
        self._lock = threading.Lock()
        self._groups: dict[str, dict[str, _F]] = {}
        for _, document in self._documents.list(collection):
            self._remember(kind.of(document))
        core.deleted.append(self._forget)

    def of(self, group: str) -> list[_F]:
        """The filters of one group, by name."""
        found = self._groups.get(group, {})
        return [found[name] for name in sorted(found)]

    def all(self) -> list[_F]:
        """The filters of all groups, by group and name."""
        return [each for group in sorted(self._groups) for each in self.of(group)]

    def put(self, document: Mapping[str, Any]) -> None:
        """Stores a filter; it replaces one of its name, whose `creationTime` it keeps.

        Raises AwsError LimitExceededException.
        """
        group, name = document["logGroupName"], document["filterName"]
        with self._lock:
            self._core.log_groups.group(group)
            known = self._groups.get(group, {})
            if name in known:
                first = known[name].document["creationTime"]
                document = {**document, "creationTime": first}
            elif len(known) >= self._limit:
                raise limit_exceeded()
            new = self._kind.of(document)
            self._check_regexes(new)
            self._documents.put(self._collection, f"{group}:{name}", document)
            self._remember(new)

    def delete(self, group: str, name: str) -> None:
        """Removes a filter; AwsError ResourceNotFoundException."""
        with self._lock:
            known = self._groups.get(group, {})
            if name not in known:
                raise no_filter()
            self._documents.delete(self._collection, f"{group}:{name}")
            self._groups[group] = {k: v for k, v in known.items() if k != name}

    def _check_regexes(self, new: _F) -> None:
        if not new.pattern.has_regex:
            return
        others = sum(
            other.pattern.has_regex
            for collection in (METRIC_FILTERS, SUBSCRIPTIONS)
            for other in self._stored(collection, new.group)
            if (collection, other.name) != (self._collection, new.name)
        )
        if others >= MAX_REGEX_FILTERS:
            text = (
                f"A log group has at most {MAX_REGEX_FILTERS} filters with a regular "
                "expression."
            )
            raise limit_exceeded(text)

    def _stored(self, collection: str, group: str) -> Iterator[EventFilter]:
        for _, document in self._documents.list(collection):
            if document["logGroupName"] == group:
                yield EventFilter.of(document)

    def _remember(self, new: _F) -> None:
        self._groups[new.group] = {**self._groups.get(new.group, {}), new.name: new}

    def _forget(self, group: str) -> None:
        with self._lock:
            for name in self._groups.pop(group, {}):
                self._documents.delete(self._collection, f"{group}:{name}")


def refuse_unemulated(parameters: Mapping[str, Any], *names: str) -> None:
    """Refuses parameters that are not emulated, by name."""
    for name in names:
        if parameters.get(name):
            text = f"not emulated locally: {name} of a filter"
            raise AwsError("NotImplementedException", text, 501)


def require_standard(core: Core, group: str) -> None:
    """Checks that the class of a group has filters; InvalidOperationException.

    ("Log classes", CloudWatch Logs user guide.)
    """
    log_class = core.log_groups.group(group).log_class
    if log_class != "STANDARD":
        text = f"The log class {log_class} of the log group does not support filters."
        raise AwsError("InvalidOperationException", text)
