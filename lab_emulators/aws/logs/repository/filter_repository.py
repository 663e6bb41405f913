"""Filters of log groups by name: durable in the store, read from memory."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.filter_pattern import Pattern, compile_pattern
from lab_emulators.aws.logs.core import LogsCore

METRIC_FILTERS = "logs.metric_filters"
MAX_REGEX_FILTERS = 5
"""Filters with a regular expression that a group may have (PutMetricFilter)."""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """A filter as it is described, JSON-ready, and its pattern compiled."""

    document: Mapping[str, Any]
    pattern: Pattern

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """The filter of a document; AwsError for a pattern that cannot be read."""
        return cls(document, compile_pattern(document["filterPattern"]))

    @property
    def name(self) -> str:
        """Name of the filter, unique in its group."""
        return str(self.document["filterName"])

    @property
    def group(self) -> str:
        """The log group it belongs to."""
        return str(self.document["logGroupName"])


_F = TypeVar("_F", bound=EventFilter)


class FilterRepository(Generic[_F]):
    """The filters of one kind, of every group; those of a deleted group are gone."""

    def __init__(
        self,
        core: LogsCore,
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
        filters = self._groups.get(group, {})
        return [filters[name] for name in sorted(filters)]

    def all(self) -> list[_F]:
        """The filters of all groups, by group and name."""
        return [item for group in sorted(self._groups) for item in self.of(group)]

    def put(self, document: Mapping[str, Any]) -> None:
        """Stores a filter; one of its name is replaced, but for its creation time.

        Raises AwsError LimitExceededException.
        """
        group, name = document["logGroupName"], document["filterName"]
        with self._lock:
            self._core.log_groups.group(group)
            before = self._groups.get(group, {})
            if name in before:
                first = before[name].document["creationTime"]
                document = {**document, "creationTime": first}
            elif len(before) >= self._limit:
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            item = self._kind.of(document)
            self._check_regexes(item)
            self._documents.put(self._collection, f"{group}:{name}", document)
            self._remember(item)

    def delete(self, group: str, name: str) -> None:
        """Removes a filter; AwsError ResourceNotFoundException."""
        with self._lock:
            before = self._groups.get(group, {})
            if name not in before:
                text = "The specified filter does not exist."
                raise AwsError("ResourceNotFoundException", text)
            self._documents.delete(self._collection, f"{group}:{name}")
            self._groups[group] = {k: v for k, v in before.items() if k != name}

    def _check_regexes(self, item: _F) -> None:
        if not item.pattern.has_regex:
            return
        others = sum(
            other.pattern.has_regex
            for other in self._stored(item.group)
            if other.name != item.name
        )
        if others >= MAX_REGEX_FILTERS:
            text = (
                f"A log group has at most {MAX_REGEX_FILTERS} filters with a regular "
                "expression."
            )
            raise AwsError("LimitExceededException", text)

    def _stored(self, group: str) -> Iterator[EventFilter]:
        for _, document in self._documents.list(self._collection):
            if document["logGroupName"] == group:
                yield EventFilter.of(document)

    def _remember(self, item: _F) -> None:
        self._groups[item.group] = {**self._groups.get(item.group, {}), item.name: item}

    def _forget(self, group: str) -> None:
        with self._lock:
            for name in self._groups.pop(group, {}):
                self._documents.delete(self._collection, f"{group}:{name}")


def refuse_unemulated(parameters: Mapping[str, Any], *names: str) -> None:
    """Raises the explicit error for a member that is set and does nothing here."""
    for name in names:
        if parameters.get(name):
            text = f"not emulated locally: {name} of a filter"
            raise AwsError("NotImplementedException", text, 501)


def require_standard(core: LogsCore, group: str) -> None:
    """Raises InvalidOperationException for a group whose class has no filters.

    ("Log classes", CloudWatch Logs user guide.)
    """
    log_class = core.log_groups.group(group).log_class
    if log_class != "STANDARD":
        text = f"The log class {log_class} of the log group does not support filters."
        raise AwsError("InvalidOperationException", text)
