"""CloudWatch Logs as one object: operations by name, plain data in and out."""

import time
from collections.abc import Callable, Mapping

from lab_emulators.aws.engine import Engine, OtlpAnswer, Part, RawOperation
from lab_emulators.aws.logs import embedded_metrics, otlp, tags
from lab_emulators.aws.logs.core import (
    LogsCore,
    PublishMetrics,
    discard_metrics,
)
from lab_emulators.aws.logs.operations import (
    filter_log_events,
    get_log_events,
    log_groups,
    log_streams,
    metric_filters,
    put_log_events,
    queries,
    query_definitions,
)
from lab_emulators.aws.logs.repository.events_table import EventsTable, before
from lab_emulators.aws.logs.repository.group_repository import LogGroupRepository
from lab_emulators.contract import REGION
from lab_emulators.store import Store

PARTS: tuple[Part[LogsCore], ...] = (
    query_definitions.operations,
    embedded_metrics.operations,
    filter_log_events.operations,
    log_groups.operations,
    metric_filters.operations,
    put_log_events.operations,
    queries.operations,
    get_log_events.operations,
    log_streams.operations,
    tags.operations,
)
"""Every part of the engine; a new module is one more line here."""


class Logs(Engine[LogsCore]):
    """The CloudWatch Logs API over one store; call it from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        region: str = REGION,
        publish_metrics: PublishMetrics = discard_metrics,
    ) -> None:
        """`publish_metrics` takes what metric filters make of the events."""
        core = LogsCore(
            store=store,
            events=EventsTable(store),
            log_groups=LogGroupRepository(store),
            clock=clock,
            region=region,
            publish_metrics=publish_metrics,
        )
        super().__init__("logs", core, PARTS)
        self._remove_expired()

    def ingest_otlp(
        self, body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> OtlpAnswer:
        """Stores the log records of a request; see `logs.otlp`."""
        return self._ingest_otlp(body, content_type, headers)

    def _build(self) -> None:
        super()._build()
        self._ingest_otlp = otlp.take(self.core)

    def _raw_operations(self) -> Mapping[str, RawOperation]:
        return put_log_events.raw(self.core)

    def _remove_expired(self) -> None:
        """Deletes events past their retention; AWS takes up to 72 hours for it."""
        now = self.core.now_ms()
        for group in self.core.log_groups.groups():
            if group.retention_days is not None:
                self.core.events.remove(group.name, before(group.expiry_ms(now)))
