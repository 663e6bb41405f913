"""Which log groups and streams there are: durable in the store, read from memory.

A group is a table of the store and its record the table's properties, so that both
come and go in one transaction. The streams of a group are documents of a collection
that is named after the group's moment of creation: those of a group that was deleted
are never taken for the streams of its namesake.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from lab_emulators.aws.logs.errors import exists, no_group, no_stream
from lab_emulators.store import Store, TableExists, TableInfo

DAY_MS = 86_400_000
TRIES = 20
"""Of making a group whose namesake was just deleted, while events still arrive."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A log stream; `created_ms` since 1970."""

    name: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Group:
    """A log group; `retention_days` None keeps events forever.

    `streams` is shared by every copy of the group and only ever changed by the
    directory; look things up in it, or copy it before going through it.
    """

    name: str
    created_ms: int
    born_ns: int
    retention_days: int | None = None
    log_class: str = "STANDARD"
    kms_key: str | None = None
    protected: bool = False
    streams: dict[str, Stream] = field(default_factory=dict, compare=False)

    def expiry_ms(self, now_ms: int) -> int:
        """The moment before which events are no longer kept; 0 without retention."""
        days = self.retention_days
        return 0 if days is None else max(0, now_ms - days * DAY_MS)

    def stream(self, name: str) -> Stream:
        """The stream of that name; AwsError ResourceNotFoundException."""
        found = self.streams.get(name)
        if found is None:
            raise no_stream()
        return found


class Directory:
    """All groups and streams; reads never wait for the disk."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._groups = self._load()

    def group(self, name: str) -> Group:
        """The group of that name; AwsError ResourceNotFoundException."""
        found = self._groups.get(name)
        if found is None:
            raise no_group()
        return found

    def groups(self) -> list[Group]:
        """Every group, by name."""
        return sorted(self._groups.copy().values(), key=lambda group: group.name)

    def create_group(self, name: str, created_ms: int, **record: Any) -> Group:
        """Make a group; ResourceAlreadyExistsException. `record` as in `Group`."""
        with self._lock:
            if name in self._groups:
                raise exists("log group")
            kept = {"created_ms": created_ms, **record}
            return self._remember(_group(self._new_table(name, kept), {}))

    def change_group(self, name: str, **record: Any) -> Group:
        """Give a group other values of its record; ResourceNotFoundException."""
        with self._lock:
            group = replace(self.group(name), **record)
            self._store.update_table(name, properties=_record(group))
            return self._remember(group)

    def delete_group(self, name: str) -> Group:
        """Remove a group, its streams and its events; ResourceNotFoundException."""
        with self._lock:
            group = self.group(name)
            self._store.delete_table(name)
            del self._groups[name]
            self._store.documents.clear(_collection(group))
            return group

    def create_stream(self, group: str, name: str, created_ms: int) -> Stream:
        """Make a stream; ResourceNotFoundException, ResourceAlreadyExistsException."""
        with self._lock:
            owner = self.group(group)
            if name in owner.streams:
                raise exists("log stream")
            body = {"created_ms": created_ms}
            self._store.documents.put(_collection(owner), name, body)
            owner.streams[name] = Stream(name, created_ms)
            return owner.streams[name]

    def delete_stream(self, group: str, name: str) -> None:
        """Remove a stream, not yet its events; ResourceNotFoundException."""
        with self._lock:
            owner = self.group(group)
            owner.stream(name)
            self._store.documents.delete(_collection(owner), name)
            del owner.streams[name]

    def reload(self) -> None:
        """Read everything anew, after the store was emptied."""
        with self._lock:
            self._groups = self._load()

    def _new_table(self, name: str, kept: Mapping[str, Any]) -> TableInfo:
        """A table in place of what came, and perhaps still comes, to a deleted one."""
        for _ in range(TRIES):
            if self._store.table(name) is not None:
                self._store.delete_table(name)
            with suppress(TableExists):
                return self._store.create_table(name, label=name, properties=kept)
        raise exists("log group")

    def _remember(self, group: Group) -> Group:
        self._groups[group.name] = group
        return group

    def _load(self) -> dict[str, Group]:
        """Every group; a table without a record is what came to a deleted one."""
        found = [info for info in self._store.tables() if info.properties]
        return {info.name: self._loaded(info) for info in found}

    def _loaded(self, info: TableInfo) -> Group:
        group = _group(info, {})
        group.streams.update(self._streams(group))
        return group

    def _streams(self, group: Group) -> Iterator[tuple[str, Stream]]:
        for name, body in self._store.documents.list(_collection(group)):
            yield name, Stream(name, body["created_ms"])


def _collection(group: Group) -> str:
    return f"logs.streams.{group.born_ns}"


def _group(info: TableInfo, streams: dict[str, Stream]) -> Group:
    return Group(info.name, born_ns=info.created_ns, streams=streams, **info.properties)


def _record(group: Group) -> Mapping[str, Any]:
    return {
        "created_ms": group.created_ms,
        "retention_days": group.retention_days,
        "log_class": group.log_class,
        "kms_key": group.kms_key,
        "protected": group.protected,
    }
