"""Exercise: a metric filter that counts, and says 0 when all is well."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import boto3
import pandas as pd
from botocore.exceptions import ClientError, ParamValidationError

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.cloudwatch import fresh_group, put
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss

STATUSES = ((500, 503, 422), (200, 404, 499), (200, 502, 302))
"""Statuses of the requests of three minutes: all of 5xx, and what is next to them."""

FAILED = tuple(sum(status >= 500 for status in minute) for minute in STATUSES)
"""Failures in each of the three minutes."""


def check(names: Namespace, context: Context) -> None:
    """The filter, made anew on a fresh group, turns three minutes into three sums."""
    space = f"check/{context.fresh_id()}"
    own = _moved(names["counting"], space)
    first = int(time.time()) // 60 * 60 - 240
    with fresh_group(context) as group:
        _make(group, own)
        put(group, _minutes(first))
        sums = context.wait_for(
            lambda: _sums(space, first, context),
            source=DataSource.METRICS,
            rows=len(FAILED),
        )
    _judge([int(value) for value in sums.get("Sum", ())])


def _moved(answer: object, space: str) -> dict[str, Any]:
    """The same filter, its metric in another namespace."""
    try:
        filter_ = dict(answer)  # type: ignore[call-overload]
        (transformation,) = filter_["metricTransformations"]
        name = transformation["metricName"]
    except (TypeError, KeyError, ValueError):
        raise Miss(
            "counting should be the dictionary of the stub, with one entry in "
            f"metricTransformations; it is {described(answer)}"
        ) from None
    if name != "Failures":
        raise Miss(f"metricName is {described(name)}; the alarm looks at 'Failures'")
    moved = transformation | {"metricNamespace": space}
    return {**filter_, "metricTransformations": [moved]}


def _judge(sums: list[int]) -> None:
    if sums == list(FAILED):
        return
    if not sums:
        raise Miss("the metric has no data points at all; what does the pattern match?")
    if max(sums) >= 500:
        raise Miss(f"the sums are {sums}: the statuses were added up, not the lines")
    if sums == [number for number in FAILED if number]:
        raise Miss(
            f"the sums are {sums}; the minute without failures has no data point, "
            "which defaultValue would give it"
        )
    faults = [
        f"the minute with the statuses {', '.join(map(str, statuses))} counts {value}, "
        f"and {failed} of them failed"
        for statuses, value, failed in zip(STATUSES, sums, FAILED, strict=False)
        if value != failed
    ]
    found = f"the sums of three minutes are {sums}, expected {list(FAILED)}"
    raise Miss("\n".join([found, *faults]))


def _make(group: str, parameters: Mapping[str, Any]) -> None:
    try:
        boto3.client("logs").put_metric_filter(logGroupName=group, **parameters)
    except (ParamValidationError, TypeError) as error:
        raise Miss(f"boto3 refuses the filter: {error}") from None
    except ClientError as error:
        message = error.response["Error"]["Message"]
        raise Miss(f"CloudWatch refuses the filter: {message}") from None


def _minutes(first: int) -> list[tuple[float, Mapping[str, Any]]]:
    return [
        (first + 60 * minute + 10 * number, {"status": status})
        for minute, statuses in enumerate(STATUSES)
        for number, status in enumerate(statuses)
    ]


def _sums(space: str, first: int, context: Context) -> pd.DataFrame:
    window = (first, first + 60 * len(FAILED))
    return context.cloudwatch.metric(
        space, "Failures", stats=["Sum"], time_range=window
    )


COUNTING = """\
counting = {
    "filterName": "failures",
    "filterPattern": "{ $.status >= 500 }",
    "metricTransformations": [
        {
            "metricNamespace": "Kittiwake",
            "metricName": "Failures",
            "metricValue": "1",
            "defaultValue": 0,
        }
    ],
}
"""

EXERCISE = Exercise(
    name="count_the_failures",
    title="Count the failures",
    answer=("counting",),
    check=check,
    hints=(
        "Two things are missing: what one matching line adds to the metric, and what "
        "a minute says whose lines all went well.",
        "metricValue is what one line adds, as text: a number, or a selector such as "
        "$.duration_ms. defaultValue stands beside it, and is a number.",
        '"metricValue": "1", and below it "defaultValue": 0.',
    ),
    solution=COUNTING,
    lesson="Lines became a number by minute, and a quiet minute says 0.",
    right={
        "with a unit": instead(
            COUNTING, ('"defaultValue": 0', '"defaultValue": 0.0,\n"unit": "Count"')
        ),
        "above 499": instead(COUNTING, (">= 500", "> 499")),
        "one as a decimal": instead(COUNTING, ('"1"', '"1.0"')),
    },
    wrong={
        "only 500": Wrong(
            instead(COUNTING, (">= 500", "= 500")),
            "the minute with the statuses 500, 503, 422 counts 1, and 2 of them failed",
        ),
        "the visitor's mistakes as well": Wrong(
            instead(COUNTING, (">= 500", ">= 400")),
            "the minute with the statuses 200, 404, 499 counts 2, and 0 of them failed",
        ),
        "another name": Wrong(
            instead(COUNTING, ('"metricName": "Failures"', '"metricName": "failures"')),
            "metricName is 'failures' (a str); the alarm looks at 'Failures'",
        ),
        "a quiet minute is a gap": Wrong(
            instead(COUNTING, ('            "defaultValue": 0,\n', "")),
            "which defaultValue would give it",
        ),
        "the statuses added up": Wrong(
            instead(COUNTING, ('"1"', '"$.status"')), "the statuses were added up"
        ),
        "one in every minute": Wrong(
            instead(COUNTING, ('"defaultValue": 0', '"defaultValue": 1')),
            "the sums of three minutes are [2, 1, 1]",
        ),
        "a field that is not there": Wrong(
            instead(COUNTING, ('"1"', '"$.failures"')), "are [0, 0, 0]"
        ),
        "zero as text": Wrong(
            instead(COUNTING, ('"defaultValue": 0', '"defaultValue": "0"')),
            "boto3 refuses the filter",
        ),
        "everything counted": Wrong(
            instead(COUNTING, ("{ $.status >= 500 }", "")), "expected [2, 0, 1]"
        ),
        "a number for text": Wrong(
            instead(COUNTING, ('"1"', "1")), "boto3 refuses the filter"
        ),
    },
)
