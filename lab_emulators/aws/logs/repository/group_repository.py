"""The repository of log groups and streams: stored, and cached in memory.

A group is a table of the store and its record the table's properties, so that both
come and go in one transaction. The streams of a group are documents of a collection
that is named after the group's time of creation: those of a deleted group never
reappear in a new group of its name.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from lab_emulators.aws.logs.errors import exists, no_group
from lab_emulators.aws.logs.model import LogGroup, LogStream
from lab_emulators.store import Store, TableExistsError, TableInfo

TRIES = 20
"""Attempts to make a group whose namesake was deleted while events arrive."""


class LogGroupRepository:
    """All log groups and streams; reads never wait for the disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._groups = self._load()

    def group(self, name: str) -> LogGroup:
        """The group of that name; AwsError ResourceNotFoundException."""
        group = self._groups.get(name)
        if group is None:
            raise no_group()
        return group

    def groups(self) -> list[LogGroup]:
        """Every group, by name."""
        return sorted(self._groups.copy().values(), key=lambda group: group.name)

    def create_group(self, name: str, created_ms: int, **record: Any) -> LogGroup:
        """Makes a group; ResourceAlreadyExistsException. `record` as in `LogGroup`."""
        with self._lock:
            if name in self._groups:
                raise exists("log group")
            record = {"created_ms": created_ms, **record}
            return self._remember(_group(self._new_table(name, record), {}))

    def change_group(self, name: str, **record: Any) -> LogGroup:
        """Changes members of a group's record; ResourceNotFoundException."""
        with self._lock:
            group = replace(self.group(name), **record)
            self._store.update_table(name, properties=_record(group))
            return self._remember(group)

    def delete_group(self, name: str) -> LogGroup:
        """Removes a group, its streams and its events; ResourceNotFoundException."""
        with self._lock:
            group = self.group(name)
            self._store.delete_table(name)
            del self._groups[name]
            self._store.documents.clear(_collection(group))
            return group

    def create_stream(self, group: str, name: str, created_ms: int) -> LogStream:
        """Makes a stream; ResourceNotFoundException, ResourceAlreadyExistsException."""
        with self._lock:
            owner = self.group(group)
            if name in owner.streams:
                raise exists("log stream")
            body = {"created_ms": created_ms}
            self._store.documents.put(_collection(owner), name, body)
            owner.streams[name] = LogStream(name, created_ms)
            return owner.streams[name]

    def delete_stream(self, group: str, name: str) -> None:
        """Removes a stream, not yet its events; ResourceNotFoundException."""
        with self._lock:
            owner = self.group(group)
            owner.stream(name)
            self._store.documents.delete(_collection(owner), name)
            del owner.streams[name]

    def reload(self) -> None:
        """Reads all groups again, after the store was emptied."""
        with self._lock:
            self._groups = self._load()

    def _new_table(self, name: str, record: Mapping[str, Any]) -> TableInfo:
        """A new table, also where late events made one after the group was deleted."""
        for _ in range(TRIES):
            if self._store.table(name) is not None:
                self._store.delete_table(name)
            with suppress(TableExistsError):
                return self._store.create_table(name, label=name, properties=record)
        raise exists("log group")

    def _remember(self, group: LogGroup) -> LogGroup:
        self._groups[group.name] = group
        return group

    def _load(self) -> dict[str, LogGroup]:
        """Every group; a table without a record has late events of a deleted group."""
        tables = [info for info in self._store.tables() if info.properties]
        return {info.name: self._loaded(info) for info in tables}

    def _loaded(self, info: TableInfo) -> LogGroup:
        group = _group(info, {})
        group.streams.update(self._streams(group))
        return group

    def _streams(self, group: LogGroup) -> Iterator[tuple[str, LogStream]]:
        for name, body in self._store.documents.list(_collection(group)):
            yield name, LogStream(name, body["created_ms"])


def _collection(group: LogGroup) -> str:
    return f"logs.streams.{group.born_ns}"


def _group(info: TableInfo, streams: dict[str, LogStream]) -> LogGroup:
    return LogGroup(
        info.name, born_ns=info.created_ns, streams=streams, **info.properties
    )


def _record(group: LogGroup) -> Mapping[str, Any]:
    return {
        "created_ms": group.created_ms,
        "retention_days": group.retention_days,
        "log_class": group.log_class,
        "kms_key": group.kms_key,
        "protected": group.protected,
    }
