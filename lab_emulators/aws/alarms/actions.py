"""What follows when an alarm changes state: an event, and the actions it asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab_emulators.aws.alarms import events, notifications
from lab_emulators.aws.alarms.model import Alarm, Change
from lab_emulators.aws.alarms.repository.alarm_history import History
from lab_emulators.aws.errors import AwsError


def _no_topic(topic: str, message: str, subject: str) -> None:
    raise AwsError("NotFound", "there is no Amazon SNS here", 404)


def _no_bus(event: Mapping[str, Any]) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where alarms lead to.

    `publish` gives a topic (its ARN) a message and a subject and raises AwsError when
    it cannot; `emit` puts an event on the default bus and never fails.
    """

    publish: Callable[[str, str, str], None] = _no_topic
    emit: Callable[[Mapping[str, Any]], None] = _no_bus


@dataclass(frozen=True, slots=True)
class Actions:
    """Tells the outlets of changes; what came of it is in the history."""

    outlets: Outlets
    history: History
    region: str
    account: str

    def follow(self, change: Change) -> None:
        """The event always, the actions of the new state unless they are disabled."""
        self.outlets.emit(events.changed(change, self.region, self.account))
        if change.alarm.settings["ActionsEnabled"]:
            for action in change.alarm.actions:
                self._act(change, action)

    def configured(self, done: events.Configured) -> None:
        """What follows when an alarm is made, changed or deleted."""
        self.history.configured(done)
        self.outlets.emit(events.configured(done, self.region, self.account))

    def _act(self, change: Change, action: str) -> None:
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
    """The service an action's ARN is of: `sns`, `automate`, `autoscaling`, …"""
    return (action.split(":", 3) + [""] * 3)[2]
