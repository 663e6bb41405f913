"""Segments, durable in the store; what is derived from each trace, kept in memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from lab_helpers.emulators.aws.xray.model import Trace
from lab_helpers.emulators.store import Store

T = TypeVar("T")


class Derived(Generic[T]):
    """A value for each trace, computed again only when the trace was touched."""

    def values(self) -> Mapping[str, T]:
        """Trace id → value, brought up to date; a snapshot nobody changes."""
        raise NotImplementedError

    def get(self, trace_id: str) -> T | None:
        """The value of one trace."""
        raise NotImplementedError


class Archive:
    """Every trace; what `put` has stored when it returns survives `kill -9`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, documents: Sequence[str]) -> None:
        raise NotImplementedError

    def trace(self, trace_id: str) -> Trace | None:
        """The trace, put together anew or from memory; None if unknown."""
        raise NotImplementedError

    def derive(self, function: Callable[[Trace], T]) -> Derived[T]:
        """Keep `function(trace)` for every trace, from now on."""
        raise NotImplementedError
