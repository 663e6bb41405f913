"""The events that CloudWatch puts on EventBridge's default bus.

Their shapes are those of "Alarm events and EventBridge", CloudWatch User Guide.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lab_emulators.aws.alarms import times
from lab_emulators.aws.alarms.model import Alarm, Change, Kind, State

Event = Mapping[str, Any]
"""An event of EventBridge; its `time` is in seconds since 1970."""

_TOLD = {
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


class Done(StrEnum):
    """What was done to an alarm, as events name it."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Configured:
    """An alarm whose settings were put at `at_s`, or which is gone since then.

    `previous` is what it was before an update.
    """

    alarm: Alarm
    operation: Done
    at_s: float
    previous: Alarm | None = None


def changed(change: Change, region: str, account: str) -> Event:
    """The event "CloudWatch Alarm State Change"."""
    alarm = change.alarm
    detail = {
        "alarmName": alarm.name,
        "state": _state(alarm.state),
        "previousState": _state(change.previous),
        "configuration": _watched(alarm),
    }
    told = {"detail-type": "CloudWatch Alarm State Change", "detail": detail}
    return {**_envelope(alarm, alarm.state.since_s, region, account), **told}


def configured(done: Configured, region: str, account: str) -> Event:
    """The event "CloudWatch Alarm Configuration Change"."""
    alarm, state = done.alarm, done.alarm.state
    detail = {
        "alarmName": alarm.name,
        "operation": str(done.operation),
        "state": {"value": str(state.value), "timestamp": times.stamp(state.since_s)},
        "configuration": _configuration(alarm),
    }
    if done.previous is not None:
        detail["previousConfiguration"] = _configuration(done.previous)
    told = {"detail-type": "CloudWatch Alarm Configuration Change", "detail": detail}
    return {**_envelope(alarm, done.at_s, region, account), **told}


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


def _state(state: State) -> dict[str, str]:
    told = {"value": str(state.value), "reason": state.reason}
    if state.reason_data is not None:
        told["reasonData"] = state.reason_data
    return {**told, "timestamp": times.stamp(state.since_s)}


def _watched(alarm: Alarm) -> dict[str, Any]:
    """What the alarm watches, and what it says it is for."""
    settings = alarm.settings
    told: dict[str, Any] = {}
    if settings.get("AlarmDescription"):
        told["description"] = settings["AlarmDescription"]
    if alarm.kind is Kind.COMPOSITE:
        return {**told, "alarmRule": settings["AlarmRule"]}
    return {**told, "metrics": [_event_query(query) for query in _queries(alarm)]}


def _configuration(alarm: Alarm) -> dict[str, Any]:
    """All settings of the alarm."""
    settings = alarm.settings
    told = {to: settings[name] for name, to in _TOLD.items() if name in settings}
    at = times.stamp(alarm.configured_s)
    return {**_watched(alarm), **told, "alarmName": alarm.name, "timestamp": at}


def _queries(alarm: Alarm) -> list[dict[str, Any]]:
    """The queries of a metric alarm; one that watches one metric has one."""
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
    told: dict[str, Any] = {"id": query["Id"]}
    for name in ("Expression", "Label"):
        if name in query:
            told[name.lower()] = query[name]
    if "MetricStat" in query:
        told["metricStat"] = _event_stat(query["MetricStat"])
    return {**told, "returnData": query.get("ReturnData", True)}


def _event_stat(stat: dict[str, Any]) -> dict[str, Any]:
    metric = stat["Metric"]
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", ())}
    told = {
        "metric": {
            "namespace": metric["Namespace"],
            "name": metric["MetricName"],
            "dimensions": dimensions,
        },
        "period": stat["Period"],
        "stat": stat["Stat"],
    }
    return {**told, "unit": stat["Unit"]} if stat.get("Unit") else told
