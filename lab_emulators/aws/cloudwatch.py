"""CloudWatch as one object: operations by name, plain data in, plain data out."""

import time
from collections.abc import Callable, Mapping, Set
from typing import Any

from lab_emulators.aws.alarms.actions import Outlets
from lab_emulators.aws.alarms.engine import Alarms
from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.core import Core, Operation, Parameters
from lab_emulators.aws.metrics.operations import (
    get_metric_data,
    get_metric_statistics,
    list_metrics,
    put_metric_data,
)
from lab_emulators.aws.metrics.otlp import OtlpMetrics
from lab_emulators.aws.metrics.repository.datapoints_table import DatapointsTable
from lab_emulators.store import Store

Part = Callable[[Core], Mapping[str, Operation]]
"""A module's `operations`: what it answers, by the API's name of the operation."""

PARTS: tuple[Part, ...] = (
    get_metric_data.operations,
    list_metrics.operations,
    get_metric_statistics.operations,
    put_metric_data.operations,
)
"""Every part of the engine; a new module is one more line here."""


class CloudWatch:
    """CloudWatch's API over one store; every method may be called from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        region: str = "us-east-1",
        outlets: Outlets | None = None,
        every_s: float = 1.0,
    ) -> None:
        """`outlets` is where alarms lead to, evaluated every `every_s` (0: never)."""
        self.core = Core(DatapointsTable(store), store, clock, region)
        self._outlets, self._every_s = outlets, every_s
        self._alarms = self._new_alarms()
        self._otlp = OtlpMetrics(self.core)
        self._operations = self._parts()

    @property
    def operations(self) -> Set[str]:
        """The names of all operations that `call` answers."""
        return self._operations.keys()

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """The answer of one operation; raises AwsError, also for one we lack."""
        answer = self._operations.get(operation)
        if answer is None:
            message = f"not emulated locally: cloudwatch.{operation}"
            raise AwsError("NotImplementedException", message, 501)
        return answer(parameters)

    def reset(self) -> None:
        """Forget everything that was ever stored, and keep serving."""
        self._alarms.close()
        self.core.store.reset()
        self._alarms = self._new_alarms()
        self._otlp = OtlpMetrics(self.core)
        self._operations = self._parts()

    def take_otlp(
        self, body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """Store an OTLP request's data points; raises OtlpError.

        Status and answer as OTLP's JSON has it, with what was rejected.
        """
        return self._otlp.take(body, content_type)

    def tick(self, now_s: float | None = None) -> dict[str, Any]:
        """Evaluate all alarms now, see `Alarms.tick`."""
        return self._alarms.tick(now_s)

    def close(self) -> None:
        """Stop what runs beside the calls; the store stays open."""
        self._alarms.close()

    def _new_alarms(self) -> Alarms:
        return Alarms(self.core, self._outlets, every_s=self._every_s)

    def _parts(self) -> dict[str, Operation]:
        operations: dict[str, Operation] = dict(self._alarms.operations)
        for part in PARTS:
            operations.update(part(self.core))
        return operations
