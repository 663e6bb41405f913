"""CloudWatch as one object: operations by name, plain data in, plain data out."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lab_emulators.aws.alarms.actions import Outlets
from lab_emulators.aws.alarms.engine import Alarms
from lab_emulators.aws.engine import Engine, Operation, OtlpAnswer, Part
from lab_emulators.aws.metrics.core import MetricsCore
from lab_emulators.aws.metrics.model import Datum
from lab_emulators.aws.metrics.operations import (
    get_metric_data,
    get_metric_statistics,
    list_metrics,
    put_metric_data,
)
from lab_emulators.aws.metrics.otlp import OtlpMetrics
from lab_emulators.aws.metrics.repository.datapoints_table import DatapointsTable
from lab_emulators.contract import REGION
from lab_emulators.store import Store

PARTS: tuple[Part[MetricsCore], ...] = (
    get_metric_data.operations,
    list_metrics.operations,
    get_metric_statistics.operations,
    put_metric_data.operations,
)
"""Every part of the engine but the alarms; a new module is one more line here."""


class CloudWatch(Engine[MetricsCore]):
    """CloudWatch's API over one store; every method may be called from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        region: str = REGION,
        outlets: Outlets | None = None,
        every_s: float = 1.0,
    ) -> None:
        """`outlets` is where alarms lead to, evaluated every `every_s` (0: never)."""
        self._outlets, self._every_s = outlets, every_s
        core = MetricsCore(
            store=store, datapoints=DatapointsTable(store), clock=clock, region=region
        )
        super().__init__("cloudwatch", core, (self._alarm_operations, *PARTS))

    def put(self, metric_data: Sequence[Datum]) -> None:
        """Stores data points that other services make."""
        self.core.datapoints.put(metric_data)

    def put_under(self, namespace: str, members: Sequence[Mapping[str, Any]]) -> None:
        """Stores MetricData under a namespace that PutMetricData refuses: AWS's own."""
        self.put(put_metric_data.metric_data_in(namespace, members, self.core.clock()))

    def ingest_otlp(
        self, body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> OtlpAnswer:
        """Stores an OTLP request's data points; raises OtlpError.

        Status and answer as OTLP's JSON has it, with what was rejected.
        """
        return self._otlp.take(body, content_type)

    def tick(self, now_s: float | None = None) -> dict[str, Any]:
        """Evaluates all alarms now, see `Alarms.tick`."""
        return self._alarms.tick(now_s)

    def _build(self) -> None:
        super()._build()
        self._otlp = OtlpMetrics(self.core)

    def _alarm_operations(self, core: MetricsCore) -> Mapping[str, Operation]:
        self._alarms = Alarms(core, self._outlets, every_s=self._every_s)
        core.closing.append(self._alarms.close)
        return self._alarms.operations
