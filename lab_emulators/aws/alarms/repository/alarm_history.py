"""The history of alarms: changes of settings and states, and actions.

`HistoryData` is JSON in the form of the samples of `aws cloudwatch
describe-alarm-history`; it outlives the alarm for as long as AWS keeps it.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from lab_emulators.aws.alarms.events import ConfigurationChange
from lab_emulators.aws.alarms.model import Alarm, AlarmState, StateChange, timestamp
from lab_emulators.aws.metrics.core import MetricsCore

KEPT_S = 30 * 24 * 3600  # User Guide: alarm history is saved for 30 days

_HISTORY = "cloudwatch.alarm_history"

HistoryItem = dict[str, Any]
"""An AlarmHistoryItem of the API."""


class HistoryItemType(StrEnum):
    """`HistoryItemType`."""

    CONFIGURATION = "ConfigurationUpdate"
    STATE = "StateUpdate"
    ACTION = "Action"


class AlarmHistory:
    """The items of one region, durable when written."""

    def __init__(self, core: MetricsCore) -> None:
        self._documents = core.store.documents
        self._clock = core.clock
        for identity, item in self._documents.list(_HISTORY):
            if self._is_old(item):
                self._documents.delete(_HISTORY, identity)

    def configured(self, change: ConfigurationChange) -> None:
        """Records that an alarm was created, updated or deleted."""
        word = {"create": "created", "update": "updated", "delete": "deleted"}
        alarm, past = change.alarm, word[change.operation]
        data = {
            "version": "1.0",
            "type": change.operation.capitalize(),
            f"{past}Alarm": _settings_json(alarm),
        }
        summary = f'Alarm "{alarm.name}" {past}'
        self._add(alarm, HistoryItemType.CONFIGURATION, summary, data, at_s=change.at_s)

    def changed(self, change: StateChange) -> None:
        """Records a change of state."""
        old, new = change.previous, change.alarm.state
        summary = f"Alarm updated from {old.value} to {new.value}"
        data = {
            "version": "1.0",
            "oldState": _state_json(old),
            "newState": _state_json(new),
        }
        self._add(change.alarm, HistoryItemType.STATE, summary, data, at_s=new.since_s)

    def acted(self, alarm: Alarm, action: str, message: str, error: str | None) -> None:
        """Records an action, or its failure with the reason `error`."""
        summary = f"Successfully executed action {action}"
        if error is not None:
            summary = f'Failed to execute action {action}. Received error: "{error}"'
        data = {
            "actionState": "Succeeded" if error is None else "Failed",
            "stateUpdateTimestamp": round(alarm.state.since_s * 1000),
            "notificationResource": action,
            "publishedMessage": json.dumps({"default": message}) if message else None,
            "error": error,
        }
        self._add(alarm, HistoryItemType.ACTION, summary, data)

    def items(self, condition: Callable[[HistoryItem], bool]) -> Iterator[HistoryItem]:
        """The items that fulfill a condition, the oldest first."""
        for _, item in self._documents.list(_HISTORY):
            if not self._is_old(item) and condition(item):
                yield item

    def _add(
        self,
        alarm: Alarm,
        kind: HistoryItemType,
        summary: str,
        data: dict[str, Any],
        *,
        at_s: float | None = None,
    ) -> None:
        item = {
            "AlarmName": alarm.name,
            "AlarmType": str(alarm.kind),
            "Timestamp": self._clock() if at_s is None else at_s,
            "HistoryItemType": str(kind),
            "HistorySummary": summary,
            "HistoryData": json.dumps(data, separators=(",", ":")),
        }
        self._documents.put(_HISTORY, uuid.uuid4().hex, item)

    def _is_old(self, item: HistoryItem) -> bool:
        return bool(item["Timestamp"] < self._clock() - KEPT_S)


def _state_json(state: AlarmState) -> dict[str, Any]:
    members: dict[str, Any] = {
        "stateValue": str(state.value),
        "stateReason": state.reason,
    }
    if state.reason_data is not None:
        members["stateReasonData"] = _json_or_text(state.reason_data)
    return members


def _json_or_text(text: str) -> Any:
    """`StateReasonData` as JSON where it is valid, for SetAlarmState takes any text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _settings_json(alarm: Alarm) -> dict[str, Any]:
    """An alarm in the history: every name begins in lower case."""
    settings = {"AlarmName": alarm.name, "AlarmArn": alarm.arn, **alarm.settings}
    named = _lowered(settings)
    named["okactions"] = named.pop("oKActions")
    return {
        **named,
        "stateValue": str(alarm.state.value),
        "stateUpdatedTimestamp": timestamp(alarm.state.since_s),
        "alarmConfigurationUpdatedTimestamp": timestamp(alarm.configured_s),
    }


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _lowered(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_lowered(each) for each in value]
    return value
