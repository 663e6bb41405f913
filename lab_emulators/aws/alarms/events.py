"""The events that CloudWatch puts on EventBridge's default bus.

Their shapes are those of "Alarm events and EventBridge", CloudWatch User Guide.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lab_emulators.aws.alarms.model import (
    Alarm,
    AlarmState,
    AlarmType,
    StateChange,
    timestamp,
)

Event = Mapping[str, Any]
"""An event of EventBridge; its `time` is in seconds since 1970."""

_MEMBERS = {
    "EvaluationPeriods": "evaluationPeriods",
    "DatapointsToAlarm": "datapointsToAlarm",
    "Threshold": "threshold",
    "ComparisonOperator": "comparisonOperator",
    "TreatMissingData": "treatMissingData",
    "ActionsEnabled": "actionsEnabled",
    "OKActions": "okActions",
    "AlarmActions": "alarmActions",
    "InsufficientDataActions": "insufficientDataActions",
}


class ConfigurationOperation(StrEnum):
    """`operation` of a configuration change."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class ConfigurationChange:
    """Creation, update or deletion of an alarm at `at_s`.

    `previous` is the alarm before an update.
    """

    alarm: Alarm
    operation: ConfigurationOperation
    at_s: float
    previous: Alarm | None = None


def state_change_event(change: StateChange, region: str, account: str) -> Event:
    """The event "CloudWatch Alarm State Change"."""
    alarm = change.alarm
    detail = {
        "alarmName": alarm.name,
        "state": _state(alarm.state),
        "previousState": _state(change.previous),
        "configuration": _subject(alarm),
    }
    members = {"detail-type": "CloudWatch Alarm State Change", "detail": detail}
    return {**_envelope(alarm, alarm.state.since_s, region, account), **members}


def configuration_change_event(
    change: ConfigurationChange, region: str, account: str
) -> Event:
    """The event "CloudWatch Alarm Configuration Change"."""
    alarm, state = change.alarm, change.alarm.state
    detail = {
        "alarmName": alarm.name,
        "operation": str(change.operation),
        "state": {"value": str(state.value), "timestamp": timestamp(state.since_s)},
        "configuration": _configuration(alarm),
    }
    if change.previous is not None:
        detail["previousConfiguration"] = _configuration(change.previous)
    members = {"detail-type": "CloudWatch Alarm Configuration Change", "detail": detail}
    return {**_envelope(alarm, change.at_s, region, account), **members}


def _envelope(alarm: Alarm, at_s: float, region: str, account: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "source": "aws.cloudwatch",
        "account": account,
        "time": at_s,
        "region": region,
        "resources": [alarm.arn],
    }


def _state(state: AlarmState) -> dict[str, str]:
    members = {"value": str(state.value), "reason": state.reason}
    if state.reason_data is not None:
        members["reasonData"] = state.reason_data
    return {**members, "timestamp": timestamp(state.since_s)}


def _subject(alarm: Alarm) -> dict[str, Any]:
    """Metrics or rule of the alarm, with its description."""
    settings = alarm.settings
    members: dict[str, Any] = {}
    if settings.get("AlarmDescription"):
        members["description"] = settings["AlarmDescription"]
    if alarm.kind is AlarmType.COMPOSITE:
        return {**members, "alarmRule": settings["AlarmRule"]}
    return {**members, "metrics": [_event_query(query) for query in _queries(alarm)]}


def _configuration(alarm: Alarm) -> dict[str, Any]:
    """`configuration`: all settings of the alarm."""
    settings = alarm.settings
    members = {to: settings[name] for name, to in _MEMBERS.items() if name in settings}
    at = timestamp(alarm.configured_s)
    return {**_subject(alarm), **members, "alarmName": alarm.name, "timestamp": at}


def _queries(alarm: Alarm) -> list[dict[str, Any]]:
    """The metric data queries of a metric alarm, also of one without `Metrics`."""
    settings = alarm.settings
    if "Metrics" in settings:
        return list(settings["Metrics"])
    stat = {
        "Metric": {
            "Namespace": settings["Namespace"],
            "MetricName": settings["MetricName"],
            "Dimensions": settings.get("Dimensions", []),
        },
        "Period": settings["Period"],
        "Stat": settings.get("Statistic") or settings.get("ExtendedStatistic"),
        "Unit": settings.get("Unit"),
    }
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.arn))
    return [{"Id": identity, "MetricStat": stat, "ReturnData": True}]


def _event_query(query: dict[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {"id": query["Id"]}
    for name in ("Expression", "Label"):
        if name in query:
            members[name.lower()] = query[name]
    if "MetricStat" in query:
        members["metricStat"] = _event_stat(query["MetricStat"])
    return {**members, "returnData": query.get("ReturnData", True)}


def _event_stat(stat: dict[str, Any]) -> dict[str, Any]:
    metric = stat["Metric"]
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", ())}
    members = {
        "metric": {
            "namespace": metric["Namespace"],
            "name": metric["MetricName"],
            "dimensions": dimensions,
        },
        "period": stat["Period"],
        "stat": stat["Stat"],
    }
    return {**members, "unit": stat["Unit"]} if stat.get("Unit") else members
