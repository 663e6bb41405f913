"""Notifications of state changes, as SNS delivers them: a subject and a JSON text.

The shape is that of "Notifying users on alarm changes" in the CloudWatch User Guide.
"""

import json
import re
from functools import cache
from typing import Any

import botocore.session

from lab_emulators.aws.alarms.model import (
    AlarmState,
    AlarmType,
    Settings,
    StateChange,
    timestamp,
)
from lab_emulators.aws.alarms.state_reasons import period_of

MAX_SUBJECT = 100  # SNS API Reference, Publish

_COPIED = ("EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator", "Threshold")


def subject(change: StateChange, region: str) -> str:
    """The subject of a notification, shortened to the limit of SNS."""
    alarm = change.alarm
    text = f'{alarm.state.value}: "{alarm.name}" in {region_name(region)}'
    plain = "".join(c if c.isascii() and c.isprintable() else "?" for c in text)
    return plain if len(plain) < MAX_SUBJECT else f"{plain[: MAX_SUBJECT - 4]}..."


def notification(change: StateChange, region: str, account: str) -> str:
    """The JSON text that subscribers of an alarm's topic receive."""
    alarm, settings = change.alarm, change.alarm.settings
    members = {
        "AlarmName": alarm.name,
        "AlarmDescription": settings.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm.configured_s),
        "NewStateValue": str(alarm.state.value),
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": timestamp(alarm.state.since_s),
        "Region": region_name(region),
        "AlarmArn": alarm.arn,
        "OldStateValue": str(change.previous.value),
        "OKActions": settings["OKActions"],
        "AlarmActions": settings["AlarmActions"],
        "InsufficientDataActions": settings["InsufficientDataActions"],
    }
    if alarm.kind is AlarmType.METRIC:
        return json.dumps({**members, "Trigger": _trigger(settings)})
    rule = {"AlarmRule": settings["AlarmRule"]}
    return json.dumps({**members, **rule, "TriggeringChildren": _children(alarm.state)})


@cache
def region_name(region: str) -> str:
    """Name of a region in messages, e.g. `US East (N. Virginia)`."""
    known = botocore.session.get_session().get_data("endpoints")["partitions"]
    names = {code: r["description"] for p in known for code, r in p["regions"].items()}
    return str(names.get(region, region))


def _trigger(settings: Settings) -> dict[str, Any]:
    """`Trigger` of a notification: the alarm's condition."""
    members = {name: settings[name] for name in _COPIED if name in settings}
    rest = {
        "Period": period_of(settings),
        "TreatMissingData": settings.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": settings.get(
            "EvaluateLowSampleCountPercentile", ""
        ),
    }
    if "Metrics" in settings:
        queries = [_query(query) for query in settings["Metrics"]]
        return {**members, **rest, "Metrics": queries}
    return {
        "MetricName": settings["MetricName"],
        "Namespace": settings["Namespace"],
        **_statistic(settings),
        "Unit": settings.get("Unit"),
        "Dimensions": _dimensions(settings.get("Dimensions", ())),
        **members,
        **rest,
    }


def _statistic(settings: Settings) -> dict[str, str]:
    if "ExtendedStatistic" in settings:
        extended = settings["ExtendedStatistic"]
        return {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", settings["Statistic"])
    return {"StatisticType": "Statistic", "Statistic": words.upper()}


def _dimensions(dimensions: Any) -> list[dict[str, str]]:
    return [{"value": d["Value"], "name": d["Name"]} for d in dimensions]


def _query(query: dict[str, Any]) -> dict[str, Any]:
    if "MetricStat" not in query:
        return query
    stat = query["MetricStat"]
    metric = stat["Metric"]
    named = {**metric, "Dimensions": _dimensions(metric.get("Dimensions", ()))}
    return {**query, "MetricStat": {**stat, "Metric": named}}


def _children(state: AlarmState) -> list[dict[str, Any]]:
    """`TriggeringChildren`, from the reason data of the state."""
    try:
        members = json.loads(state.reason_data or "{}")["triggeringAlarms"]
    except (ValueError, KeyError, TypeError):
        return []  # set by SetAlarmState
    return [
        {
            "Arn": c["arn"],
            "State": {k.capitalize(): v for k, v in c["state"].items()},
        }
        for c in members
    ]
