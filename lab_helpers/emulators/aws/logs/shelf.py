"""Filters of log groups by name: durable in the store, read from memory."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from lab_helpers.emulators.aws.errors import AwsError
from lab_helpers.emulators.aws.logs.core import Core
from lab_helpers.emulators.aws.patterns import Pattern, compile_pattern

METRIC_FILTERS = "logs.metric_filters"
SUBSCRIPTIONS = "logs.subscription_filters"
MAX_REGEX_FILTERS = 5
"""Filters with a regular expression that a group may have (PutMetricFilter)."""


class Kept(Protocol):
    """What a shelf keeps: whatever is made of a filter's document."""

    @property
    def document(self) -> Mapping[str, Any]:
        """The filter as it is described, JSON-ready."""


_K = TypeVar("_K", bound=Kept)


class Shelf(Generic[_K]):
    """The filters of one kind, of every group; those of a deleted group are gone."""

    def __init__(
        self,
        core: Core,
        collection: str,
        made: Callable[[Mapping[str, Any]], _K],
        *,
        limit: int,
    ) -> None:
        self._core = core
        self._documents = core.store.documents
        self._collection = collection
        self._made = made
        self._limit = limit
        self._lock = threading.Lock()
        self._groups: dict[str, dict[str, _K]] = {}
        for _, document in self._documents.list(collection):
            self._remember(made(document))
        core.deleted.append(self._forget)

    def of(self, group: str) -> list[_K]:
        """The filters of one group, by name."""
        found = self._groups.get(group, {})
        return [found[name] for name in sorted(found)]

    def all(self) -> list[_K]:
        """The filters of all groups, by group and name."""
        return [kept for group in sorted(self._groups) for kept in self.of(group)]

    def put(self, document: Mapping[str, Any]) -> None:
        """Keep a filter; another of its name gives way, but for when it was created.

        Raises AwsError LimitExceededException.
        """
        group, name = document["logGroupName"], document["filterName"]
        with self._lock:
            self._core.directory.group(group)
            before = self._groups.get(group, {})
            if name in before:
                first = before[name].document["creationTime"]
                document = {**document, "creationTime": first}
            elif len(before) >= self._limit:
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            kept = self._made(document)
            self._check_regexes(group, name, compile_pattern(document["filterPattern"]))
            self._documents.put(self._collection, f"{group}:{name}", document)
            self._remember(kept)

    def delete(self, group: str, name: str) -> None:
        """Remove a filter; AwsError ResourceNotFoundException."""
        with self._lock:
            before = self._groups.get(group, {})
            if name not in before:
                text = "The specified filter does not exist."
                raise AwsError("ResourceNotFoundException", text)
            self._documents.delete(self._collection, f"{group}:{name}")
            self._groups[group] = {k: v for k, v in before.items() if k != name}

    def _check_regexes(self, group: str, name: str, pattern: Pattern) -> None:
        if not pattern.has_regex:
            return
        stored = [
            (collection, document)
            for collection in (METRIC_FILTERS, SUBSCRIPTIONS)
            for _, document in self._documents.list(collection)
            if document["logGroupName"] == group
        ]
        others = sum(
            compile_pattern(document["filterPattern"]).has_regex
            for collection, document in stored
            if (collection, document["filterName"]) != (self._collection, name)
        )
        if others >= MAX_REGEX_FILTERS:
            text = (
                f"A log group has at most {MAX_REGEX_FILTERS} filters with a regular "
                "expression."
            )
            raise AwsError("LimitExceededException", text)

    def _remember(self, kept: _K) -> None:
        group, name = kept.document["logGroupName"], kept.document["filterName"]
        self._groups[group] = {**self._groups.get(group, {}), name: kept}

    def _forget(self, group: str) -> None:
        with self._lock:
            for name in self._groups.pop(group, {}):
                self._documents.delete(self._collection, f"{group}:{name}")


def refuse_unemulated(parameters: Mapping[str, Any], *names: str) -> None:
    """Raise the explicit error for a member that is given and does nothing here."""
    for name in names:
        if parameters.get(name):
            text = f"not emulated locally: {name} of a filter"
            raise AwsError("NotImplementedException", text, 501)


def require_standard(core: Core, group: str) -> None:
    """Raise InvalidOperationException for a group whose class has no filters.

    ("Log classes", CloudWatch Logs user guide.)
    """
    log_class = core.directory.group(group).log_class
    if log_class != "STANDARD":
        text = f"The log class {log_class} of the log group does not support filters."
        raise AwsError("InvalidOperationException", text)
