"""CloudWatch Logs as one object: operations by name, plain data in and out."""

import time
from collections.abc import Callable, Mapping

from lab_emulators.aws.engine import Engine, OtlpAnswer, Part, RawOperation
from lab_emulators.aws.logs import (
    definitions,
    emf,
    filtering,
    groups,
    metric_filters,
    otlp,
    putting,
    queries,
    reading,
    streams,
    tags,
)
from lab_emulators.aws.logs.archive import Archive, before
from lab_emulators.aws.logs.core import (
    Core,
    PublishMetrics,
    discard_metrics,
)
from lab_emulators.aws.logs.directory import Directory
from lab_emulators.contract import REGION
from lab_emulators.store import Store

PARTS: tuple[Part[Core], ...] = (
    definitions.operations,
    emf.operations,
    filtering.operations,
    groups.operations,
    metric_filters.operations,
    putting.operations,
    queries.operations,
    reading.operations,
    streams.operations,
    tags.operations,
)
"""Every part of the engine; a new module is one more line here."""


class Logs(Engine[Core]):
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
        core = Core(
            store=store,
            archive=Archive(store),
            directory=Directory(store),
            clock=clock,
            region=region,
            publish_metrics=publish_metrics,
        )
        super().__init__("logs", core, PARTS)
        self._remove_expired()

    def ingest_otlp(
        self, body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> OtlpAnswer:
        """Store the log records of a request; see `logs.otlp`."""
        return self._ingest_otlp(body, content_type, headers)

    def _build(self) -> None:
        super()._build()
        self._ingest_otlp = otlp.take(self.core)

    def _raw_operations(self) -> Mapping[str, RawOperation]:
        return putting.raw(self.core)

    def _remove_expired(self) -> None:
        """Delete what nobody is shown any more; AWS takes up to 72 hours for it."""
        now = self.core.now_ms()
        for group in self.core.directory.groups():
            if group.retention_days is not None:
                self.core.archive.remove(group.name, before(group.expiry_ms(now)))
