"""CloudWatch Logs as one object: operations by name, plain data in and out."""

import time
from collections.abc import Callable, Mapping, Set
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs import embedded_metrics, tags
from lab_emulators.aws.logs.core import Core, Operation, Parameters
from lab_emulators.aws.logs.operations import (
    discovered_fields,
    filter_log_events,
    get_log_events,
    log_groups,
    log_streams,
    metric_filters,
    put_log_events,
    queries,
    query_definitions,
    resource_policies,
    subscription_filters,
)
from lab_emulators.aws.logs.repository.events_table import EventsTable, before
from lab_emulators.aws.logs.repository.group_repository import LogGroupRepository
from lab_emulators.store import Store

Part = Callable[[Core], Mapping[str, Operation]]
"""A module's `operations`: what it answers, by the API's name of the operation."""

PARTS: tuple[Part, ...] = (
    query_definitions.operations,
    embedded_metrics.operations,
    discovered_fields.operations,
    filter_log_events.operations,
    log_groups.operations,
    metric_filters.operations,
    resource_policies.operations,
    put_log_events.operations,
    queries.operations,
    get_log_events.operations,
    log_streams.operations,
    subscription_filters.operations,
    tags.operations,
)
"""Every part of the engine; a new module is one more line here."""


class Logs:
    """The CloudWatch Logs API over one store; call it from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        region: str = "us-east-1",
    ) -> None:
        self.core = Core(
            store, EventsTable(store), LogGroupRepository(store), clock, region
        )
        self.raw: Mapping[str, Callable[[bytes], dict[str, Any]]]
        self._build()
        self._remove_expired()

    @property
    def operations(self) -> Set[str]:
        """The names of all operations that `call` answers."""
        return self._operations.keys()

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """The answer of one operation; raises AwsError, also for one we lack."""
        answer = self._operations.get(operation)
        if answer is None:
            message = f"not emulated locally: logs.{operation}"
            raise AwsError("NotImplementedException", message, 501)
        return answer(parameters)

    def reset(self) -> None:
        """Forget everything that was ever stored, and keep serving."""
        core = self.core
        self.close()
        core.store.reset()
        core.log_groups.reload()
        core.events.reload()
        core.accepted.clear()
        core.deleted.clear()
        core.not_embedded.clear()
        self._build()

    def close(self) -> None:
        """End what runs beside the calls; the store belongs to whoever opened it."""
        while self.core.closing:
            self.core.closing.pop()()

    def _remove_expired(self) -> None:
        """Delete what nobody is shown any more; AWS takes up to 72 hours for it."""
        now = self.core.now_ms()
        for group in self.core.log_groups.groups():
            if group.retention_days is not None:
                self.core.events.remove(group.name, before(group.expiry_ms(now)))

    def _build(self) -> None:
        operations: dict[str, Operation] = {}
        for part in PARTS:
            operations.update(part(self.core))
        self._operations = operations
        self.raw = put_log_events.raw(self.core)
