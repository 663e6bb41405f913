"""StateReason and StateReasonData of an alarm, in AWS's words.

The wording is that of the samples in "Alarm events and EventBridge", CloudWatch User
Guide, and of alarms seen in real accounts.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lab_emulators.aws.alarms.evaluation import (
    Comparison,
    Condition,
    Datapoint,
    EvaluationResult,
    MissingData,
)
from lab_emulators.aws.alarms.model import (
    Alarm,
    AlarmState,
    StateValue,
    long_time,
    short_time,
    timestamp,
)

MAX_TEXT = 1023  # SetAlarmState: StateReason
MAX_DATA = 4000  # SetAlarmState: StateReasonData
LISTED = 5
"""Data points that a reason lists at most: the latest ones."""

_COMPARED = {
    Comparison.GREATER_OR_EQUAL: "greater than or equal to",
    Comparison.GREATER: "greater than",
    Comparison.LESS: "less than",
    Comparison.LESS_OR_EQUAL: "less than or equal to",
}
_NONE = "no datapoints were"
_TAKEN = {MissingData.BREACHING: "Breaching", MissingData.NOT_BREACHING: "NonBreaching"}


def reason(condition: Condition, result: EvaluationResult, *, out_of: bool) -> str:
    """`StateReason`; `out_of` is whether the alarm has DatapointsToAlarm."""
    if result.state is StateValue.INSUFFICIENT_DATA:
        count = condition.periods
        return (
            f"Insufficient Data: {_plural(count, 'datapoint')} {_were(count)} unknown."
        )
    alarming = result.state is StateValue.ALARM
    crossing = [p for p in result.evaluated if _breach(condition, p) is alarming]
    parts = [_received(condition, result, crossing, out_of=out_of)]
    if result.filled and condition.missing in _TAKEN:
        treatment = f"{_were(result.filled)} treated as [{_TAKEN[condition.missing]}]"
        parts.append(f"{_plural(result.filled, 'missing datapoint')} {treatment}")
    text = f"Threshold Crossed: {' and '.join(parts)}"
    least = _minimum(condition, alarming=alarming) if out_of and crossing else ""
    return f"{text}{least}."[:MAX_TEXT]


def reason_data(
    alarm: Alarm,
    result: EvaluationResult,
    *,
    points: Sequence[Datapoint],
    samples: Mapping[int, float],
    now_s: float,
) -> str:
    """`StateReasonData`; `points` are the evaluation range, `samples` sample counts."""
    settings, real = alarm.settings, result.evaluated
    missing = [p for p in reversed(points) if p.value is None][: result.filled]
    evaluated = sorted((*real, *missing), key=lambda p: p.start_s, reverse=True)
    members = {
        "version": "1.0",
        "queryDate": timestamp(now_s),
        "startDate": timestamp(real[0].start_s) if real else None,
        "unit": settings.get("Unit"),
        "statistic": settings.get("Statistic") or settings.get("ExtendedStatistic"),
        "period": period_of(settings),
        "recentDatapoints": [point.value for point in real],
        "threshold": float(settings["Threshold"]),
        "evaluatedDatapoints": [
            _datapoint_document(point, samples) for point in evaluated
        ],
    }
    return _fitting({key: value for key, value in members.items() if value is not None})


def composite_reason(
    alarm: Alarm, value: StateValue, cause: Alarm | None, *, created: bool
) -> str:
    """`StateReason` of a composite alarm, whose child `cause` changed, if one did."""
    if cause is not None:
        at = long_time(cause.state.since_s)
        return f"{cause.arn} transitioned to {cause.state.value} at {at}"
    what = "created" if created else "updated"
    return f"{alarm.arn} was {what} and its alarm rule evaluates to {value}"


def composite_data(children: Sequence[Alarm]) -> str:
    """`StateReasonData` of a composite alarm: the deciding children, their states."""
    members = [{"arn": c.arn, "state": _state_json(c.state)} for c in children]
    return json.dumps({"triggeringAlarms": members}, separators=(",", ":"))


def period_of(settings: Mapping[str, Any]) -> int:
    """The period of a metric alarm in seconds, also of one on metric math."""
    if "Period" in settings:
        return int(settings["Period"])
    queries = settings["Metrics"]
    periods = [q["MetricStat"]["Period"] for q in queries if "MetricStat" in q]
    return int(max(periods or [q.get("Period", 60) for q in queries]))


def _state_json(state: AlarmState) -> dict[str, str]:
    return {"value": str(state.value), "timestamp": timestamp(state.since_s)}


def _received(
    condition: Condition,
    result: EvaluationResult,
    crossing: Sequence[Datapoint],
    *,
    out_of: bool,
) -> str:
    """The part of the sentence about real data points."""
    if not crossing:
        got = len(result.evaluated)
        count = f"{_plural(got, 'datapoint')} {_were(got)}" if got else _NONE
        return f"{count} received for {_plural(condition.periods, 'period')}"
    count = _plural(len(crossing), "datapoint")
    if out_of:
        count = f"{len(crossing)} out of the last {condition.periods} datapoints"
    crossed = f"{_were(len(crossing))} {_relation(condition, result)}"
    listed = ", ".join(_listed(point) for point in crossing[: -LISTED - 1 : -1])
    if len(crossing) <= LISTED:
        return f"{count} [{listed}] {crossed}"
    return (
        f"{count} {crossed}. The most recent datapoints which crossed the threshold: "
        f"[{listed}]"
    )


def _relation(condition: Condition, result: EvaluationResult) -> str:
    no = "" if result.state is StateValue.ALARM else "not "
    return (
        f"{no}{_COMPARED[condition.comparison]} the threshold ({condition.threshold})"
    )


def _minimum(condition: Condition, *, alarming: bool) -> str:
    least = condition.datapoints
    way = "OK -> ALARM"
    if not alarming:
        least, way = condition.periods - condition.datapoints + 1, "ALARM -> OK"
    return f" (minimum {_plural(least, 'datapoint')} for {way} transition)"


def _breach(condition: Condition, point: Datapoint) -> bool:
    return point.value is not None and condition.breached_by(point.value)


def _listed(point: Datapoint) -> str:
    return f"{point.value} ({short_time(point.start_s)})"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _datapoint_document(
    point: Datapoint, samples: Mapping[int, float]
) -> dict[str, Any]:
    document: dict[str, Any] = {"timestamp": timestamp(point.start_s)}
    if point.value is not None:
        if point.start_s in samples:
            document["sampleCount"] = samples[point.start_s]
        document["value"] = point.value
    return document


def _fitting(members: dict[str, Any]) -> str:
    """JSON text, without the oldest evaluated data points if it is too long."""
    text = json.dumps(members, separators=(",", ":"))
    while len(text) > MAX_DATA and members["evaluatedDatapoints"]:
        members["evaluatedDatapoints"] = members["evaluatedDatapoints"][:-1]
        text = json.dumps(members, separators=(",", ":"))
    return text
