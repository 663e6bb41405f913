"""Exercise: an alarm that goes off for two bad minutes, and not for one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pandas as pd
from botocore.exceptions import ClientError, ParamValidationError

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking import http_probe as probes
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import Mode, load

EVALUATION = "/lab/alarms/tick"
"""The lab's own path: a POST evaluates all alarms, as at the second `now`."""

REAL_S = 150.0
"""The real CloudWatch evaluates an alarm of this period once a minute."""


@dataclass(frozen=True, slots=True)
class Case:
    """Failures in the last minutes, up to the present one; the state they deserve.

    The present minute is among them, so that nothing depends on when it ends: the three
    minutes before it and the last three with it deserve the same. A metric filter
    sends a data point for each line, so a minute has a 1 for each failure, and 0s.
    """

    minutes: tuple[int, ...]
    state: str
    why: str


CASES = {
    "quiet": Case((1, 1, 1, 1), "OK", "one failure a minute is not two"),
    "one bad minute": Case((0, 0, 9, 0), "OK", "one bad minute should wake nobody"),
    "two of three": Case(
        (2, 2, 0, 2), "ALARM", "two of the last three minutes had two failures each"
    ),
    "an outage": Case(
        (9, 9, 9, 9),
        "ALARM",
        "each of the last three minutes had nine failures; each is a data point of 1, "
        "and only their sum says how many",
    ),
    "every minute": Case(
        (2, 2, 2, 2), "ALARM", "each of the last three minutes had two failures"
    ),
    "too far apart": Case(
        (2, 0, 0, 2, 0), "OK", "of the last three minutes only one was bad"
    ),
    "no data": Case((), "OK", "a minute without data is not held against anybody"),
}


def check(names: Namespace, context: Context) -> None:
    """The alarm, made anew for each case of designed minutes, gets each state."""
    alarm = names["alarm"]
    if not isinstance(alarm, Mapping):
        raise Miss(
            "alarm should be a dictionary, the arguments of put_metric_alarm; it is "
            f"{described(alarm)}"
        )
    mark, cloudwatch = context.fresh_id(), boto3.client("cloudwatch")
    for name, case in CASES.items():
        _write(cloudwatch, f"{mark}/{name}", case.minutes)
    with _alarms(cloudwatch, alarm, mark) as alarms:
        states = _evaluated(alarms, context)
    outcomes = dict(zip(states["alarm"], states["state"], strict=True))
    faults = [
        f"{name}: the alarm is {outcomes[alarms[name]]}, "
        f"expected {case.state}; {case.why}"
        for name, case in CASES.items()
        if outcomes[alarms[name]] != case.state
    ]
    if faults:
        raise Miss("\n".join(faults))


def _write(cloudwatch: Any, space: str, minutes: tuple[int, ...]) -> None:
    now = int(time.time()) // 60 * 60
    data = [
        {"MetricName": "Failures", "Value": value, "Timestamp": now - 60 * ago}
        for ago, failures in enumerate(reversed(minutes))
        for value in (0, 0, *[1] * failures)
    ]
    if data:
        cloudwatch.put_metric_data(Namespace=space, MetricData=data)


@contextmanager
def _alarms(
    cloudwatch: Any, alarm: Mapping[str, Any], mark: str
) -> Iterator[dict[str, str]]:
    """Case → the name of its alarm; all of them are gone afterwards."""
    names = {name: f"{mark}-{name}" for name in CASES}
    try:
        for name, own in names.items():
            fresh = {"AlarmName": own, "Namespace": f"{mark}/{name}"}
            cloudwatch.put_metric_alarm(**{**alarm, **fresh})
        yield names
    except ParamValidationError as error:
        raise Miss(f"boto3 refuses the alarm: {error}") from None
    except ClientError as error:
        message = error.response["Error"]["Message"]
        raise Miss(f"CloudWatch refuses the alarm: {message}") from None
    finally:
        cloudwatch.delete_alarms(AlarmNames=list(names.values()))


