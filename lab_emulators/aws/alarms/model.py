"""Alarms: their settings, their states, and the forms of both in the API."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from lab_emulators.aws.metrics.parameters import time_of

Settings = Mapping[str, Any]
"""An alarm's parameters by their names in PutMetricAlarm or PutCompositeAlarm."""

INITIAL = "Unchecked: Initial alarm creation"
"""`StateReason` before the first evaluation."""


class StateValue(StrEnum):
    """The three states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class AlarmType(StrEnum):
    """`AlarmType`, the two types that are emulated."""

    METRIC = "MetricAlarm"
    COMPOSITE = "CompositeAlarm"


@dataclass(frozen=True, slots=True)
class AlarmState:
    """State of an alarm, its reason, and its start (seconds since 1970).

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
    kind: AlarmType
    settings: Settings
    state: AlarmState
    configured_s: float

    @property
    def actions(self) -> list[str]:
        """The ARNs of the actions for the present state."""
        return list(self.settings[_ACTIONS[self.state.value]])

    def described(self) -> dict[str, Any]:
        """The alarm as DescribeAlarms returns it."""
        state = {
            "StateValue": str(self.state.value),
            "StateReason": self.state.reason,
            "StateReasonData": self.state.reason_data,
            "StateUpdatedTimestamp": time_of(self.state.since_s),
            "StateTransitionedTimestamp": time_of(self.state.since_s),
        }
        document = {
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": time_of(self.configured_s),
            **self.settings,
            **state,
        }
        return {name: value for name, value in document.items() if value is not None}


@dataclass(frozen=True, slots=True)
class StateChange:
    """A change of an alarm from its previous state to the present one."""

    alarm: Alarm
    previous: AlarmState


_ACTIONS = {
    StateValue.OK: "OKActions",
    StateValue.ALARM: "AlarmActions",
    StateValue.INSUFFICIENT_DATA: "InsufficientDataActions",
}


def timestamp(seconds: float) -> str:
    """`2019-10-02T17:04:40.989+0000`, in messages and JSON."""
    at = datetime.fromtimestamp(round(seconds, 3), UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def short_time(seconds: float) -> str:
    """`02/10/19 16:59:00`, beside a value in a reason."""
    return f"{datetime.fromtimestamp(seconds, UTC):%d/%m/%y %H:%M:%S}"


def long_time(seconds: float) -> str:
    """`Friday 04 August, 2023 12:54:46 UTC`, in the reason of a composite alarm."""
    return f"{datetime.fromtimestamp(seconds, UTC):%A %d %B, %Y %H:%M:%S} UTC"
