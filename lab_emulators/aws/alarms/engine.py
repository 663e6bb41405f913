"""The alarms of one region as one object: their operations, and the time they keep."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.alarms.actions import AlarmActions, Outlets
from lab_emulators.aws.alarms.evaluator import Evaluator
from lab_emulators.aws.alarms.model import StateChange
from lab_emulators.aws.alarms.operations.alarms import ConfigureAlarms
from lab_emulators.aws.alarms.operations.describe_alarms import DescribeAlarms
from lab_emulators.aws.alarms.periodic_thread import PeriodicThread
from lab_emulators.aws.alarms.repository.alarm_history import AlarmHistory
from lab_emulators.aws.alarms.repository.alarm_repository import AlarmRepository
from lab_emulators.aws.metrics.core import MetricsCore, Operation, Parameters


class Alarms:
    """Alarms in a store, evaluated every `every_s` seconds by a thread of their own.

    Without alarms, or with `every_s` 0, there is no thread.
    """

    def __init__(
        self, core: MetricsCore, outlets: Outlets | None = None, *, every_s: float = 1.0
    ) -> None:
        self._repository = AlarmRepository(core)
        history = AlarmHistory(core)
        actions = AlarmActions(outlets or Outlets(), history, core.region, core.account)
        self._evaluator = Evaluator(core, self._repository, history, actions)
        putting = ConfigureAlarms(core, self._repository, actions, self._evaluator)
        self._thread = (
            PeriodicThread("alarms", self._work, every_s) if every_s else None
        )
        self.operations: Mapping[str, Operation] = {
            **putting.operations(),
            **DescribeAlarms(self._repository, history).operations(),
            "PutMetricAlarm": self._put_metric_alarm(putting),
        }
        if len(self._repository):
            self._wake()

    def tick(self, now_s: float | None = None) -> dict[str, Any]:
        """Evaluates all metric alarms now; returns the changes, composites included.

        As the time `now_s` (seconds since 1970) would; without it as if the periods
        under way were over. `Changed` has AlarmName, OldStateValue and NewStateValue.
        """
        changes = self._evaluator.tick(now_s)
        return {
            "Alarms": len(self._repository),
            "Changed": [_change_document(c) for c in changes],
        }

    def close(self) -> None:
        """Stops the thread; what is in the store stays."""
        if self._thread:
            self._thread.close()

    def _work(self) -> bool:
        self._evaluator.due()
        return len(self._repository) > 0

    def _wake(self) -> None:
        if self._thread:
            self._thread.wake()

    def _put_metric_alarm(self, putting: ConfigureAlarms) -> Operation:
        def put(parameters: Parameters) -> dict[str, Any]:
            answer = putting.put_metric_alarm(parameters)
            self._wake()
            return answer

        return put


def _change_document(change: StateChange) -> dict[str, str]:
    return {
        "AlarmName": change.alarm.name,
        "OldStateValue": str(change.previous.value),
        "NewStateValue": str(change.alarm.state.value),
    }
