"""StateReason and StateReasonData: why an alarm is in its state, in AWS's words.

The wording is that of the samples in "Alarm events and EventBridge", CloudWatch User
Guide, and of alarms seen in real accounts.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lab_emulators.aws.alarms import times
from lab_emulators.aws.alarms.evaluation import (
    Comparison,
    Condition,
    Missing,
    Point,
    Verdict,
)
from lab_emulators.aws.alarms.model import Alarm, State, StateValue

MAX_TEXT = 1023  # SetAlarmState: StateReason
MAX_DATA = 4000  # SetAlarmState: StateReasonData
LISTED = 5
"""How many data points a reason lists; of more it lists the latest."""

_COMPARED = {
    Comparison.GREATER_OR_EQUAL: "greater than or equal to",
    Comparison.GREATER: "greater than",
    Comparison.LESS: "less than",
    Comparison.LESS_OR_EQUAL: "less than or equal to",
}
_NONE = "no datapoints were"
_TAKEN = {Missing.BREACHING: "Breaching", Missing.NOT_BREACHING: "NonBreaching"}


def reason(condition: Condition, verdict: Verdict, *, out_of: bool) -> str:
    """The sentence; `out_of` is whether the alarm was told its data points to alarm."""
    if verdict.state is StateValue.INSUFFICIENT_DATA:
        count = condition.periods
        return (
            f"Insufficient Data: {_plural(count, 'datapoint')} {_were(count)} unknown."
        )
    alarming = verdict.state is StateValue.ALARM
    telling = [p for p in verdict.evaluated if _breach(condition, p) is alarming]
    parts = [_received(condition, verdict, telling, out_of=out_of)]
    if verdict.filled and condition.missing in _TAKEN:
        taken = f"{_were(verdict.filled)} treated as [{_TAKEN[condition.missing]}]"
        parts.append(f"{_plural(verdict.filled, 'missing datapoint')} {taken}")
    text = f"Threshold Crossed: {' and '.join(parts)}"
    least = _minimum(condition, alarming=alarming) if out_of and telling else ""
    return f"{text}{least}."[:MAX_TEXT]


def reason_data(
    alarm: Alarm,
    verdict: Verdict,
    *,
    points: Sequence[Point],
    samples: Mapping[int, float],
    now_s: float,
) -> str:
    """The JSON text; `points` are the evaluation range, `samples` sample counts."""
    settings, real = alarm.settings, verdict.evaluated
    missing = [p for p in reversed(points) if p.value is None][: verdict.filled]
    evaluated = sorted((*real, *missing), key=lambda p: p.start_s, reverse=True)
    told = {
        "version": "1.0",
        "queryDate": times.stamp(now_s),
        "startDate": times.stamp(real[0].start_s) if real else None,
        "unit": settings.get("Unit"),
        "statistic": settings.get("Statistic") or settings.get("ExtendedStatistic"),
        "period": period_of(settings),
        "recentDatapoints": [point.value for point in real],
        "threshold": float(settings["Threshold"]),
        "evaluatedDatapoints": [_shown(point, samples) for point in evaluated],
    }
    return _fitting({key: value for key, value in told.items() if value is not None})


def composite_reason(
    alarm: Alarm, value: StateValue, cause: Alarm | None, *, created: bool
) -> str:
    """The sentence of a composite alarm, whose child `cause` changed, if one did."""
    if cause is not None:
        at = times.spoken(cause.state.since_s)
        return f"{cause.arn} transitioned to {cause.state.value} at {at}"
    what = "created" if created else "updated"
    return f"{alarm.arn} was {what} and its alarm rule evaluates to {value}"


def composite_data(children: Sequence[Alarm]) -> str:
    """The JSON text of a composite alarm: the children that decided, their states."""
    told = [{"arn": c.arn, "state": _state_json(c.state)} for c in children]
    return json.dumps({"triggeringAlarms": told}, separators=(",", ":"))


def period_of(settings: Mapping[str, Any]) -> int:
    """The period of a metric alarm in seconds, also of one on metric math."""
    if "Period" in settings:
        return int(settings["Period"])
    queries = settings["Metrics"]
    periods = [q["MetricStat"]["Period"] for q in queries if "MetricStat" in q]
    return int(max(periods or [q.get("Period", 60) for q in queries]))


def _state_json(state: State) -> dict[str, str]:
    return {"value": str(state.value), "timestamp": times.stamp(state.since_s)}


def _received(
    condition: Condition, verdict: Verdict, telling: Sequence[Point], *, out_of: bool
) -> str:
    """What is said of the real data points."""
    if not telling:
        got = len(verdict.evaluated)
        count = f"{_plural(got, 'datapoint')} {_were(got)}" if got else _NONE
        return f"{count} received for {_plural(condition.periods, 'period')}"
    count = _plural(len(telling), "datapoint")
    if out_of:
        count = f"{len(telling)} out of the last {condition.periods} datapoints"
    crossed = f"{_were(len(telling))} {_relation(condition, verdict)}"
    listed = ", ".join(_listed(point) for point in telling[: -LISTED - 1 : -1])
    if len(telling) <= LISTED:
        return f"{count} [{listed}] {crossed}"
    return (
        f"{count} {crossed}. The most recent datapoints which crossed the threshold: "
        f"[{listed}]"
    )


def _relation(condition: Condition, verdict: Verdict) -> str:
    no = "" if verdict.state is StateValue.ALARM else "not "
    return (
        f"{no}{_COMPARED[condition.comparison]} the threshold ({condition.threshold})"
    )


def _minimum(condition: Condition, *, alarming: bool) -> str:
    least = condition.datapoints
    way = "OK -> ALARM"
    if not alarming:
        least, way = condition.periods - condition.datapoints + 1, "ALARM -> OK"
    return f" (minimum {_plural(least, 'datapoint')} for {way} transition)"


def _breach(condition: Condition, point: Point) -> bool:
    return point.value is not None and condition.breached_by(point.value)


def _listed(point: Point) -> str:
    return f"{point.value} ({times.short(point.start_s)})"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _shown(point: Point, samples: Mapping[int, float]) -> dict[str, Any]:
    shown: dict[str, Any] = {"timestamp": times.stamp(point.start_s)}
    if point.value is not None:
        if point.start_s in samples:
            shown["sampleCount"] = samples[point.start_s]
        shown["value"] = point.value
    return shown


def _fitting(told: dict[str, Any]) -> str:
    """As JSON, without the oldest evaluated data points if they are too many."""
    text = json.dumps(told, separators=(",", ":"))
    while len(text) > MAX_DATA and told["evaluatedDatapoints"]:
        told["evaluatedDatapoints"] = told["evaluatedDatapoints"][:-1]
        text = json.dumps(told, separators=(",", ":"))
    return text
