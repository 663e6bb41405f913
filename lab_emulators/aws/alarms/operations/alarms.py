"""The operations that make alarms, change them and remove them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lab_emulators.aws.alarms import datapoints
from lab_emulators.aws.alarms.actions import AlarmActions
from lab_emulators.aws.alarms.checks import (
    Parameters,
    check,
    check_composite_alarm,
    check_metric_alarm,
)
from lab_emulators.aws.alarms.errors import validation_error
from lab_emulators.aws.alarms.evaluator import Evaluator, children_of
from lab_emulators.aws.alarms.events import ConfigurationChange, ConfigurationOperation
from lab_emulators.aws.alarms.model import (
    INITIAL,
    Alarm,
    AlarmState,
    AlarmType,
    StateValue,
)
from lab_emulators.aws.alarms.repository.alarm_repository import AlarmRepository
from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.alarm_rule.check import children
from lab_emulators.aws.metrics.core import MetricsCore, Operation

MAX_ALARMS = 5000  # CloudWatch service quotas: alarms per region

_UNSET: Mapping[str, Any] = {
    "ActionsEnabled": True,
    "OKActions": [],
    "AlarmActions": [],
    "InsufficientDataActions": [],
}


@dataclass(frozen=True, slots=True)
class ConfigureAlarms:
    """Changes to the stored alarms, each in the history and an event."""

    core: MetricsCore
    repository: AlarmRepository
    actions: AlarmActions
    evaluator: Evaluator

    def operations(self) -> Mapping[str, Operation]:
        """The six operations that change alarms."""
        return {
            "PutMetricAlarm": self.put_metric_alarm,
            "PutCompositeAlarm": self.put_composite_alarm,
            "DeleteAlarms": self.delete,
            "SetAlarmState": self.set_state,
            "EnableAlarmActions": self.enable,
            "DisableAlarmActions": self.disable,
        }

    def put_metric_alarm(self, parameters: Parameters) -> dict[str, Any]:
        """`PutMetricAlarm`: evaluated within a second, and then on time."""
        check_metric_alarm(parameters)
        settings = _settings(parameters, {"Dimensions": []})
        if "Metrics" in parameters:
            del settings["Dimensions"]
        settings["Threshold"] = float(settings["Threshold"])
        datapoints.check_series(self.core, settings)
        self._put(AlarmType.METRIC, parameters, settings)
        self.evaluator.make_due(parameters["AlarmName"])
        return {}

    def put_composite_alarm(self, parameters: Parameters) -> dict[str, Any]:
        """`PutCompositeAlarm`: the alarms of its rule must exist; evaluated at once."""
        rule = check_composite_alarm(parameters)
        with self.repository.lock:
            unknown = [n for n in children(rule) if self.repository.get(n) is None]
            if unknown and unknown != [parameters["AlarmName"]]:
                names = ", ".join(unknown)
                raise validation_error(
                    f"Could not save the composite alarm as alarms [{names}] in the "
                    "alarm rule do not exist"
                )
            alarm, created = self._put(
                AlarmType.COMPOSITE, parameters, _settings(parameters, {})
            )
        self.evaluator.evaluate_composite(alarm, created=created)
        return {}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteAlarms`: names nobody has are left out."""
        check("DeleteAlarms", parameters)
        with self.repository.lock:
            alarms = list(self._named(parameters["AlarmNames"]))
            if len([a for a in alarms if a.kind is AlarmType.COMPOSITE]) > 1:
                raise validation_error(
                    "Only one composite alarm can be deleted at a time"
                )
            for alarm in alarms:
                self._refuse_parents(alarm, alarms)
            for alarm in alarms:
                self.repository.delete(alarm.name)
                gone = ConfigurationChange(
                    alarm, ConfigurationOperation.DELETE, self.core.clock()
                )
                self.actions.report(gone)
                self.evaluator.make_due(alarm.name)
        return {}

    def set_state(self, parameters: Parameters) -> dict[str, Any]:
        """`SetAlarmState`: with its actions, until the next evaluation."""
        check("SetAlarmState", parameters)
        data = parameters.get("StateReasonData")
        if data is not None and not _is_json(data):
            raise AwsError("InvalidFormat", "StateReasonData is not valid JSON")
        value = StateValue(parameters["StateValue"])
        state = AlarmState(value, parameters["StateReason"], data, self.core.clock())
        try:
            self.evaluator.set_state(parameters["AlarmName"], state)
        except KeyError as error:
            text = f"Alarm {parameters['AlarmName']} does not exist"
            raise AwsError("ResourceNotFound", text, 404) from error
        return {}

    def enable(self, parameters: Parameters) -> dict[str, Any]:
        """`EnableAlarmActions`: for the next change, not for the present state."""
        check("EnableAlarmActions", parameters)
        return self._switch(parameters["AlarmNames"], enabled=True)

    def disable(self, parameters: Parameters) -> dict[str, Any]:
        """`DisableAlarmActions`: states change, and nothing is done about it."""
        check("DisableAlarmActions", parameters)
        return self._switch(parameters["AlarmNames"], enabled=False)

    def _switch(self, names: Iterable[str], *, enabled: bool) -> dict[str, Any]:
        with self.repository.lock:
            for alarm in self._named(names):
                settings = {**alarm.settings, "ActionsEnabled": enabled}
                now = self.core.clock()
                after = replace(alarm, settings=settings, configured_s=now)
                self.repository.put(after)
                self.actions.report(
                    ConfigurationChange(
                        after, ConfigurationOperation.UPDATE, now, alarm
                    )
                )
        return {}

    def _put(
        self, kind: AlarmType, parameters: Parameters, settings: dict[str, Any]
    ) -> tuple[Alarm, bool]:
        """The alarm with its new settings, and whether it is a new one."""
        name, now = parameters["AlarmName"], self.core.clock()
        with self.repository.lock:
            known = self.repository.get(name)
            self._refuse_change(known, kind)
            state = AlarmState(StateValue.INSUFFICIENT_DATA, INITIAL, None, now)
            state = known.state if known else state
            alarm = Alarm(name, self.repository.arn(name), kind, settings, state, now)
            self.repository.put(alarm)
            done = (
                ConfigurationOperation.UPDATE
                if known
                else ConfigurationOperation.CREATE
            )
            self.actions.report(ConfigurationChange(alarm, done, now, known))
        return alarm, known is None

    def _refuse_change(self, known: Alarm | None, kind: AlarmType) -> None:
        if known is None and len(self.repository) >= MAX_ALARMS:
            text = f"The maximum of {MAX_ALARMS} alarms is reached"
            raise AwsError("LimitExceeded", text)
        if known is not None and known.kind is not kind:
            raise validation_error(
                f"{known.name} is the name of a {known.kind} already"
            )

    def _refuse_parents(self, alarm: Alarm, leaving: list[Alarm]) -> None:
        gone = {other.name for other in leaving} - {alarm.name}
        parents = [
            other.name
            for other in self.repository.all()
            if alarm.name in children_of(other) and other.name not in gone
        ]
        if parents:
            raise validation_error(
                f"Cannot delete {alarm.name} as there are composite alarm(s) depending "
                f"on it. Please update or delete composite alarm(s) {parents} first"
            )

    def _named(self, names: Iterable[str]) -> Iterable[Alarm]:
        alarms = (self.repository.get(name) for name in dict.fromkeys(names))
        return [alarm for alarm in alarms if alarm is not None]


def _settings(parameters: Parameters, unset: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters an alarm stores; those left out have their default values."""
    items = parameters.items()
    values = {n: v for n, v in items if n != "AlarmName" and v is not None}
    return {**_UNSET, **unset, **values}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