def _evaluated(alarms: Mapping[str, str], context: Context) -> pd.DataFrame:
    """The alarms' states after an evaluation.

    The lab evaluates when it is asked to, CloudWatch once a minute.
    """
    aws = load().aws
    url = f"{aws.endpoint}{EVALUATION}?now={time.time()}"
    if aws.mode is Mode.REAL or not probes.post(url).is_fine:
        context.wait_for(
            lambda: _settled(alarms, context),
            source=DataSource.ALARMS,
            rows=len(CASES),
            at_least_s=REAL_S,
        )
    return _states(alarms, context)


def _states(alarms: Mapping[str, str], context: Context) -> pd.DataFrame:
    return context.cloudwatch.alarms(*alarms.values())


def _settled(alarms: Mapping[str, str], context: Context) -> pd.DataFrame:
    """Rows of the alarms that have been evaluated and are as they should be."""
    states = _states(alarms, context)
    expected = {alarms[name]: case.state for name, case in CASES.items()}
    return states[states["state"] == states["alarm"].map(expected)]


ALARM = """\
alarm = {
    "AlarmName": "kittiwake-failures",
    "MetricName": "Failures",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 2,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}
"""

EXERCISE = Exercise(
    name="raise_the_alarm",
    title="Raise the alarm",
    answer=("alarm",),
    check=check,
    hints=(
        "Read the sentence above the cell once more: it has three numbers and a word, "
        "and each is the value of one key.",
        "EvaluationPeriods is how many minutes are looked at, DatapointsToAlarm how "
        "many of them must be bad, Threshold how many failures make a minute bad; "
        'TreatMissingData is "missing", "ignore", "breaching" or "notBreaching".',
        '"EvaluationPeriods": 3, "DatapointsToAlarm": 2, "Threshold": 2, '
        '"TreatMissingData": "notBreaching".',
    ),
    solution=ALARM,
    lesson="Two bad minutes of three wake somebody, one does not, and silence is OK.",
    right={
        "more than one": instead(
            ALARM,
            ('Threshold": 2', 'Threshold": 1'),
            ("GreaterThanOrEqualToThreshold", "GreaterThanThreshold"),
        ),
        "two as a decimal": instead(ALARM, ('Threshold": 2', 'Threshold": 2.0')),
        "with a description": instead(
            ALARM,
            (
                '"MetricName"',
                '"AlarmDescription": "query the lines",\n    "MetricName"',
            ),
        ),
    },
    wrong={
        "the largest data point": Wrong(
            instead(ALARM, ('"Sum"', '"Maximum"')), "only their sum says how many"
        ),
        "how many data points": Wrong(
            instead(ALARM, ('"Sum"', '"SampleCount"')),
            "quiet: the alarm is ALARM, expected OK",
        ),
        "a number": Wrong("alarm = 2\n", "it is 2 (an int)"),
        "one minute is enough": Wrong(
            instead(ALARM, ('Alarm": 2', 'Alarm": 1')), "one bad minute should wake"
        ),
        "all three": Wrong(
            instead(ALARM, ('Alarm": 2', 'Alarm": 3')), "two of three: the alarm is OK"
        ),
        "too patient": Wrong(
            instead(ALARM, ('Threshold": 2', 'Threshold": 3')),
            "every minute: the alarm is OK",
        ),
        "too nervous": Wrong(
            instead(ALARM, ('Threshold": 2', 'Threshold": 1')),
            "one failure a minute is not two",
        ),
        "a long memory": Wrong(
            instead(ALARM, ('Periods": 3', 'Periods": 5')),
            "too far apart: the alarm is ALARM",
        ),
        "the numbers swapped": Wrong(
            instead(ALARM, ('Periods": 3', 'Periods": 2'), ('Alarm": 2', 'Alarm": 3')),
            "DatapointsToAlarm must not be more than EvaluationPeriods",
        ),
        "a word of one's own": Wrong(
            instead(ALARM, ("notBreaching", "good")), "TreatMissingData must be one of"
        ),
        "silence is bad": Wrong(
            instead(ALARM, ("notBreaching", "breaching")), "no data: the alarm is ALARM"
        ),
        "silence is unknown": Wrong(
            instead(ALARM, ("notBreaching", "missing")),
            "no data: the alarm is INSUFFICIENT_DATA",
        ),
    },
)
