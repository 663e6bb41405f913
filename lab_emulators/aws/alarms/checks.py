"""Checks of the parameters of alarms, as CloudWatch makes them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lab_emulators.aws.alarms.actions import service_of
from lab_emulators.aws.alarms.errors import not_emulated, validation_error
from lab_emulators.aws.alarms.evaluation import Comparison, MissingData
from lab_emulators.aws.alarms.state_reasons import period_of
from lab_emulators.aws.languages.alarm_rule.check import children
from lab_emulators.aws.languages.alarm_rule.nodes import Rule
from lab_emulators.aws.languages.alarm_rule.parser import RuleError, parse
from lab_emulators.aws.metrics.statistics import statistic_of
from lab_emulators.aws.validation import faults

Parameters = Mapping[str, Any]

DAY, WEEK = 86_400, 604_800
MAX_METRICS = 10  # User Guide, "Alarms based on metric math expressions"
MAX_CHILDREN = 100  # PutCompositeAlarm

_NOT_EMULATED = {
    "PutMetricAlarm": (
        "ThresholdMetricId", "WarmUpConfiguration", "EvaluationCriteria",
        "EvaluationInterval", "ActionConfiguration", "EvaluationWindow", "Tags",
    ),
    "PutCompositeAlarm": (
        "ActionsSuppressor", "ActionsSuppressorWaitPeriod",
        "ActionsSuppressorExtensionPeriod", "ActionConfiguration", "Tags",
    ),
    "DescribeAlarmHistory": ("AlarmContributorId",),
}  # fmt: skip
_SINGLE_METRIC = (
    "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic",
)  # fmt: skip
_ACTION_LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions")
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[^:]*:[^:]*:.+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_IDENTITY = re.compile(r"[a-z][a-zA-Z0-9_]*")


def check(operation: str, parameters: Parameters) -> None:
    """Checks parameters against the service model, and that they are emulated."""
    message = faults("cloudwatch", operation, parameters)
    if message:
        raise validation_error(message)
    for name in _NOT_EMULATED.get(operation, ()):
        if parameters.get(name) is not None:
            raise not_emulated(f"{operation} with {name}")


def check_metric_alarm(parameters: Parameters) -> None:
    """Checks the parameters of PutMetricAlarm; AwsError."""
    check("PutMetricAlarm", parameters)
    _check_name_and_actions(parameters)
    _require(parameters, "ComparisonOperator", "EvaluationPeriods", "Threshold")
    if "WallClockWindow" in parameters.get("EvaluationWindow", ()):
        raise not_emulated("PutMetricAlarm with WallClockWindow")
    operator = parameters["ComparisonOperator"]
    if operator not in set(Comparison):
        raise not_emulated(f"PutMetricAlarm with {operator} (anomaly detection)")
    _one_of(parameters, "TreatMissingData", [str(each) for each in MissingData])
    _one_of(parameters, "EvaluateLowSampleCountPercentile", ["evaluate", "ignore"])
    if "Metrics" in parameters:
        _check_queries(parameters)
    else:
        _check_one_metric(parameters)
    _check_span(parameters)


def check_composite_alarm(parameters: Parameters) -> Rule:
    """Checks the parameters of PutCompositeAlarm; its rule. AwsError."""
    check("PutCompositeAlarm", parameters)
    _check_name_and_actions(parameters)
    for action in _actions(parameters):
        if service_of(action) in ("automate", "swf", "autoscaling"):
            raise validation_error(f"Invalid action for a composite alarm: {action}")
    if "AT_LEAST" in parameters["AlarmRule"]:
        raise not_emulated("PutCompositeAlarm with AT_LEAST")
    try:
        rule = parse(parameters["AlarmRule"])
    except RuleError as error:
        raise validation_error(f"AlarmRule is invalid: {error}") from error
    if len(list(children(rule))) > MAX_CHILDREN:
        raise validation_error(
            f"AlarmRule must not name more than {MAX_CHILDREN} alarms"
        )
    return rule


def _check_name_and_actions(parameters: Parameters) -> None:
    if _CONTROL.search(parameters["AlarmName"]):
        raise validation_error("AlarmName must not contain ASCII control characters")
    for action in _actions(parameters):
        if not _ARN.fullmatch(action):
            raise validation_error(f"Invalid arn syntax: {action}")


def _actions(parameters: Parameters) -> list[str]:
    return [arn for name in _ACTION_LISTS for arn in parameters.get(name) or ()]


def _require(parameters: Parameters, *names: str) -> None:
    for name in names:
        if parameters.get(name) is None:
            raise validation_error(f"The parameter {name} is required")


def _one_of(parameters: Parameters, name: str, values: Sequence[str]) -> None:
    value = parameters.get(name)
    if value is not None and value not in values:
        raise validation_error(
            f"{name} must be one of {', '.join(values)}, not {value}"
        )


def _check_one_metric(parameters: Parameters) -> None:
    if "MetricName" not in parameters:
        raise validation_error(
            "Exactly one of MetricName and Metrics must be specified"
        )
    _require(parameters, "Namespace", "Period")
    if ("Statistic" in parameters) == ("ExtendedStatistic" in parameters):
        raise validation_error(
            "Exactly one of Statistic and ExtendedStatistic must be specified"
        )
    extended = parameters.get("ExtendedStatistic", "")
    if extended and statistic_of(extended).of_summary:
        raise validation_error(f"{extended} is no extended statistic")
    if "EvaluateLowSampleCountPercentile" in parameters and extended[:1] != "p":
        raise validation_error(
            "EvaluateLowSampleCountPercentile is for alarms based on percentiles"
        )
    _check_period(parameters["Period"])


def _check_queries(parameters: Parameters) -> None:
    names = [name for name in ("MetricName", *_SINGLE_METRIC) if parameters.get(name)]
    if names:
        raise validation_error(
            f"Metrics list and {', '.join(names)} are mutually exclusive"
        )
    queries = parameters["Metrics"]
    identities = [query["Id"] for query in queries]
    if len(set(identities)) < len(identities):
        raise validation_error("The values for parameter Id in Metrics are not unique")
    for query in queries:
        _check_query(query)
    if len([q for q in queries if q.get("ReturnData", True)]) != 1:
        raise validation_error(
            "Exactly one element of the Metrics list should return data"
        )
    stats = [q["MetricStat"] for q in queries if "MetricStat" in q]
    if len(stats) > MAX_METRICS:
        raise validation_error(f"An alarm has at most {MAX_METRICS} metrics")
    if len({stat["Period"] for stat in stats}) > 1:
        raise validation_error("Metrics list contains metrics with different periods")


def _check_query(query: Mapping[str, Any]) -> None:
    identity = query["Id"]
    if not _IDENTITY.fullmatch(identity):
        raise validation_error(
            f"Invalid metrics list: Id {identity} must begin in lower case"
        )
    if ("MetricStat" in query) == ("Expression" in query):
        raise validation_error(
            f"Exactly one of MetricStat and Expression in {identity}"
        )
    if "MetricStat" in query:
        metric = query["MetricStat"]["Metric"]
        _require(metric, "Namespace", "MetricName")
        _check_period(query["MetricStat"]["Period"])


def _check_period(period: int) -> None:
    if period not in (10, 20, 30) and period % 60:
        raise validation_error("Period must be 10, 20, 30 or a multiple of 60")


def _check_span(parameters: Parameters) -> None:
    """Checks that M is at most N, and N periods no longer than CloudWatch allows."""
    periods = parameters["EvaluationPeriods"]
    if parameters.get("DatapointsToAlarm", 1) > periods:
        raise validation_error(
            "DatapointsToAlarm must not be more than EvaluationPeriods"
        )
    period = period_of(parameters)
    longest = DAY if period < 3600 else WEEK
    if period * periods > longest:
        span = "a day" if longest == DAY else "seven days"
        raise validation_error(
            f"Metrics cannot be checked across more than {span} "
            f"(EvaluationPeriods * Period must be <= {longest})"
        )
