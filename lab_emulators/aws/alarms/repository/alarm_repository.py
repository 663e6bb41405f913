"""The repository of alarms: stored, and cached in memory for their evaluation."""

import threading
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.alarms.model import Alarm, AlarmState, AlarmType, StateValue
from lab_emulators.aws.metrics.core import MetricsCore

_ALARMS = "cloudwatch.alarms"


class AlarmRepository:
    """Alarms by name; hold `lock` to read and then write."""

    def __init__(self, core: MetricsCore) -> None:
        self._documents = core.store.documents
        self._arn_prefix = f"arn:aws:cloudwatch:{core.region}:{core.account}:alarm:"
        self.lock = threading.RLock()
        self._alarms = {
            name: self._alarm(name, document)
            for name, document in self._documents.list(_ALARMS)
        }

    def __len__(self) -> int:
        return len(self._alarms)

    def arn(self, name: str) -> str:
        """The ARN of an alarm of that name."""
        return self._arn_prefix + name

    def get(self, name: str) -> Alarm | None:
        """The alarm of that name, None if there is none."""
        return self._alarms.get(name)

    def all(self) -> list[Alarm]:
        """Every alarm, by name."""
        with self.lock:
            return [self._alarms[name] for name in sorted(self._alarms)]

    def put(self, alarm: Alarm) -> None:
        """Stores the alarm; durable when this returns."""
        with self.lock:
            self._documents.put(_ALARMS, alarm.name, _document(alarm))
            self._alarms[alarm.name] = alarm

    def delete(self, name: str) -> None:
        """Removes the alarm, if there is one."""
        with self.lock:
            self._documents.delete(_ALARMS, name)
            self._alarms.pop(name, None)

    def _alarm(self, name: str, document: Mapping[str, Any]) -> Alarm:
        state = document["state"]
        return Alarm(
            name,
            self.arn(name),
            AlarmType(document["kind"]),
            document["settings"],
            AlarmState(**{**state, "value": StateValue(state["value"])}),
            document["configured_s"],
        )


def _document(alarm: Alarm) -> dict[str, Any]:
    state = alarm.state
    return {
        "kind": str(alarm.kind),
        "settings": dict(alarm.settings),
        "state": {
            "value": str(state.value),
            "reason": state.reason,
            "reason_data": state.reason_data,
            "since_s": state.since_s,
        },
        "configured_s": alarm.configured_s,
    }
