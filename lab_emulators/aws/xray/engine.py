"""X-Ray as one object: operations by name, plain data in, plain data out."""

import time
from collections.abc import Callable, Mapping, Set
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.xray.background_indexer import BackgroundIndexer
from lab_emulators.aws.xray.core import Core, Operation, Parameters
from lab_emulators.aws.xray.operations import (
    batch_get_traces,
    groups,
    put_trace_segments,
    sampling,
    service_graphs,
    settings,
    trace_summaries,
)
from lab_emulators.aws.xray.repository.trace_index import TraceIndex
from lab_emulators.store import Store

Part = Callable[[Core], Mapping[str, Operation]]
"""A module's `operations`: what it answers, by the API's name of the operation."""

PARTS: tuple[Part, ...] = (
    service_graphs.operations,
    groups.operations,
    sampling.operations,
    put_trace_segments.operations,
    batch_get_traces.operations,
    settings.operations,
    trace_summaries.operations,
)
"""Every part of the engine; a new module is one more line here."""


class XRay:
    """The X-Ray API over one store; every method may be called from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        region: str = "us-east-1",
    ) -> None:
        self._core = Core(TraceIndex(store, clock), store, clock, region)
        self._operations = self._parts()

    @property
    def operations(self) -> Set[str]:
        """The names of all operations that `call` answers."""
        return self._operations.keys()

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """The answer of one operation; raises AwsError, also for one we lack."""
        answer = self._operations.get(operation)
        if answer is None:
            message = f"not emulated locally: xray.{operation}"
            raise AwsError("NotImplementedException", message, 501)
        return answer(parameters)

    def warm(self) -> BackgroundIndexer:
        """A thread that reads what an earlier process stored, and keeps up afterwards.

        Otherwise the first call that looks at all traces waits for it.
        """
        return BackgroundIndexer(self._core.traces)

    @property
    def is_warm(self) -> bool:
        """Whether a call that looks at all traces finds everything ready."""
        return self._core.traces.is_settled

    def reset(self) -> None:
        """Forget everything that was ever stored, and keep serving."""
        self._core.traces.empty(self._core.store.reset)
        self._core.group_filters.clear()
        self._operations = self._parts()

    def _parts(self) -> dict[str, Operation]:
        operations: dict[str, Operation] = {}
        for part in PARTS:
            operations.update(part(self._core))
        return operations
