"""What an alarm is: its settings, its state, and how the API shows both."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lab_emulators.aws.metrics.parameters import time_of

Settings = Mapping[str, Any]
"""An alarm's parameters by their names in PutMetricAlarm or PutCompositeAlarm."""

INITIAL = "Unchecked: Initial alarm creation"
"""The reason of a state that nothing was evaluated for."""


class StateValue(StrEnum):
    """The three states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Kind(StrEnum):
    """The types of alarms, as AlarmTypes names them."""

    METRIC = "MetricAlarm"
    COMPOSITE = "CompositeAlarm"


@dataclass(frozen=True, slots=True)
class State:
    """A state, why it is so, and since when (seconds since 1970).

    `reason_data` is the reason as JSON text, None where there is none.
    """

    value: StateValue
    reason: str
    reason_data: str | None
    since_s: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm; `configured_s` is when its settings were last put."""

    name: str
    arn: str
    kind: Kind
    settings: Settings
    state: State
    configured_s: float

    @property
    def actions(self) -> list[str]:
        """The ARNs of what the present state asks for."""
        return list(self.settings[_ACTIONS[self.state.value]])

    def described(self) -> dict[str, Any]:
        """The alarm as DescribeAlarms shows it."""
        state = {
            "StateValue": str(self.state.value),
            "StateReason": self.state.reason,
            "StateReasonData": self.state.reason_data,
            "StateUpdatedTimestamp": time_of(self.state.since_s),
            "StateTransitionedTimestamp": time_of(self.state.since_s),
        }
        shown = {
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": time_of(self.configured_s),
            **self.settings,
            **state,
        }
        return {name: value for name, value in shown.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm that went from one state to the one it is in now."""

    alarm: Alarm
    previous: State


_ACTIONS = {
    StateValue.OK: "OKActions",
    StateValue.ALARM: "AlarmActions",
    StateValue.INSUFFICIENT_DATA: "InsufficientDataActions",
}
