"""Actions of an alarm that changed its state: an event, and notifications by SNS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab_emulators.aws.alarms import events, notifications
from lab_emulators.aws.alarms.model import Alarm, StateChange
from lab_emulators.aws.alarms.repository.alarm_history import AlarmHistory
from lab_emulators.aws.errors import AwsError


def _no_topic(topic: str, message: str, subject: str) -> None:
    raise AwsError("NotFound", "there is no Amazon SNS here", 404)


def _no_bus(event: Mapping[str, Any]) -> None:
    """Drops the event: there is no Amazon EventBridge here."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """Destinations of alarms: Amazon SNS and Amazon EventBridge.

    `publish` sends a topic (its ARN) a message and a subject and raises AwsError when
    it cannot; `emit` puts an event on the default bus and never fails.
    """

    publish: Callable[[str, str, str], None] = _no_topic
    emit: Callable[[Mapping[str, Any]], None] = _no_bus


@dataclass(frozen=True, slots=True)
class AlarmActions:
    """Runs the actions of state changes, and records their results in the history."""

    outlets: Outlets
    history: AlarmHistory
    region: str
    account: str

    def run(self, change: StateChange) -> None:
        """Emits the event, and runs the new state's actions unless disabled."""
        self.outlets.emit(events.state_change_event(change, self.region, self.account))
        if change.alarm.settings["ActionsEnabled"]:
            for action in change.alarm.actions:
                self._act(change, action)

    def report(self, change: events.ConfigurationChange) -> None:
        """Records the creation, update or deletion of an alarm, and emits the event."""
        self.history.configured(change)
        self.outlets.emit(
            events.configuration_change_event(change, self.region, self.account)
        )

    def _act(self, change: StateChange, action: str) -> None:
        alarm: Alarm = change.alarm
        service = service_of(action)
        if service != "sns":
            text = f"{service} actions are not emulated locally: nothing was done"
            self.history.acted(alarm, action, "", text)
            return
        message = notifications.notification(change, self.region, self.account)
        subject = notifications.subject(change, self.region)
        try:
            self.outlets.publish(action, message, subject)
        except AwsError as error:
            self.history.acted(alarm, action, message, error.message)
        else:
            self.history.acted(alarm, action, message, None)


def service_of(action: str) -> str:
    """The service in the ARN of an action: `sns`, `automate`, `autoscaling`, …"""
    return (action.split(":", 3) + [""] * 3)[2]
