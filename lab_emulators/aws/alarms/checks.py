"""The parameters of alarms, checked as CloudWatch checks them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lab_emulators.aws.alarms.actions import service_of
from lab_emulators.aws.alarms.evaluation import Comparison, Missing
from lab_emulators.aws.alarms.state_reasons import period_of
from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.alarm_rule import parser
from lab_emulators.aws.metrics.parameters import refused
from lab_emulators.aws.metrics.statistics import statistic_of
from lab_emulators.aws.validation import faults

Parameters = Mapping[str, Any]

DAY, WEEK = 86_400, 604_800
MAX_METRICS = 10  # User Guide, "Alarms based on metric math expressions"
MAX_CHILDREN = 100  # PutCompositeAlarm

_ABSENT = {
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
_OF_ONE = (
    "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic",
)  # fmt: skip
_ACTION_LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions")
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[^:]*:[^:]*:.+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_IDENTITY = re.compile(r"[a-z][a-zA-Z0-9_]*")


def check(operation: str, parameters: Parameters) -> None:
    """What the service model says, and what is not emulated; raises AwsError."""
    found = faults("cloudwatch", operation, parameters)
    if found:
        raise refused(found)
    for name in _ABSENT.get(operation, ()):
        if parameters.get(name) is not None:
            raise absent(f"{operation} with {name}")


def absent(what: str) -> AwsError:
    """The error for what AWS does and the lab does not."""
    text = f"not emulated locally: cloudwatch.{what}"
    return AwsError("NotImplementedException", text, 501)


def check_metric_alarm(parameters: Parameters) -> None:
    """Hold the parameters of PutMetricAlarm against each other."""
    check("PutMetricAlarm", parameters)
    _check_name_and_actions(parameters)
    _require(parameters, "ComparisonOperator", "EvaluationPeriods", "Threshold")
    if "WallClockWindow" in parameters.get("EvaluationWindow", ()):
        raise absent("PutMetricAlarm with WallClockWindow")
    operator = parameters["ComparisonOperator"]
    if operator not in set(Comparison):
        raise absent(f"PutMetricAlarm with {operator} (anomaly detection)")
    _one_of(parameters, "TreatMissingData", [str(each) for each in Missing])
    _one_of(parameters, "EvaluateLowSampleCountPercentile", ["evaluate", "ignore"])
    if "Metrics" in parameters:
        _check_queries(parameters)
    else:
        _check_one_metric(parameters)
    _check_span(parameters)


def check_composite_alarm(parameters: Parameters) -> parser.Rule:
    """Hold the parameters of PutCompositeAlarm; the rule, read."""
    check("PutCompositeAlarm", parameters)
    _check_name_and_actions(parameters)
    for action in _actions(parameters):
        if service_of(action) in ("automate", "swf", "autoscaling"):
            raise refused(f"Invalid action for a composite alarm: {action}")
    if "AT_LEAST" in parameters["AlarmRule"]:
        raise absent("PutCompositeAlarm with AT_LEAST")
    try:
        rule = parser.parse(parameters["AlarmRule"])
    except parser.RuleError as error:
        raise refused(f"AlarmRule is invalid: {error}") from error
    if len(list(parser.children(rule))) > MAX_CHILDREN:
        raise refused(f"AlarmRule must not name more than {MAX_CHILDREN} alarms")
    return rule


def _check_name_and_actions(parameters: Parameters) -> None:
    if _CONTROL.search(parameters["AlarmName"]):
        raise refused("AlarmName must not contain ASCII control characters")
    for action in _actions(parameters):
        if not _ARN.fullmatch(action):
            raise refused(f"Invalid arn syntax: {action}")


def _actions(parameters: Parameters) -> list[str]:
    return [arn for name in _ACTION_LISTS for arn in parameters.get(name) or ()]


def _require(parameters: Parameters, *names: str) -> None:
    for name in names:
        if parameters.get(name) is None:
            raise refused(f"The parameter {name} is required")


def _one_of(parameters: Parameters, name: str, values: Sequence[str]) -> None:
    given = parameters.get(name)
    if given is not None and given not in values:
        raise refused(f"{name} must be one of {', '.join(values)}, not {given}")


def _check_one_metric(parameters: Parameters) -> None:
    if "MetricName" not in parameters:
        raise refused("Exactly one of MetricName and Metrics must be specified")
    _require(parameters, "Namespace", "Period")
    if ("Statistic" in parameters) == ("ExtendedStatistic" in parameters):
        raise refused(
            "Exactly one of Statistic and ExtendedStatistic must be specified"
        )
    extended = parameters.get("ExtendedStatistic", "")
    if extended and statistic_of(extended).of_summary:
        raise refused(f"{extended} is no extended statistic")
    if "EvaluateLowSampleCountPercentile" in parameters and extended[:1] != "p":
        raise refused(
            "EvaluateLowSampleCountPercentile is for alarms based on percentiles"
        )
    _check_period(parameters["Period"])


def _check_queries(parameters: Parameters) -> None:
    given = [name for name in ("MetricName", *_OF_ONE) if parameters.get(name)]
    if given:
        raise refused(f"Metrics list and {', '.join(given)} are mutually exclusive")
    queries = parameters["Metrics"]
    identities = [query["Id"] for query in queries]
    if len(set(identities)) < len(identities):
        raise refused("The values for parameter Id in Metrics are not unique")
    for query in queries:
        _check_query(query)
    if len([q for q in queries if q.get("ReturnData", True)]) != 1:
        raise refused("Exactly one element of the Metrics list should return data")
    stats = [q["MetricStat"] for q in queries if "MetricStat" in q]
    if len(stats) > MAX_METRICS:
        raise refused(f"An alarm has at most {MAX_METRICS} metrics")
    if len({stat["Period"] for stat in stats}) > 1:
        raise refused("Metrics list contains metrics with different periods")


def _check_query(query: Mapping[str, Any]) -> None:
    identity = query["Id"]
    if not _IDENTITY.fullmatch(identity):
        raise refused(f"Invalid metrics list: Id {identity} must begin in lower case")
    if ("MetricStat" in query) == ("Expression" in query):
        raise refused(f"Exactly one of MetricStat and Expression in {identity}")
    if "MetricStat" in query:
        metric = query["MetricStat"]["Metric"]
        _require(metric, "Namespace", "MetricName")
        _check_period(query["MetricStat"]["Period"])


def _check_period(period: int) -> None:
    if period not in (10, 20, 30) and period % 60:
        raise refused("Period must be 10, 20, 30 or a multiple of 60")


def _check_span(parameters: Parameters) -> None:
    """M not above N, and no longer than CloudWatch looks back."""
    periods = parameters["EvaluationPeriods"]
    if parameters.get("DatapointsToAlarm", 1) > periods:
        raise refused("DatapointsToAlarm must not be more than EvaluationPeriods")
    period = period_of(parameters)
    longest = DAY if period < 3600 else WEEK
    if period * periods > longest:
        span = "a day" if longest == DAY else "seven days"
        raise refused(
            f"Metrics cannot be checked across more than {span} "
            f"(EvaluationPeriods * Period must be <= {longest})"
        )
